package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.index.Labels;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A directory and a bucket that the library wrote, read by the real programs. */
@Tag("interop")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WrittenByLibraryTest {
    private static final long START = 1_700_006_400_000L;
    private static final long STEP_MILLIS = 30_000;
    private static final int ROUNDS = 1_380; // 11 h 30 min: five blocks, of which four fill 8 h
    private static final int BLOCKS = 5;
    private static final long BLOCK_MILLIS = Duration.ofHours(2).toMillis();
    private static final long SHIPPED_END = START + BLOCKS * BLOCK_MILLIS;
    private static final int SERIES = 60;
    private static final long HEAD_MILLIS = Duration.ofHours(1).toMillis();
    private static final Duration DISCOVERY_TIME_MAX = Duration.ofSeconds(60);

    @TempDir
    static Path scratch;

    private final Random random = new Random(1);
    private final SampleSet expected = new SampleSet();
    private Path copyWhileOpen;
    private Path closed;
    private Path bucket;

    @BeforeAll
    void write() throws IOException {
        Path data = scratch.resolve("data");
        bucket = scratch.resolve("bucket");
        copyWhileOpen = scratch.resolve("while-open");
        ManualClock clock = new ManualClock(START);
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(data)
                        .clock(clock)
                        .options(StoreSamples.manual().withWalSegmentBytesMax(1 << 17))
                        .objectStore(store)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            List<Labels> series = new ArrayList<>();
            for (int i = 0; i < SERIES; i++) {
                series.add(seriesOf(i, 0));
            }
            for (int round = 0; round < ROUNDS; round++) {
                append(db, clock.wallMillis(), series);
                if (round % 40 == 39) {
                    db.admin().runMaintenance();
                    for (int i = 0; i < SERIES; i += 5) {
                        series.set(i, seriesOf(i, round));
                    }
                }
                clock.advance(Duration.ofMillis(STEP_MILLIS));
            }
            Directories.copy(data, copyWhileOpen);
        }
        closed = Directories.copy(data, scratch.resolve("closed"));
        assertEquals(BLOCKS, Directories.blocks(closed).size());
        assertFalse(Directories.names(closed.resolve("wal"), "checkpoint.*").isEmpty(), "no checkpoint");
        assertTrue(Directories.names(closed.resolve("wal"), "\\d{8}").size() > 2, "too few segments");
        assertTrue(Files.size(closed.resolve("chunks_head/000001")) > 100, "no chunks in chunks_head");
    }

    private static Labels seriesOf(int number, int generation) {
        return Labels.of(
                "__name__",
                "metric_" + number % 7,
                "instance",
                "host-" + number,
                "path",
                number % 3 == 0 ? "/ünïcode/\"quoted\"\\\n\uD83D\uDE00/" + generation : "/" + generation);
    }

    private void append(Tsdb db, long timestampMillis, List<Labels> series) throws IOException {
        AppendBatch batch = db.newBatch();
        int added = 0;
        for (int i = 0; i < series.size(); i++) {
            if (random.nextInt(20) > 0) {
                long bits = value(i, timestampMillis);
                batch.add(db.series(series.get(i)), timestampMillis, Double.longBitsToDouble(bits));
                expected.add(series.get(i), timestampMillis, bits);
                added++;
            }
        }
        AppendResult result = batch.commit();
        assertEquals(added, result.samplesAppended(), result::toString);
    }

    private long value(int number, long timestampMillis) {
        if (random.nextInt(8) == 0) {
            return switch (random.nextInt(8)) {
                case 0 -> SampleSet.STALE;
                case 1 -> 0x7ff8000000000001L;
                case 2 -> 0x7ff0000000000001L | random.nextLong() & 0xfffff_ffff_ffffL; // NaN with a payload
                case 3 -> Double.doubleToRawLongBits(-0.0);
                case 4 -> Double.doubleToRawLongBits(Double.NEGATIVE_INFINITY);
                case 5 -> Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);
                case 6 -> Double.doubleToRawLongBits(Double.MIN_VALUE);
                default -> random.nextLong();
            };
        }
        return Double.doubleToRawLongBits(
                number % 2 == 0 ? (timestampMillis - START) / 1000.0 * number : random.nextGaussian());
    }

    @Test
    void promtoolListsAndAnalyzesTheBlocks() throws IOException {
        Path data = Directories.copy(closed, scratch.resolve("promtool-list"));
        String list = Peers.run(scratch, "promtool", "tsdb", "list", data.toString());
        for (String block : Directories.blocks(data)) {
            assertTrue(list.contains(block), list);
            String analysis = Peers.run(scratch, "promtool", "tsdb", "analyze", data.toString(), block);
            assertTrue(analysis.contains("Duration: 2h0m0s"), analysis);
            assertTrue(analysis.contains("metric_0"), analysis);
        }
    }

    @Test
    void promtoolDumpsEverySampleOfTheClosedStore() throws IOException {
        promtoolDumps(closed, "promtool-closed");
    }

    @Test
    void promtoolDumpsEverySampleOfACopyTakenWhileTheStoreWasOpen() throws IOException {
        promtoolDumps(copyWhileOpen, "promtool-open");
    }

    private void promtoolDumps(Path source, String name) throws IOException {
        SampleSet found = PromtoolDump.of(scratch, Directories.copy(source, scratch.resolve(name)));
        found.assertEqualTo(expected.withOneNan(), name);
        System.out.println("WrittenByLibraryTest: promtool dumped " + found + " (" + name + ")");
    }

    @Test
    void prometheusOpensTheClosedStoreAndGivesItBack() throws IOException {
        prometheusOpens(closed, "prometheus-closed");
    }

    @Test
    void prometheusOpensACopyTakenWhileTheStoreWasOpenAndGivesItBack() throws IOException {
        prometheusOpens(copyWhileOpen, "prometheus-open");
    }

    private void prometheusOpens(Path source, String name) throws IOException {
        Path data = Directories.copy(source, scratch.resolve(name));
        try (Prometheus prometheus = Prometheus.open(scratch, data)) {
            prometheus.samples().assertEqualTo(expected, name + ", remote read");
            long end = expected.maxMillis();
            Http.rawSamples(prometheus.port(), "{__name__=~\".+\"}[1h]", end, "")
                    .assertEqualTo(
                            expected.between(end - HEAD_MILLIS + 1, end)
                                    .withoutStaleMarkers()
                                    .withOneNan(),
                            name + ", query");
            prometheus.stop();
            assertEquals(List.of(), prometheus.complaints());
        }
        StoreSamples.in(data).assertEqualTo(expected, name + ", taken back from Prometheus");
        System.out.println("WrittenByLibraryTest: Prometheus answered with " + expected + " (" + name + ")");
    }

    @Test
    void thanosFindsNothingWrongWithTheBucketAndAnswersFromIt() throws IOException {
        String config = objectStore(bucket);
        String verified = Peers.run(scratch, "thanos", "tools", "bucket", "verify", config);
        assertFalse(verified.contains("level=error") || verified.contains("level=warn"), verified);
        List<String> blocks = Directories.blocks(closed);
        String listed = Peers.run(scratch, "thanos", "tools", "bucket", "ls", config);
        String inspected = Peers.run(scratch, "thanos", "tools", "bucket", "inspect", config);
        for (String block : blocks) {
            assertTrue(listed.contains(block), listed);
            assertTrue(inspected.contains(block), inspected);
        }
        assertTrue(inspected.contains("replica=a"), inspected);
        SampleSet shipped = expected.between(START, SHIPPED_END - 1);
        try (RunningProgram store = thanosStore(config);
                RunningProgram query = thanosQuery()) {
            awaitStore(store, query);
            SampleSet found = Http.rawSamples(
                    queryPort, "{__name__=~\".+\"}[12h]", SHIPPED_END - 1, "&dedup=false&partial_response=false");
            found.assertEqualTo(
                    shipped.withLabels(labels ->
                                    labels.toBuilder().add("replica", "a").build())
                            .withoutStaleMarkers()
                            .withOneNan(),
                    "thanos query");
            System.out.println("WrittenByLibraryTest: thanos query answered with " + found + " from the bucket");
        }
    }

    @Test
    void thanosCompactsTheBucket() throws IOException {
        Path copy = Directories.copy(bucket, scratch.resolve("bucket-to-compact"));
        String log = Peers.run(
                scratch,
                "thanos",
                "compact",
                objectStore(copy),
                "--data-dir=" + scratch.resolve("thanos-compact"),
                "--http-address=127.0.0.1:" + Http.freePort(),
                "--consistency-delay=0s");
        assertFalse(log.contains("level=error"), log);
        List<String> old = new ArrayList<>();
        Path left = Files.createDirectories(scratch.resolve("compacted"));
        Files.createDirectories(left.resolve("wal")); // promtool wants one
        for (String block : Directories.blocks(copy)) {
            if (Files.exists(copy.resolve(block).resolve("deletion-mark.json"))) {
                old.add(block);
            } else {
                Path unused = Directories.copy(copy.resolve(block), left.resolve(block));
            }
        }
        assertEquals(Directories.blocks(closed).subList(0, BLOCKS - 1), old, log);
        assertEquals(2, Directories.blocks(left).size(), log);
        PromtoolDump.of(scratch, left)
                .assertEqualTo(expected.between(START, SHIPPED_END - 1).withOneNan(), "compacted by Thanos");
        StoreSamples.in(left).assertEqualTo(expected.between(START, SHIPPED_END - 1), "compacted by Thanos");
        System.out.println("WrittenByLibraryTest: thanos compacted " + old.size() + " blocks to one");
    }

    private static String objectStore(Path directory) {
        return "--objstore.config={type: FILESYSTEM, config: {directory: " + directory + "}}";
    }

    private final int storeGrpcPort = Http.freePort();
    private final int queryPort = Http.freePort();

    private RunningProgram thanosStore(String config) {
        return RunningProgram.start(
                scratch,
                "thanos-store",
                List.of(
                        Peers.program("thanos").toString(),
                        "store",
                        config,
                        "--data-dir=" + scratch.resolve("thanos-store"),
                        "--http-address=127.0.0.1:" + Http.freePort(),
                        "--grpc-address=127.0.0.1:" + storeGrpcPort));
    }

    private RunningProgram thanosQuery() {
        return RunningProgram.start(
                scratch,
                "thanos-query",
                List.of(
                        Peers.program("thanos").toString(),
                        "query",
                        "--endpoint=127.0.0.1:" + storeGrpcPort,
                        "--http-address=127.0.0.1:" + queryPort,
                        "--grpc-address=127.0.0.1:" + Http.freePort()));
    }

    private void awaitStore(RunningProgram store, RunningProgram query) {
        query.await("ready", DISCOVERY_TIME_MAX, () -> Http.status(queryPort, "/-/ready") == 200);
        query.await("aware of the store:\n" + store.log(), DISCOVERY_TIME_MAX, () -> {
            JsonNode stores =
                    Http.json(queryPort, "/api/v1/stores").path("data").path("store");
            return stores.size() == 1 && stores.get(0).path("labelSets").size() > 0;
        });
    }
}
