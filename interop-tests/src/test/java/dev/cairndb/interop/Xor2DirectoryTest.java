package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories with XOR2 chunks and start timestamps: ours in a real Prometheus, its own here, neither in Thanos. */
@Tag("interop")
class Xor2DirectoryTest {
    private static final String XOR2 = "storage: {tsdb: {chunk_encoding: {floats: xor2}}}\n";
    private static final String START_TIMESTAMPS = "--enable-feature=st-storage";
    private static final long START = 1_700_006_400_000L;
    private static final int ROUNDS = 700;
    private static final int SERIES = 40;
    private static final Duration LOAD_TIME_MAX = Duration.ofSeconds(60);

    @TempDir
    Path scratch;

    private final Random random = new Random(1);
    private final SampleSet expected = new SampleSet();
    private final SampleSet expectedStarts = new SampleSet();
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();

    @Test
    void aPrometheusOpensWhatWeWroteAndGivesItBack() throws IOException {
        Path data = scratch.resolve("data");
        Path whileOpen = scratch.resolve("while-open");
        write(data, whileOpen);
        for (Path written : List.of(data, whileOpen)) {
            String name = written.getFileName().toString();
            PromtoolDump.of(scratch, Directories.copy(written, scratch.resolve("promtool-" + name)))
                    .assertEqualTo(expected.withOneNan(), name + ", promtool");
            Path copy = Directories.copy(written, scratch.resolve("prometheus-" + name));
            try (Prometheus prometheus = Prometheus.start(
                    scratch, copy, Http.freePort(), Prometheus.SCRAPES_NOTHING + XOR2, START_TIMESTAMPS)) {
                prometheus.samples().assertEqualTo(expected, name + ", remote read");
                RemoteRead.startTimestamps(prometheus.port()).assertEqualTo(expectedStarts, name + ", starts");
                prometheus.stop();
                assertEquals(List.of(), prometheus.complaints());
            }
            StoreSamples.startTimestampsIn(Directories.copy(copy, scratch.resolve("starts-" + name)))
                    .assertEqualTo(expectedStarts, name + ", starts taken back");
            StoreSamples.in(copy).assertEqualTo(expected, name + ", taken back");
        }
        System.out.println(
                "Xor2DirectoryTest: Prometheus answered with " + expected + ", start timestamps of " + expectedStarts);
    }

    /** Also one without the feature and the setting: it keeps XOR2 chunks, and start timestamps that are in them. */
    @Test
    void aPrometheusThatWritesXorReadsThem() throws IOException {
        Path data = scratch.resolve("data");
        write(data, scratch.resolve("while-open"));
        try (Prometheus prometheus = Prometheus.open(scratch, data)) {
            prometheus.samples().assertEqualTo(expected, "remote read");
            prometheus.stop();
        }
        StoreSamples.in(data).assertEqualTo(expected, "taken back");
    }

    private void write(Path data, Path copyWhileOpen) throws IOException {
        ManualClock clock = new ManualClock(START);
        try (Tsdb db = Tsdb.builder(data)
                .clock(clock)
                .options(StoreSamples.manual().withWalSegmentBytesMax(1 << 17).withFloatEncoding(FloatEncoding.XOR2))
                .open()) {
            long[] starts = new long[SERIES];
            for (int round = 0; round < ROUNDS; round++) {
                append(db, clock.wallMillis(), starts);
                if (round % 50 == 49) {
                    db.admin().runMaintenance();
                }
                clock.advance(Duration.ofMillis(30_000 + random.nextInt(7)));
            }
            Directories.copy(data, copyWhileOpen);
        }
        assertTrue(Directories.blocks(data).size() >= 2, "no blocks in " + data);
        assertTrue(Files.size(data.resolve("chunks_head/000001")) > 100, "no chunks in chunks_head");
    }

    /** A third of the series without start timestamps; counters that begin again; stale markers. */
    private void append(Tsdb db, long timestampMillis, long[] starts) throws IOException {
        int added = 0;
        for (int i = 0; i < SERIES; i++) {
            if (random.nextInt(20) == 0) {
                continue;
            }
            Labels labels = Labels.of("__name__", "metric_" + i % 5, "instance", "host-" + i);
            encoder.startSeries();
            labels.forEach(encoder::label);
            if (i % 3 != 0 && (starts[i] == 0 || random.nextInt(60) == 0)) {
                starts[i] = timestampMillis - 1 - random.nextInt(100_000);
            }
            long bits = random.nextInt(30) == 0
                    ? SampleSet.STALE
                    : Double.doubleToRawLongBits(i % 4 == 0 ? 7 : (timestampMillis - starts[i]) / 8.0);
            encoder.sample(timestampMillis, starts[i], bits);
            encoder.endSeries();
            expected.add(labels, timestampMillis, bits);
            if (starts[i] != 0) {
                expectedStarts.add(labels, timestampMillis, starts[i]);
            }
            added++;
        }
        encoder.finish();
        AppendResult result = db.append(decoder.decode(
                encoder.body(), 0, encoder.bodySize(), RemoteWriteVersion.V2, RemoteWriteLimits.defaults()));
        assertEquals(added, result.samplesAppended(), result::toString);
    }

    @Test
    void weReadWhatAPrometheusScrapedInXor2BeforeItWasKilled() throws IOException {
        Path data = scratch.resolve("data");
        try (Prometheus prometheus = Prometheus.startCuttingBlocks(scratch, data, XOR2, START_TIMESTAMPS)) {
            prometheus.program().await("enough blocks", LOAD_TIME_MAX, () -> Directories.blockCount(data) >= 2);
            Waiting.sleep(1_000);
            prometheus.kill();
        }
        SampleSet found = StoreSamples.in(Directories.copy(data, scratch.resolve("library")));
        SampleSet starts = StoreSamples.startTimestampsIn(Directories.copy(data, scratch.resolve("library-starts")));
        assertTrue(starts.sampleCount() > 0, "no start timestamps");
        try (Prometheus prometheus =
                Prometheus.start(scratch, data, Http.freePort(), Prometheus.SCRAPES_NOTHING + XOR2, START_TIMESTAMPS)) {
            found.assertEqualTo(prometheus.samples(), "scraped");
            starts.assertEqualTo(RemoteRead.startTimestamps(prometheus.port()), "starts");
            prometheus.stop();
        }
        System.out.println(
                "Xor2DirectoryTest: read " + found + " that Prometheus wrote, start timestamps of " + starts);
    }

    /** Why shipping such blocks is refused: it is found out by whoever compacts the bucket. */
    @Test
    void thanosCannotCompactSuchBlocks() throws IOException {
        Path bucket = scratch.resolve("bucket");
        ManualClock clock = new ManualClock(START);
        List<String> shipped = new ArrayList<>();
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(scratch.resolve("data"))
                        .clock(clock)
                        .options(StoreSamples.manual()
                                .withFloatEncoding(FloatEncoding.XOR2)
                                .withShipUnreadableByThanos(true))
                        .objectStore(store)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            long[] starts = new long[SERIES];
            for (int round = 0; round < 12 * 60; round++) {
                append(db, clock.wallMillis(), starts);
                clock.advance(Duration.ofMinutes(1));
            }
            db.admin().runMaintenance();
            db.admin().flushAligned();
            db.admin().shipBlocks();
            shipped.addAll(Directories.blocks(bucket));
        }
        assertTrue(shipped.size() >= 5, shipped.toString());
        try (RunningProgram compact = RunningProgram.start(
                scratch,
                "thanos-compact",
                List.of(
                        Peers.program("thanos").toString(),
                        "compact",
                        "--objstore.config={type: FILESYSTEM, config: {directory: " + bucket + "}}",
                        "--data-dir=" + scratch.resolve("compact"),
                        "--http-address=127.0.0.1:" + Http.freePort(),
                        "--consistency-delay=0s"))) {
            assertEquals(1, compact.awaitExit(Duration.ofSeconds(60)), compact::log);
            assertTrue(compact.log().contains("invalid chunk encoding"), compact::log);
        }
        assertEquals(shipped, Directories.blocks(bucket), "nothing was compacted");
    }
}
