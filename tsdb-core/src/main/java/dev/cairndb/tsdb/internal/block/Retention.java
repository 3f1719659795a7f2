package dev.cairndb.tsdb.internal.block;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which blocks have had their time. Whole blocks only, the oldest first, and never one that is still to be shipped:
 * those keep their place in the sums, so that a bucket that is down lets the store grow beyond its limits rather than
 * lose data.
 */
public final class Retention {
    /**
     * A block as retention sees it.
     *
     * @param mayGo false while the block's samples are still to be shipped
     */
    public record Candidate(Ulid ulid, long maxTimestampMillis, long sizeBytes, boolean mayGo) {}

    private static final Comparator<Candidate> NEWEST_FIRST = Comparator.comparingLong(Candidate::maxTimestampMillis)
            .thenComparing(Candidate::ulid)
            .reversed();

    private Retention() {}

    /**
     * The blocks that end {@code retentionMillis} or more before the newest one does.
     *
     * @param retentionMillis not above zero: blocks are kept for ever
     */
    public static List<Ulid> expired(List<Candidate> blocks, long retentionMillis) {
        if (retentionMillis <= 0 || blocks.isEmpty()) {
            return List.of();
        }
        List<Candidate> sorted = blocks.stream().sorted(NEWEST_FIRST).toList();
        long newest = sorted.get(0).maxTimestampMillis();
        List<Ulid> expired = new ArrayList<>();
        for (Candidate block : sorted) {
            long age = newest - block.maxTimestampMillis();
            // The difference of far apart times overflows to below zero.
            boolean old = age < 0 || age >= retentionMillis;
            if (old && block.mayGo()) {
                expired.add(block.ulid());
            }
        }
        return oldestFirst(expired);
    }

    /**
     * The blocks that do not fit: from the newest on blocks are kept as long as they and {@code otherBytes} (logs, head
     * chunks) stay within the limit.
     *
     * @param sizeBytesMax not above zero: no limit
     */
    public static List<Ulid> beyondSize(List<Candidate> blocks, long otherBytes, long sizeBytesMax) {
        if (sizeBytesMax <= 0) {
            return List.of();
        }
        long sum = otherBytes;
        List<Ulid> beyond = new ArrayList<>();
        for (Candidate block : blocks.stream().sorted(NEWEST_FIRST).toList()) {
            sum += block.sizeBytes();
            if (sum > sizeBytesMax && block.mayGo()) {
                beyond.add(block.ulid());
            }
        }
        return oldestFirst(beyond);
    }

    private static List<Ulid> oldestFirst(List<Ulid> newestFirst) {
        List<Ulid> reversed = new ArrayList<>(newestFirst);
        java.util.Collections.reverse(reversed);
        return reversed;
    }
}
