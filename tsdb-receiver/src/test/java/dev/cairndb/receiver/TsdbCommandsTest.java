package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn tsdb list}, {@code analyze}, {@code dump}, {@code backup} and {@code create-blocks-from}. */
class TsdbCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** A multiple of two hours. */
    private static final long START = 1_699_999_200_000L;

    private static final int MINUTES = 400;

    @TempDir
    Path scratch;

    private Path data;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Main.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new CountDownLatch(0));
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private JsonNode json() throws IOException {
        assertEquals(1, output().lines().count(), output());
        return JSON.readTree(output());
    }

    /** Two blocks and a head: a float, one that ends early, and a histogram. */
    @BeforeEach
    void write() throws IOException {
        data = scratch.resolve("data");
        try (Tsdb db = open()) {
            for (int i = 0; i < MINUTES; i++) {
                AppendBatch batch = db.newBatch();
                long t = START + Duration.ofMinutes(i).toMillis();
                batch.add(db.series(Labels.of("__name__", "up", "job", "a")), t, i * 0.5);
                if (i < MINUTES / 2) {
                    batch.add(db.series(Labels.of("__name__", "up", "job", "b")), t, 1);
                }
                batch.add(db.series(Labels.of("__name__", "h")), t, histogram(i));
                assertEquals(0, batch.commit().rejectedTotal());
            }
            db.admin().cutBlocks();
        }
    }

    private Tsdb open() throws IOException {
        return Tsdb.builder(data)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withRetention(Duration.ZERO)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }

    private static HistogramBuffer histogram(int count) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setCount(count * 2L + 1);
        histogram.setZeroCount(1);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(0.25));
        histogram.setSumBits(Double.doubleToRawLongBits(count));
        histogram.addPositiveSpan(1, 2);
        histogram.addPositiveBucket(count);
        histogram.addPositiveBucket(0);
        return histogram;
    }

    @Test
    void listShowsTheBlocks() throws IOException {
        assertEquals(0, run("tsdb", "list", data.toString()), this::errors);
        List<String> lines = output().lines().toList();
        assertTrue(lines.get(0).startsWith("BLOCK ULID                  MIN TIME"), lines.get(0));
        assertTrue(lines.size() >= 3, output());
        assertTrue(lines.get(1).contains("  1699999200000  1700006400000  2h0m0s       360          "), lines.get(1));
        assertEquals(0, run("tsdb", "list", "-r", data.toString()));
        assertTrue(output().contains("2023-11-14T22:00:00Z"), output());
        assertEquals(0, run("tsdb", "list", "--json", data.toString()));
        assertEquals(360, json().path("blocks").path(0).path("samples").asInt());
        assertEquals(START, json().path("blocks").path(0).path("minTime").asLong());
    }

    @Test
    void aDamagedBlockIsToldAndTheOthersAreListed() throws IOException {
        assertEquals(0, run("tsdb", "list", "--json", data.toString()));
        String first = json().path("blocks").path(0).path("ulid").asText();
        int blocks = json().path("blocks").size();
        Files.delete(data.resolve(first).resolve("index"));
        assertEquals(1, run("tsdb", "list", "--json", data.toString()));
        assertEquals(blocks - 1, json().path("blocks").size());
        assertTrue(errors().startsWith("cairn: damaged: "), errors());
        assertTrue(errors().contains(first), errors());
        assertTrue(Files.exists(data.resolve(first)), "it stays where it is");
    }

    @Test
    void analyzeShowsTheLabelsOfABlock() throws IOException {
        assertEquals(0, run("tsdb", "analyze", data.toString()), this::errors);
        assertTrue(output().startsWith("Block ID: "), output());
        assertTrue(output().contains("\nHighest cardinality metric names:\n"), output());
        assertEquals(0, run("tsdb", "list", "--json", data.toString()));
        String first = json().path("blocks").path(0).path("ulid").asText();
        assertEquals(0, run("tsdb", "analyze", data.toString(), first, "--json", "--limit", "1"));
        assertEquals(first, json().path("ulid").asText());
        assertEquals(4, json().path("labelPairs").asInt());
        assertEquals("up", json().path("metricSeries").path(0).path("label").asText());
        assertEquals(2, json().path("metricSeries").path(0).path("figure").asInt());
        assertEquals(1, json().path("metricSeries").size());
        assertEquals(2, run("tsdb", "analyze", data.toString(), "01AAAAAAAAAAAAAAAAAAAAAAAA"));
        assertTrue(errors().contains("no block of this name"), errors());
        assertEquals(0, run("tsdb", "analyze", data.toString(), first, "--json", "--extended"), this::errors);
        JsonNode figures = json();
        assertTrue(figures.path("chunks").asInt() > 0, figures::toString);
        assertTrue(figures.path("samplesPerFloatChunk").path("ranges").size() > 0, figures::toString);
    }

    @Test
    void dumpPrintsSamplesInThreeFormats() throws IOException {
        assertEquals(0, run("tsdb", "dump", data.toString()), this::errors);
        List<String> lines = output().lines().toList();
        assertEquals(2 * MINUTES + MINUTES / 2, lines.size());
        assertEquals(
                "{__name__=\"h\"} {count:7, sum:3, [-0.25,0.25]:1, (1,2]:3, (2,4]:3} " + (START + 180_000),
                lines.get(3));
        assertEquals("{__name__=\"up\", job=\"a\"} 0.5 " + (START + 60_000), lines.get(MINUTES + 1));

        assertEquals(0, run("tsdb", "dump", "--format=openmetrics", data.toString()));
        lines = output().lines().toList();
        assertEquals(MINUTES + MINUTES / 2 + 1, lines.size());
        assertEquals("up{job=\"a\"} 0.5 1699999260.000", lines.get(1));
        assertEquals("# EOF", lines.get(lines.size() - 1));

        assertEquals(
                0,
                run(
                        "tsdb",
                        "dump",
                        "--format=json",
                        "--min-time=2023-11-14T22:01:00Z",
                        "--max-time=" + (START + 120_000),
                        data.toString()));
        assertEquals("""
            {"metric":{"__name__":"h"},"histograms":[\
            [1699999260,{"count":"3","sum":"1","buckets":[[3,"-0.25","0.25","1"],[0,"1","2","1"],[0,"2","4","1"]]}],\
            [1699999320,{"count":"5","sum":"2","buckets":[[3,"-0.25","0.25","1"],[0,"1","2","2"],[0,"2","4","2"]]}]]}
            {"metric":{"__name__":"up","job":"a"},"values":[[1699999260,"0.5"],[1699999320,"1"]]}
            {"metric":{"__name__":"up","job":"b"},"values":[[1699999260,"1"],[1699999320,"1"]]}
            """, output());
    }

    @Test
    void dumpTakesSelectorsAndPrintsEachSeriesOnce() {
        assertEquals(
                0, run("tsdb", "dump", data.toString(), "--match", "up{job=\"a\"}", "--match", "{job=~\"a|none\"}"));
        assertEquals(MINUTES, output().lines().count());
        assertEquals(0, run("tsdb", "dump", data.toString(), "--match", "none"));
        assertEquals("", output());
        assertEquals(2, run("tsdb", "dump", data.toString(), "--match", "up{"));
        assertTrue(errors().contains("up{"), errors());
        assertEquals(2, run("tsdb", "dump", data.toString(), "--min-time=2", "--max-time=1"));
        assertEquals(2, run("tsdb", "dump", data.toString(), "--format=xml"));
        assertEquals(2, run("tsdb", "dump", scratch.toString()));
        assertTrue(errors().contains("not the directory of a store"), errors());
    }

    @Test
    void aStoreThatIsOpenIsDumpedAndBackedUp() throws IOException {
        Path copy = scratch.resolve("copy");
        try (Tsdb db = open()) {
            AppendBatch batch = db.newBatch();
            batch.add(
                    db.series(Labels.of("__name__", "new")),
                    START + Duration.ofHours(7).toMillis(),
                    1);
            assertEquals(1, batch.commit().samplesAppended());
            assertEquals(0, run("tsdb", "dump", data.toString()), this::errors);
            String all = output();
            assertTrue(all.contains("new"));
            assertEquals(0, run("tsdb", "backup", data.toString(), copy.toString()), this::errors);
            assertTrue(output().contains("1001 samples"), output());
            assertEquals(0, run("tsdb", "dump", copy.toString()), this::errors);
            assertEquals(all, output());
        }
        assertEquals(2, run("tsdb", "backup", data.toString(), copy.toString()));
        assertTrue(errors().contains("name one that is not there"), errors());
        assertEquals(0, run("tsdb", "verify", copy.toString()), this::output);
    }

    @Test
    void blocksAreMadeOfOpenMetrics() throws IOException {
        assertEquals(0, run("tsdb", "dump", "--format=openmetrics", data.toString()));
        Path text = Files.writeString(scratch.resolve("text"), output());
        Path blocks = scratch.resolve("blocks");
        assertEquals(
                0,
                run("tsdb", "create-blocks-from", "openmetrics", "--json", text.toString(), blocks.toString()),
                this::errors);
        assertEquals(4, json().path("blocks").size());
        assertEquals(0, run("tsdb", "dump", "--format=openmetrics", blocks.toString()));
        assertEquals(Files.readString(text), output());

        Path longer = scratch.resolve("longer");
        String[] command = {
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--max-block-duration=1d12h30m",
            "--label=site=\"x\"",
            "--label=rack=y\"1",
            "--json",
            text.toString(),
            longer.toString()
        };
        assertEquals(0, run(command), this::errors);
        assertTrue(json().path("blocks").size() <= 2, output());
        assertEquals(0, run("tsdb", "dump", longer.toString(), "--match", "{site=\"x\",rack=\"y\\\"1\",job=\"a\"}"));
        assertEquals(MINUTES, output().lines().count());
        assertEquals(2, run("tsdb", "create-blocks-from", "openmetrics", text.toString(), "--label=site"));
        assertTrue(errors().contains("expected=name=\"value\", found=site"), errors());
    }

    @Test
    void aTextThatIsNotRightIsRefusedWithItsLine() throws IOException {
        Path text = Files.writeString(scratch.resolve("text"), "a 1 1\nb{c=} 1 1\n# EOF\n");
        Path blocks = scratch.resolve("blocks");
        String[] command = {"tsdb", "create-blocks-from", "openmetrics", text.toString(), blocks.toString()};
        assertEquals(2, run(command));
        assertTrue(errors().contains(text + ", line 2: "), errors());
        assertFalse(Files.exists(blocks));
        Files.writeString(text, "a 1 1\nb 1\n# EOF\n");
        assertEquals(2, run(command));
        assertTrue(errors().contains("line 2: a sample without a timestamp"), errors());
        Files.writeString(text, "a 1 1\n");
        assertEquals(2, run(command));
        assertTrue(errors().contains("does not end with # EOF"), errors());
        Files.writeString(text, "a 1 1\na 2 1\n# EOF\n");
        assertEquals(2, run(command));
        assertTrue(errors().contains("another value at the same time"), errors());
    }

    @Test
    void whatIsWrongAtTheEndLeavesNoBlockOfTheBeginning() throws IOException {
        Path text = Files.writeString(scratch.resolve("text"), "a 1 1\na 1 90000\na 1 900000\na 2 900000\n# EOF\n");
        Path blocks = scratch.resolve("blocks");
        assertEquals(2, run("tsdb", "create-blocks-from", "openmetrics", text.toString(), blocks.toString()));
        assertTrue(errors().contains("another value at the same time"), errors());
        try (Stream<Path> left = Files.list(blocks)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aFailureThatNobodyThoughtOfIsExitCodeTwo() {
        assertEquals(2, run("tsdb", "list", "a\0b"));
        PrintStream full = new PrintStream(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        });
        int code = Main.run(
                new String[] {"tsdb", "list", data.toString()},
                full,
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new CountDownLatch(0));
        assertEquals(2, code);
        assertTrue(errors().contains("cannot write to standard output"), errors());
    }
}
