package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket that we fill, and Thanos compacts and downsamples: {@code thanos tools bucket} and {@code cairn bucket} agree. */
@Tag("interop")
class BucketToolsAndThanosTest {
    private static final long DAYS = Duration.ofDays(2).toMillis();
    /** A multiple of two days. */
    private static final long START = 1_699_999_200_000L / DAYS * DAYS;

    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long STEP = Duration.ofMinutes(2).toMillis();
    private static final int SERIES = 10;
    private static final Pattern ULID = Pattern.compile("(?m)^[0-9A-HJKMNP-TV-Z]{26}$");

    @TempDir
    Path scratch;

    private final SampleSet sent = new SampleSet();
    private Path bucket;
    private Path config;
    private Thanos thanos;

    @BeforeEach
    void makeBucket() throws IOException {
        bucket = Files.createDirectories(scratch.resolve("bucket"));
        config = configOf(bucket);
        thanos = new Thanos(scratch, bucket);
    }

    private Path configOf(Path folder) throws IOException {
        return Files.writeString(
                scratch.resolve(folder.getFileName() + ".yml"),
                "type: FILESYSTEM\nconfig:\n  directory: " + folder + "\n");
    }

    /** Ships blocks of two hours. */
    private void fill(int hours) throws IOException {
        ManualClock clock = new ManualClock(START);
        TsdbOptions options = TsdbOptions.defaults()
                .withRetention(Duration.ZERO)
                .withDurability(Durability.OS)
                .withMaintenance(TsdbOptions.Maintenance.MANUAL);
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(scratch.resolve("data"))
                        .options(options)
                        .clock(clock)
                        .objectStore(store)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            for (long t = START; t <= START + hours * HOUR; t += STEP) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < SERIES; i++) {
                    Labels labels = Labels.of("__name__", "power", "meter", "" + i);
                    batch.add(db.series(labels), t, t / 1000.0 + i);
                    if (t < START + hours * HOUR) {
                        sent.add(labels, t, Double.doubleToRawLongBits(t / 1000.0 + i));
                    }
                }
                assertEquals(SERIES, batch.commit().samplesAppended());
                clock.advance(Duration.ofMillis(STEP));
            }
            db.admin().flushAligned();
            assertEquals(hours / 2, db.admin().shipBlocks());
        }
    }

    private String cairn(int exitCode, String... arguments) {
        List<String> command = new ArrayList<>(List.of("bucket"));
        command.addAll(List.of(arguments));
        return Cairn.run(scratch, exitCode, command.toArray(new String[0]));
    }

    private JsonNode ours() throws IOException {
        return new ObjectMapper().readTree(cairn(0, "ls", "--json", "--objstore.config-file=" + config));
    }

    private static List<String> names(String output) {
        return ULID.matcher(output)
                .results()
                .map(match -> match.group())
                .sorted()
                .toList();
    }

    /** By name, what both show of each block. */
    private TreeMap<String, List<String>> oursInTable() throws IOException {
        TreeMap<String, List<String>> rows = new TreeMap<>();
        for (JsonNode block : ours().path("blocks")) {
            rows.put(
                    block.path("ulid").asText(),
                    List.of(
                            block.path("series").asText(),
                            block.path("samples").asText(),
                            block.path("chunks").asText(),
                            block.path("level").asText(),
                            Long.toString(block.path("resolutionMillis").asLong() / 60_000),
                            block.path("source").asText(),
                            "replica=" + block.at("/labels/replica").asText()));
        }
        return rows;
    }

    private TreeMap<String, List<String>> theirsInTable() {
        TreeMap<String, List<String>> rows = new TreeMap<>();
        List<String> columns = List.of();
        for (String line :
                thanos.run("tools", "bucket", "inspect", "--output=tsv").lines().toList()) {
            List<String> cells = Arrays.asList(line.split("\t", -1));
            if (cells.get(0).equals("ULID")) {
                columns = cells;
            } else if (ULID.matcher(cells.get(0)).matches()) {
                rows.put(
                        cells.get(0),
                        List.of(
                                number(cells, columns, "#SERIES"),
                                number(cells, columns, "#SAMPLES"),
                                number(cells, columns, "#CHUNKS"),
                                number(cells, columns, "COMP-LEVEL"),
                                minutes(cells.get(columns.indexOf("RESOLUTION"))),
                                cells.get(columns.indexOf("SOURCE")),
                                cells.get(columns.indexOf("LABELS"))));
            }
        }
        return rows;
    }

    private static String number(List<String> cells, List<String> columns, String column) {
        assertTrue(columns.contains(column), columns::toString);
        return cells.get(columns.indexOf(column)).replaceAll("[^0-9]", "");
    }

    private static String minutes(String duration) {
        return Long.toString(Duration.parse("PT" + duration).toMinutes());
    }

    private void bothFindNothingWrong() {
        String log = thanos.run(
                "tools",
                "bucket",
                "verify",
                "--issues=overlapped_blocks",
                "--issues=index_known_issues",
                "--issues=duplicated_compaction");
        assertFalse(log.contains("level=error") || log.contains("level=warn"), log);
        String text = cairn(0, "verify", "--objstore.config-file=" + config);
        assertTrue(text.startsWith("nothing is wrong; read "), text);
    }

    @Test
    void bothToolsAgreeOnBlocksOfOursAndOnThoseThatThanosMadeOfThem() throws Exception {
        fill(56);
        for (String state : List.of("as shipped", "compacted and downsampled")) {
            List<String> theirs = names(thanos.run("tools", "bucket", "ls"));
            assertEquals(theirs, names(cairn(0, "ls", "--objstore.config-file=" + config)), state);
            assertEquals(new TreeSet<>(theirs), oursInTable().keySet(), state);
            assertEquals(theirsInTable(), oursInTable(), state);
            bothFindNothingWrong();
            if (state.equals("as shipped")) {
                String log = thanos.compact();
                assertTrue(log.contains("downsampled block"), log);
                // What was compacted is only marked.
                assertFalse(theirs.equals(names(thanos.run("tools", "bucket", "ls", "--exclude-delete"))));
            }
        }
        TreeSet<Long> resolutions = new TreeSet<>();
        ours().path("blocks")
                .forEach(block -> resolutions.add(block.path("resolutionMillis").asLong()));
        assertEquals(new TreeSet<>(List.of(0L, 300_000L)), resolutions);
    }

    @Test
    void marksAreThoseThatThanosWrites() throws Exception {
        fill(8);
        List<String> blocks = names(thanos.run("tools", "bucket", "ls"));
        for (String mark : List.of("deletion", "no-compact", "no-downsample")) {
            String file = mark + "-mark.json";
            thanos.run(
                    "tools", "bucket", "mark", "--id=" + blocks.get(0), "--marker=" + file, "--details=why \"x\" <y>");
            cairn(
                    0,
                    "mark",
                    "--objstore.config-file=" + config,
                    "--for=" + mark,
                    "--details=why \"x\" <y>",
                    blocks.get(1));
            assertEquals(
                    mark(blocks.get(0), file), mark(blocks.get(1), file).replace(blocks.get(1), blocks.get(0)), mark);
        }
        String excluded = thanos.run("tools", "bucket", "ls", "--exclude-delete");
        assertEquals(blocks.subList(2, 4), names(excluded));
        cairn(
                0,
                "mark",
                "--objstore.config-file=" + config,
                "--for=deletion",
                "--remove",
                blocks.get(0),
                blocks.get(1));
        assertEquals(blocks, names(thanos.run("tools", "bucket", "ls", "--exclude-delete")));
    }

    /** The mark of a block, at a time that does not matter. */
    private String mark(String block, String file) throws IOException {
        return Files.readString(bucket.resolve(block).resolve(file)).replaceAll("_time\":\\d+", "_time\":0");
    }

    @Test
    void thanosTakesOurBlocksAwayWhenTheirTimeIsOver() throws Exception {
        fill(8);
        List<String> blocks = names(thanos.run("tools", "bucket", "ls"));
        thanos.run("tools", "bucket", "retention", "--retention.resolution-raw=1d", "--consistency-delay=0s");
        assertEquals(blocks, names(cairn(0, "ls", "--objstore.config-file=" + config)));
        for (JsonNode block : ours().path("blocks")) {
            assertEquals("[\"deletion\"]", block.path("marks").toString());
        }
        thanos.run("tools", "bucket", "cleanup", "--consistency-delay=0s", "--delete-delay=0s");
        assertEquals(List.of(), names(cairn(0, "ls", "--objstore.config-file=" + config)));
    }

    @Test
    void aBucketThatWasCopiedIsReadByThanos() throws Exception {
        fill(8);
        Path directory = Files.createDirectories(scratch.resolve("directory"));
        Path other = Files.createDirectories(scratch.resolve("other"));
        cairn(0, "copy", config.toString(), directory.toString());
        cairn(0, "copy", directory.toString(), configOf(other).toString());
        for (String block : Directories.blocks(bucket)) {
            for (String path : files(bucket.resolve(block))) {
                assertEquals(
                        -1,
                        Files.mismatch(
                                bucket.resolve(block).resolve(path),
                                other.resolve(block).resolve(path)),
                        path);
            }
        }
        SampleSet found = new Thanos(scratch, other)
                .query("power[" + 9 * HOUR / 1000 + "s]", START + 9 * HOUR - 1, "chain", true);
        found.assertEqualTo(sent, "copied");
    }

    @Test
    void blocksOfAStoreInABucketAreReadByThanos() throws Exception {
        fill(8);
        Path other = Files.createDirectories(scratch.resolve("other"));
        cairn(0, "copy", scratch.resolve("data").toString(), configOf(other).toString(), "--label=replica=\"b\"");
        Thanos overCopy = new Thanos(scratch, other);
        String log = overCopy.run("tools", "bucket", "verify", "--issues=index_known_issues");
        assertFalse(log.contains("level=error") || log.contains("level=warn"), log);
        overCopy.query("power[" + 9 * HOUR / 1000 + "s]", START + 9 * HOUR - 1, "chain", true)
                .assertEqualTo(sent, "blocks of a store");
        assertFalse(overCopy.compact().contains("level=error"));
    }

    private static List<String> files(Path block) throws IOException {
        try (Stream<Path> files = Files.walk(block)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> block.relativize(file).toString())
                    .toList();
        }
    }
}
