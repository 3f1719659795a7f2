package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is deleted and merged here is so for a real Prometheus on the directory, and the reverse. */
@Tag("interop")
class CompactionInPrometheusTest {
    private static final long HOUR = Duration.ofHours(1).toMillis();
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    /** A multiple of 54 hours. */
    private static final long START = 8_745L * 54 * HOUR;

    private static final int SERIES = 6;

    @TempDir
    Path scratch;

    private final SampleSet expected = new SampleSet();

    private static Labels labels(int series) {
        return Labels.of("__name__", series < 4 ? "kept" : "other", "i", String.valueOf(series));
    }

    private void append(Tsdb db, long from, long to, long step) throws IOException {
        AppendBatch batch = db.newBatch();
        int count = 0;
        for (long t = from; t < to; t += step) {
            for (int series = 0; series < SERIES; series++) {
                double value = t / 1000.0 * (series + 1);
                batch.add(db.series(labels(series)), t, value);
                expected.add(labels(series), t, Double.doubleToRawLongBits(value));
                count++;
            }
        }
        assertEquals(count, batch.commit().samplesAppended());
    }

    private void forget(long from, long to, int firstSeries, int lastSeries) {
        for (int series = firstSeries; series <= lastSeries; series++) {
            expected.delete(labels(series), from, to);
        }
    }

    private static TsdbOptions options() {
        return StoreSamples.manual().withBlockRangeMax(Duration.ZERO).withOutOfOrderWindow(Duration.ofHours(24));
    }

    /** 40 hours in order, late samples in their first and in their last ones. */
    private Path filled() throws IOException {
        Path data = scratch.resolve("data");
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            append(db, START, START + 13 * HOUR, MINUTE);
            append(db, START + HOUR + 1, START + 5 * HOUR, 7 * MINUTE);
            db.admin().cutBlocks();
            append(db, START + 13 * HOUR, START + 40 * HOUR, MINUTE);
        }
        return data;
    }

    @Test
    void aPrometheusReadsWhatWasMergedAndNotWhatWasDeleted() throws IOException {
        Path data = filled();
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            // In the head, of which the first part is cut and merged, and the last one stays in the log.
            delete(db, START + 17 * HOUR, START + 18 * HOUR, Matcher.equal("__name__", "kept"));
            forget(START + 17 * HOUR, START + 18 * HOUR, 0, 3);
            delete(db, START + 39 * HOUR, START + 39 * HOUR + 30 * MINUTE, Matcher.equal("i", "5"));
            forget(START + 39 * HOUR, START + 39 * HOUR + 30 * MINUTE, 5, 5);
            db.admin().runMaintenance();
            // In blocks that stay as they are, in late samples that are in no block, and in the head.
            append(db, START + 30 * HOUR + 1, START + 31 * HOUR, 10 * MINUTE);
            delete(db, START + 30 * HOUR + 20 * MINUTE, Long.MAX_VALUE, Matcher.equal("__name__", "other"));
            forget(START + 30 * HOUR + 20 * MINUTE, Long.MAX_VALUE, 4, 5);
            delete(db, Long.MIN_VALUE, START + 90 * MINUTE, Matcher.regex("i", "[0-2]"));
            forget(Long.MIN_VALUE, START + 90 * MINUTE, 0, 2);
            append(db, START + 40 * HOUR, START + 41 * HOUR, MINUTE);
            StoreSamples.of(db).assertEqualTo(expected, "the store itself");
            List<BlockInfo> blocks = db.admin().blocks();
            assertEquals(
                    2,
                    blocks.stream()
                            .filter(block -> block.maxTimestampMillis() - block.minTimestampMillis() == 18 * HOUR)
                            .count());
        }
        for (String block : Directories.blocks(data)) {
            String analyzed = Peers.run(scratch, "promtool", "tsdb", "analyze", data.toString(), block);
            assertTrue(analyzed.contains("Total Series: " + SERIES), analyzed);
        }
        PromtoolDump.of(scratch, data).assertEqualTo(expected, "promtool tsdb dump");
        Path copy = Directories.copy(data, scratch.resolve("copy"));
        try (Prometheus prometheus = Prometheus.open(scratch, copy)) {
            prometheus.samples().assertEqualTo(expected, "Prometheus");
            prometheus.stop();
        }
        StoreSamples.in(copy).assertEqualTo(expected, "and back");
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            assertTrue(db.admin().cleanTombstones() > 0);
            StoreSamples.of(db).assertEqualTo(expected, "rewritten");
        }
        PromtoolDump.of(scratch, data).assertEqualTo(expected, "promtool, rewritten");
        System.out.println("CompactionInPrometheusTest: " + expected + " in "
                + Directories.blocks(data).size() + " blocks and the head");
    }

    private static void delete(Tsdb db, long from, long to, Matcher... matchers) throws IOException {
        db.admin().delete(TimeRange.ofMillis(from, to), matchers);
    }

    @Test
    void whatAPrometheusDeletedIsGoneHereAlsoWhenItWasKilled() throws IOException {
        Path data = filled();
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            db.admin().runMaintenance();
        }
        try (Prometheus prometheus = Prometheus.open(scratch, data, "--web.enable-admin-api")) {
            delete(prometheus, "{__name__=\"kept\"}", START + 2 * HOUR, START + 4 * HOUR);
            forget(START + 2 * HOUR, START + 4 * HOUR, 0, 3);
            delete(prometheus, "{i=\"5\"}", START + 38 * HOUR, START + 39 * HOUR);
            forget(START + 38 * HOUR, START + 39 * HOUR, 5, 5);
            prometheus.samples().assertEqualTo(expected, "Prometheus");
            prometheus.kill();
        }
        StoreSamples.in(Directories.copy(data, scratch.resolve("killed"))).assertEqualTo(expected, "killed");
        try (Prometheus prometheus = Prometheus.open(scratch, data, "--web.enable-admin-api")) {
            post(prometheus, "/api/v1/admin/tsdb/clean_tombstones");
            prometheus.samples().assertEqualTo(expected, "Prometheus, rewritten");
            prometheus.stop();
        }
        try (Tsdb db = Tsdb.builder(data).options(options()).open()) {
            StoreSamples.of(db).assertEqualTo(expected, "stopped");
            int unused = db.admin().compactBlocks();
            StoreSamples.of(db).assertEqualTo(expected, "merged");
        }
    }

    private static void delete(Prometheus prometheus, String series, long from, long to) throws IOException {
        post(
                prometheus,
                "/api/v1/admin/tsdb/delete_series?match[]=".replace("[]", "%5B%5D")
                        + URLEncoder.encode(series, StandardCharsets.UTF_8) + "&start=" + from / 1000 + "&end="
                        + to / 1000);
    }

    private static void post(Prometheus prometheus, String path) throws IOException {
        HttpRequest request = Http.to(prometheus.port(), path)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertEquals(204, Http.send(request).statusCode());
    }
}
