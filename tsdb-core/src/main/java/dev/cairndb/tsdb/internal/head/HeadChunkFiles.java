package dev.cairndb.tsdb.internal.head;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the files of chunks_head are needed for, so that it is known when one can go: up to which time they hold samples
 * in order, and their newest late chunk. Not thread-safe.
 */
final class HeadChunkFiles {
    /** Of a file without chunks in order. */
    private static final long NONE = Long.MIN_VALUE;

    private final TreeMap<Integer, Long> maxMillisByFile = new TreeMap<>();
    /** Only files with late chunks that are needed. */
    private final TreeMap<Integer, Long> newestLateByFile = new TreeMap<>();

    /** Notes a chunk of samples in order. */
    void add(long headChunkReference, long maxMillis) {
        int file = fileOf(headChunkReference);
        Long present = maxMillisByFile.get(file);
        // Told of every chunk: few of them are newer than all others of their file.
        if (present == null || maxMillis > present) {
            maxMillisByFile.put(file, maxMillis);
        }
    }

    /** Notes a file that may hold nothing that is needed. */
    void addFileOf(long headChunkReference) {
        add(headChunkReference, NONE);
    }

    /** Notes a chunk of late samples. */
    void addLate(long headChunkReference) {
        addFileOf(headChunkReference);
        newestLateByFile.merge(fileOf(headChunkReference), headChunkReference, Math::max);
    }

    /** The late chunks up to this one are not needed any more. */
    void dropLate(long upToReference) {
        newestLateByFile.values().removeIf(newest -> newest <= upToReference);
    }

    private static int fileOf(long headChunkReference) {
        return (int) (headChunkReference >>> 32);
    }

    /**
     * Number of the first file that has samples in order at or after a time, or late ones; {@code Integer.MAX_VALUE} if
     * none has.
     */
    int firstNeeded(long minMillis) {
        int firstLate = newestLateByFile.isEmpty() ? Integer.MAX_VALUE : newestLateByFile.firstKey();
        for (Map.Entry<Integer, Long> file : maxMillisByFile.entrySet()) {
            if (file.getValue() != NONE && file.getValue() >= minMillis) {
                return Math.min(file.getKey(), firstLate);
            }
        }
        return firstLate;
    }

    /** The newest time of the chunks in order of a file, null if it has none. */
    @Nullable
    Long maxMillis(int number) {
        Long maxMillis = maxMillisByFile.get(number);
        return maxMillis == null || maxMillis == NONE ? null : maxMillis;
    }

    boolean hasFilesBefore(int number) {
        return !maxMillisByFile.isEmpty() && maxMillisByFile.firstKey() < number;
    }

    void forgetBefore(int number) {
        maxMillisByFile.headMap(number, false).clear();
        newestLateByFile.headMap(number, false).clear();
    }
}
