package dev.cairndb.tsdb.internal.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockStats;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Blocks are written here as {@code start-end}; ranges of 20, 60, 180. */
class CompactionPlanTest {
    private final CompactionPlan plan = new CompactionPlan(20, 539);
    private int count;

    private BlockMeta block(long from, long to, long series, long tombstones, boolean failed) {
        Ulid ulid = new Ulid((long) ++count << 16, count);
        return new BlockMeta(
                ulid,
                from,
                to,
                new BlockStats(1, 1, 0, series, 1, tombstones),
                new BlockMeta.Compaction(1, List.of(ulid), false, List.of(), failed, List.of()),
                null);
    }

    private List<BlockMeta> blocks(String... texts) {
        List<BlockMeta> blocks = new ArrayList<>();
        for (String text : texts) {
            int dash = text.indexOf('-', 1);
            blocks.add(block(
                    Long.parseLong(text.substring(0, dash)), Long.parseLong(text.substring(dash + 1)), 10, 0, false));
        }
        return blocks;
    }

    private static String text(List<BlockMeta> group) {
        return String.join(
                " ",
                group.stream()
                        .map(block -> block.minTimestampMillis() + "-" + block.maxTimestampMillis())
                        .toList());
    }

    private String next(List<BlockMeta> blocks) {
        return text(plan.next(blocks, group -> true));
    }

    private String next(String... texts) {
        return next(blocks(texts));
    }

    @Test
    void rangesAreThreefoldUpToTheLongest() {
        assertFalse(new CompactionPlan(20, 0).merges());
        assertFalse(new CompactionPlan(20, 59).merges());
        assertTrue(new CompactionPlan(20, 60).merges());
        assertTrue(new CompactionPlan(20, Long.MAX_VALUE).merges());
    }

    @Test
    void blocksThatFillARangeBecomeOneOnceThereIsANewerOne() {
        assertEquals("", next());
        assertEquals("", next("0-20"));
        assertEquals("", next("0-20", "20-40"));
        assertEquals("", next("0-20", "20-40", "40-60"));
        assertEquals("0-20 20-40 40-60", next("0-20", "20-40", "40-60", "60-80"));
        assertEquals("0-20 20-40 40-60", next("60-80", "40-60", "0-20", "20-40"));
        assertEquals("0-20 20-40 40-60", next("0-20", "20-40", "40-60", "60-80", "80-100", "100-120", "120-140"));
    }

    @Test
    void aRangeWithGapsIsMergedWhenItIsPast() {
        assertEquals("", next("0-20", "40-60"));
        assertEquals("0-20 40-60", next("0-20", "40-60", "60-80"));
        assertEquals("", next("0-20", "20-40", "60-80"), "the newest but one has to be behind");
        assertEquals("0-20 20-40", next("0-20", "20-40", "60-80", "80-100"));
        assertEquals("", next("20-40", "60-80", "120-140", "180-200"), "one a range, and none of the longer is past");
        assertEquals("20-40 60-80 120-140", next("20-40", "60-80", "120-140", "180-200", "200-220"));
    }

    @Test
    void shorterRangesComeFirst() {
        assertEquals("60-80 80-100 100-120", next("0-60", "60-80", "80-100", "100-120", "120-140"));
        assertEquals("0-60 60-120 120-180", next("0-60", "60-120", "120-180", "180-200"));
        assertEquals("", next("0-180", "180-360", "360-540", "540-560"), "540 is longer than blocks may be");
    }

    @Test
    void timesBeforeZeroAreAlignedAsWell() {
        assertEquals("-60--40 -40--20 -20-0", next("-60--40", "-40--20", "-20-0", "0-20"));
        assertEquals("", next("-20-0", "0-20", "20-40"));
    }

    @Test
    void blocksThatLieInNoRangeStayAsTheyAre() {
        assertEquals("", next("0-20", "20-70", "70-90", "100-120"));
        assertEquals("0-20 20-40", next("0-20", "20-40", "40-70", "70-90", "100-120"));
    }

    @Test
    void blocksThatOverlapComeBeforeAllOthersTheNewestIncluded() {
        assertEquals("0-20 10-30", next("0-20", "10-30"));
        assertEquals("60-80 70-90 80-100", next("0-20", "20-40", "40-60", "60-80", "70-90", "80-100", "100-120"));
        assertEquals("0-20 0-20", next("0-20", "20-40", "0-20", "30-60"));
        assertEquals("0-60 0-20 40-60", next("0-60", "0-20", "40-60", "60-80"));
    }

    @Test
    void groupsThatFailedArePassedOver() {
        List<BlockMeta> blocks = blocks("0-20", "40-60", "60-80", "80-100", "100-120", "120-140");
        blocks.add(block(20, 40, 1, 0, true));
        assertEquals("60-80 80-100 100-120", next(blocks));
        assertEquals("", text(plan.next(blocks, group -> false)));
        List<BlockMeta> overlapping = blocks("0-20", "0-20", "20-40", "30-60");
        assertEquals(
                "20-40 30-60", text(plan.next(overlapping, group -> group.get(0).minTimestampMillis() > 0)));
    }

    @Test
    void aBlockOfWhichMuchWasDeletedIsRewritten() {
        assertEquals("0-180", next(List.of(block(0, 180, 10, 3, false), block(180, 200, 1, 0, false))));
        assertEquals("", next(List.of(block(0, 180, 100, 5, false), block(180, 200, 1, 0, false))));
        assertEquals("0-180", next(List.of(block(0, 180, 100, 6, false), block(180, 200, 1, 0, false))));
        assertEquals(
                "", next(List.of(block(0, 20, 10, 3, false), block(180, 200, 1, 0, false))), "it will be merged yet");
        assertEquals("0-20", next(List.of(block(0, 20, 10, 10, false), block(180, 200, 1, 0, false))), "all of it");
        assertEquals("", next(List.of(block(0, 180, 10, 10, false))), "the newest");
    }

    @Test
    void whateverThereIsItEnds() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<BlockMeta> blocks = new ArrayList<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                long from = 20L * (random.nextInt(60) - 20);
                long length = random.nextInt(6) == 0 ? 1 + random.nextInt(100) : 20;
                blocks.add(block(from, from + length, 10, random.nextInt(5) == 0 ? 12 : 0, false));
            }
            int steps = 0;
            for (List<BlockMeta> group = plan.next(blocks, any -> true);
                    !group.isEmpty();
                    group = plan.next(blocks, any -> true)) {
                assertTrue(++steps < 200, "seed " + seed);
                long end = group.stream()
                        .mapToLong(BlockMeta::maxTimestampMillis)
                        .max()
                        .orElseThrow();
                long start = group.get(0).minTimestampMillis();
                blocks.removeAll(group);
                for (BlockMeta other : blocks) {
                    assertTrue(
                            other.minTimestampMillis() >= end || other.maxTimestampMillis() <= start,
                            () -> "it would overlap " + other);
                }
                blocks.add(block(start, end, 10, 0, false));
            }
        }
    }
}
