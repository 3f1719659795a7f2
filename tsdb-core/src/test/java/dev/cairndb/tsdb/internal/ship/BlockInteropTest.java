package dev.cairndb.tsdb.internal.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.RecordingListener;
import dev.cairndb.tsdb.internal.block.UlidSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks that we wrote and shipped, read by promtool and thanos. */
@Tag("interop")
class BlockInteropTest {
    private static final long START = 1_700_006_400_000L;
    private static final long RANGE = 7_200_000;
    private static final Pattern LINE = Pattern.compile("\\{(.*)} (\\S+) (\\d+)");

    @TempDir
    Path directory;

    private List<BlockContents> writeBlocks(Path data) throws IOException {
        UlidSource names = new UlidSource(new ManualClock(START + 10 * RANGE), new Random(1));
        List<BlockContents> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long from = START + i * RANGE;
            BlockContents contents = BlockContents.random(i, 50, 700, from, from + RANGE);
            contents.write(FileStorage.instance(), data, names.next(), from, from + RANGE);
            all.add(contents);
        }
        return all;
    }

    @Test
    void promtoolDumpsEverySample() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.createDirectories(data.resolve("wal")); // it wants one, be it empty
        TreeMap<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();
        for (BlockContents contents : writeBlocks(data)) {
            contents.series.forEach((labels, samples) ->
                    samples.forEach((time, bits) -> expected.computeIfAbsent(labels, absent -> new TreeMap<>())
                            .put(time, canonical(Double.longBitsToDouble(bits)))));
        }
        String list = Peers.run(directory, "promtool", "tsdb", "list", data.toString());
        assertEquals(4, list.lines().filter(line -> !line.isBlank()).count(), list);
        TreeMap<Labels, TreeMap<Long, Long>> found = new TreeMap<>();
        int lines = 0;
        for (String line : Peers.run(directory, "promtool", "tsdb", "dump", data.toString())
                .lines()
                .toList()) {
            Matcher matcher = LINE.matcher(line);
            assertTrue(matcher.matches(), line);
            found.computeIfAbsent(labels(matcher.group(1)), absent -> new TreeMap<>())
                    .put(Long.parseLong(matcher.group(3)), canonical(value(matcher.group(2))));
            lines++;
        }
        assertEquals(expected, found);
        System.out.println("BlockInteropTest: promtool dumped " + lines + " samples, all equal");
    }

    private static long canonical(double value) {
        return Double.doubleToLongBits(value);
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private static Labels labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        Matcher pairs = Pattern.compile("(\\w+)=\"([^\"]*)\"").matcher(text);
        while (pairs.find()) {
            labels.put(pairs.group(1), pairs.group(2));
        }
        return Labels.of(labels);
    }

    @Test
    void thanosFindsNothingWrongWithTheBucket() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Path bucket = directory.resolve("bucket");
        writeBlocks(data);
        try (FileObjectStore store = new FileObjectStore(bucket);
                BlockDirectory blocks = BlockDirectory.open(FileStorage.instance(), data, new RecordingListener());
                BlockDirectory.Acquired acquired = blocks.acquireAll()) {
            Shipper shipper = Shipper.open(
                    FileStorage.instance(),
                    data,
                    store,
                    new Shipper.Settings("", Labels.of("replica", "a"), Labels.of("replica", "a-late"), true, false),
                    new ManualClock(START + 10 * RANGE),
                    new FailingListener());
            assertEquals(new Shipper.Report(3, 0, 0, 0), shipper.ship(acquired.blocks(), Long.MIN_VALUE, () -> false));
        }
        String config = "--objstore.config={type: FILESYSTEM, config: {directory: " + bucket + "}}";
        String verified = Peers.run(directory, "thanos", "tools", "bucket", "verify", config);
        assertFalse(verified.contains("level=error") || verified.contains("level=warn"), verified);
        String inspected = Peers.run(directory, "thanos", "tools", "bucket", "inspect", config);
        assertEquals(
                3, inspected.lines().filter(line -> line.contains("replica=a")).count(), inspected);
        System.out.println("BlockInteropTest: thanos verified 3 blocks");
    }
}
