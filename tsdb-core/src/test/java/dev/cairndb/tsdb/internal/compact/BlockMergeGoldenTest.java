package dev.cairndb.tsdb.internal.compact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.SampleText;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.BlockSeriesSource;
import dev.cairndb.tsdb.internal.query.MergedSeries;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks that Prometheus wrote, merged: what a query sees of the blocks is what it sees of the result. */
class BlockMergeGoldenTest {
    private final GoldenData golden = new GoldenData(BlockMergeGoldenTest.class);

    @TempDir
    Path directory;

    @Test
    void mergedBlocksShowWhatTheirSourcesShow() throws Exception {
        List<Block> blocks = new ArrayList<>();
        for (Path folder : golden.folders("blocks")) {
            blocks.add(Block.open(FileStorage.instance(), folder));
        }
        // Where two have a sample at the same time the earlier block wins.
        blocks.sort(Comparator.<Block>comparingLong(block -> block.meta().minTimestampMillis())
                .thenComparing(Block::ulid));
        for (Block block : blocks) {
            check(List.of(block), new Ulid(1, blocks.indexOf(block)));
            golden.checked("blocks", 1);
        }
        // All of them overlap.
        check(blocks, new Ulid(2, 0));
        blocks.forEach(Block::release);
        golden.report(System.out);
    }

    private void check(List<Block> blocks, Ulid ulid) throws IOException {
        BlockMeta meta = new BlockMerge(FileStorage.instance(), directory).run(blocks, ulid, () -> false);
        assertNotNull(meta);
        Block merged = Block.open(FileStorage.instance(), directory.resolve(ulid.toString()));
        TreeMap<Labels, TreeMap<Long, String>> expected = samples(blocks);
        TreeMap<Labels, TreeMap<Long, String>> found = samples(List.of(merged));
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((labels, samples) -> assertEquals(samples, found.get(labels), () -> labels + " of " + blocks));
        long count = expected.values().stream().mapToLong(TreeMap::size).sum();
        assertEquals(count, merged.meta().stats().samples());
        assertEquals(
                count,
                merged.meta().stats().floatSamples() + merged.meta().stats().histogramSamples());
        golden.checked("samples", count);
        merged.release();
    }

    private static TreeMap<Labels, TreeMap<Long, String>> samples(List<Block> blocks) throws IOException {
        List<SeriesSource> sources = new ArrayList<>();
        for (Block block : blocks) {
            sources.add(
                    new BlockSeriesSource(block, block.index().all(), Long.MIN_VALUE, Long.MAX_VALUE, damage -> {}));
        }
        TreeMap<Labels, TreeMap<Long, String>> all = new TreeMap<>();
        QueryBudget unlimited = new QueryBudget(TsdbOptions.QueryLimits.none(), Clock.system(), reason -> {});
        try (MergedSeries series = new MergedSeries(sources, Long.MIN_VALUE, Long.MAX_VALUE, unlimited, () -> {})) {
            while (series.next()) {
                TreeMap<Long, String> samples = new TreeMap<>();
                for (SampleCursor cursor = series.samples(); cursor.next(); ) {
                    assertNull(samples.put(cursor.timestampMillis(), SampleText.withoutHint(cursor)));
                }
                if (!samples.isEmpty()) {
                    all.put(series.labels(), samples);
                }
            }
        }
        return all;
    }
}
