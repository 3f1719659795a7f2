package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.tsdb.ChunkCursor;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.BlockSeriesSource;
import dev.cairndb.tsdb.internal.query.MergedSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks that Prometheus wrote: we read every sample, and write the same bytes again. */
class BlockGoldenTest {
    private final GoldenData golden = new GoldenData(BlockGoldenTest.class);

    @TempDir
    Path directory;

    @Test
    void everySampleOfEveryBlockIsRead() throws Exception {
        for (Path folder : golden.folders("blocks")) {
            Block block = Block.open(FileStorage.instance(), folder);
            TreeMap<Labels, TreeMap<Long, String>> expected = ExpectedSamples.texts(folder.resolve("expected.tsv"));
            expected.values().removeIf(Map::isEmpty);
            assertEquals(expected, samples(block, Long.MIN_VALUE, Long.MAX_VALUE), folder.toString());
            assertEquals(block.meta().stats().series(), block.index().all().cardinality(), () -> "series of " + folder);
            golden.checked(
                    "samples", expected.values().stream().mapToLong(Map::size).sum());
            golden.checked("blocks", 1);
            block.release();
        }
        golden.report(System.out);
    }

    private static TreeMap<Labels, TreeMap<Long, String>> samples(Block block, long from, long to) throws IOException {
        TreeMap<Labels, TreeMap<Long, String>> all = new TreeMap<>();
        try (MergedSeries series = select(block, from, to)) {
            while (series.next()) {
                TreeMap<Long, String> samples = new TreeMap<>();
                for (SampleCursor cursor = series.samples(); cursor.next(); ) {
                    assertNull(samples.put(cursor.timestampMillis(), SampleText.of(cursor)));
                }
                if (!samples.isEmpty()) {
                    all.put(series.labels(), samples);
                }
            }
        }
        return all;
    }

    private static MergedSeries select(Block block, long from, long to) throws IOException {
        return new MergedSeries(
                List.of(new BlockSeriesSource(block, block.index().all(), from, to, damage -> {})),
                from,
                to,
                new QueryBudget(QueryLimits.none(), Clock.system(), reason -> {}),
                () -> {});
    }

    /** What the chunks of a range hold is what its samples are; only the hints of histograms may know less. */
    @Test
    void chunksOfARangeHoldItsSamples() throws Exception {
        Random random = new Random(7);
        for (Path folder : golden.folders("blocks")) {
            Block block = Block.open(FileStorage.instance(), folder);
            long min = block.meta().minTimestampMillis();
            long span = block.meta().maxTimestampMillis() - min;
            for (int i = 0; i < 10; i++) {
                long from = i == 0 ? Long.MIN_VALUE : min + (long) (random.nextDouble() * span);
                long to = i == 0 ? Long.MAX_VALUE : from + (long) (random.nextDouble() * span / 2);
                TreeMap<Labels, TreeMap<Long, String>> expected = samples(block, from, to);
                expected.values()
                        .forEach(series -> series.replaceAll((t, text) -> text.replaceFirst(" hint=[012]", " hint=0")));
                assertEquals(expected, samplesOfChunks(block, from, to), folder + " " + from + ".." + to);
            }
            golden.checked("blocks in ranges", 1);
            block.release();
        }
        golden.report(System.out);
    }

    private static TreeMap<Labels, TreeMap<Long, String>> samplesOfChunks(Block block, long from, long to)
            throws IOException {
        TreeMap<Labels, TreeMap<Long, String>> all = new TreeMap<>();
        ChunkCursors cursors = new ChunkCursors();
        try (MergedSeries series = select(block, from, to)) {
            while (series.next()) {
                TreeMap<Long, String> samples = new TreeMap<>();
                for (ChunkCursor chunks = series.trimmedChunks(); chunks.next(); ) {
                    cursors.verify(chunks.chunk());
                    assertTrue(samples.isEmpty()
                            || samples.lastKey() < chunks.chunk().minTimestampMillis());
                    for (SampleCursor cursor = cursors.open(chunks.chunk()); cursor.next(); ) {
                        samples.put(cursor.timestampMillis(), SampleText.withoutHint(cursor));
                    }
                }
                if (!samples.isEmpty()) {
                    all.put(series.labels(), samples);
                }
            }
        }
        return all;
    }

    @Test
    void everyBlockIsWrittenAgainWithTheSameBytes() throws Exception {
        for (Path folder : golden.folders("blocks")) {
            Block block = Block.open(FileStorage.instance(), folder);
            Path target = Files.createDirectories(directory.resolve(folder.getFileName()));
            BlockMeta written = BlockContents.copy(block, FileStorage.instance(), target, segmentSize(folder));
            assertNotNull(written);
            Path copy = target.resolve(block.ulid().toString());
            for (String name : new String[] {"index", "meta.json"}) {
                assertArrayEquals(
                        Files.readAllBytes(folder.resolve(name)),
                        Files.readAllBytes(copy.resolve(name)),
                        name + " of " + folder);
            }
            try (Stream<Path> segments = Files.list(folder.resolve("chunks"))) {
                for (Path segment : segments.toList()) {
                    Path twin = copy.resolve("chunks").resolve(segment.getFileName());
                    assertTrue(
                            Arrays.equals(Files.readAllBytes(segment), Files.readAllBytes(twin)), segment.toString());
                }
            }
            assertEquals(block.chunks().segmentCount(), count(copy.resolve("chunks")));
            // Their order in Prometheus' file is that of a hash table.
            assertEquals(block.tombstones(), Tombstones.read(FileStorage.instance(), copy));
            assertEquals(Files.size(folder.resolve("tombstones")), Files.size(copy.resolve("tombstones")));
            block.release();
            golden.checked("rewritten blocks", 1);
        }
        golden.report(System.out);
    }

    /** Several segments in blocks this small were cut at 4 KiB. */
    private static long segmentSize(Path folder) throws IOException {
        return count(folder.resolve("chunks")) > 1 ? 4 << 10 : 512L << 20;
    }

    private static long count(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void tombstonesAreTheOnesPrometheusListed() throws Exception {
        for (Path folder : golden.folders("blocks")) {
            Path list = folder.resolve("tombstones.tsv");
            Tombstones.Builder expected = new Tombstones.Builder();
            if (Files.exists(list)) {
                for (String line : Files.readAllLines(list)) {
                    String[] cells = line.split("\t");
                    expected.add(Long.parseLong(cells[0]), Long.parseLong(cells[1]), Long.parseLong(cells[2]));
                }
                golden.checked("lists of tombstones", 1);
            }
            assertEquals(expected.build(), Tombstones.read(FileStorage.instance(), folder), folder.toString());
        }
        golden.report(System.out);
    }
}
