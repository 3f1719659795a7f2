package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.FileStorage;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
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
            BlockContents found = BlockContents.of(block);
            BlockContents expected = expected(folder.resolve("expected.tsv"), found);
            assertEquals(expected.series.keySet(), found.series.keySet(), folder.toString());
            assertEquals(expected.series, found.series, folder.toString());
            assertEquals(block.meta().stats().series(), block.index().all().cardinality(), () -> "series of " + folder);
            found.skipped.forEach((reason, count) -> golden.skipped("series with " + reason, count));
            golden.checked("samples", found.sampleCount());
            golden.checked("blocks", 1);
            block.release();
        }
        golden.report(System.out);
    }

    private static BlockContents expected(Path file, BlockContents found) throws IOException {
        BlockContents expected = new BlockContents();
        expected.series.putAll(ExpectedSamples.floats(file));
        expected.series.keySet().removeAll(found.skippedSeries);
        expected.series.values().removeIf(Map::isEmpty);
        return expected;
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
