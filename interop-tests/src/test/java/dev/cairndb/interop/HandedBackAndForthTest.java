package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One data directory in which the library and a real Prometheus write in turns, each ending in good order or not.
 * Whoever opens it finds every sample of both, and what was deleted stays deleted.
 */
@Tag("interop")
class HandedBackAndForthTest {
    private static final int TURNS = 8;
    private static final int ROUNDS_PER_TURN = 140; // 1 h 10 min
    private static final int SERIES = 40;
    private static final Duration STEP = Duration.ofSeconds(30);

    @TempDir
    Path scratch;

    private final ManualClock clock = new ManualClock(1_700_006_400_000L);
    private final SampleSet expected = new SampleSet();
    private final List<Labels> series = new ArrayList<>();
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder();
    private Random random = new Random(0);

    @ParameterizedTest
    @MethodSource("dev.cairndb.interop.Turns#seeds")
    void bothFindEverySampleOfBoth(long seed) throws IOException {
        random = new Random(seed);
        for (int i = 0; i < SERIES; i++) {
            series.add(seriesOf(i));
        }
        Path data = Turns.take(TURNS, scratch, random, seed, this::turnOfTheLibrary, this::turnOfPrometheus);
        StoreSamples.in(Directories.copy(data, scratch.resolve("end"))).assertEqualTo(expected, "at the end");
        assertTrue(Directories.blocks(data).size() > 1, "too few blocks");
        System.out.println("HandedBackAndForthTest: " + expected + " after " + TURNS + " turns, seed " + seed);
    }

    private Labels seriesOf(int number) {
        return Labels.of("__name__", "m" + number % 5, "instance", "host-" + number, "pod", "p" + random.nextInt());
    }

    /** What the round appends, already in {@link #expected}: the value of each series, null for none. */
    private List<Long> nextRound() {
        clock.advance(STEP);
        if (random.nextInt(12) == 0) {
            int replaced = random.nextInt(SERIES);
            series.set(replaced, seriesOf(replaced));
        }
        List<Long> values = new ArrayList<>();
        for (Labels labels : series) {
            Long bits = null;
            if (random.nextInt(10) > 0) {
                bits = random.nextInt(6) == 0 ? random.nextLong() : Double.doubleToRawLongBits(random.nextInt(100));
                expected.add(labels, clock.wallMillis(), bits);
            }
            values.add(bits);
        }
        return values;
    }

    private void turnOfTheLibrary(Path data, Path next, boolean inGoodOrder, String where) throws IOException {
        try (Tsdb db = Tsdb.builder(data)
                .clock(clock)
                .options(StoreSamples.manual().withWalSegmentBytesMax(1 << 16))
                .open()) {
            StoreSamples.of(db).assertEqualTo(expected, where + ", opened by the library");
            for (int round = 0; round < ROUNDS_PER_TURN; round++) {
                append(db, nextRound());
                if (random.nextInt(20) == 0) {
                    db.admin().runMaintenance();
                }
            }
            StoreSamples.of(db).assertEqualTo(expected, where + ", before the end of the turn");
            if (!inGoodOrder) {
                Directories.copy(data, next);
            }
        }
        if (inGoodOrder) {
            Directories.copy(data, next);
        }
    }

    private void append(Tsdb db, List<Long> values) throws IOException {
        AppendBatch batch = db.newBatch();
        int added = 0;
        for (int i = 0; i < SERIES; i++) {
            Long bits = values.get(i);
            if (bits != null) {
                batch.add(db.series(series.get(i)), clock.wallMillis(), Double.longBitsToDouble(bits));
                added++;
            }
        }
        AppendResult result = batch.commit();
        assertEquals(added, result.samplesAppended(), result::toString);
    }

    private void turnOfPrometheus(Path data, Path next, boolean inGoodOrder, String where) throws IOException {
        try (Prometheus prometheus =
                Prometheus.open(scratch, data, "--web.enable-remote-write-receiver", "--web.enable-admin-api")) {
            prometheus.samples().assertEqualTo(expected, where + ", opened by Prometheus");
            for (int round = 0; round < ROUNDS_PER_TURN; round++) {
                write(prometheus.port(), nextRound());
            }
            delete(prometheus.port());
            prometheus.samples().assertEqualTo(expected, where + ", before the end of the turn");
            Turns.end(prometheus, inGoodOrder);
        }
        Directories.copy(data, next);
    }

    private void write(int port, List<Long> values) throws IOException {
        for (int i = 0; i < SERIES; i++) {
            Long bits = values.get(i);
            if (bits != null) {
                encoder.startSeries();
                series.get(i).forEach(encoder::label);
                encoder.sample(clock.wallMillis(), bits).endSeries();
            }
        }
        encoder.finish();
        Turns.write(port, encoder, RemoteWriteVersion.V1);
    }

    /** Some of a series' samples, of the last hours: in head or blocks or both. */
    private void delete(int port) throws IOException {
        Labels labels = series.get(random.nextInt(SERIES));
        long toMillis = clock.wallMillis() - random.nextInt(3_600_000);
        long fromMillis = toMillis - random.nextInt(2 * 3_600_000);
        String selector = "{instance=\"" + labels.get("instance") + "\",pod=\"" + labels.get("pod") + "\"}";
        Turns.post(
                Http.to(
                        port,
                        "/api/v1/admin/tsdb/delete_series?match[]="
                                        .replace("[", "%5B")
                                        .replace("]", "%5D")
                                + URLEncoder.encode(selector, StandardCharsets.UTF_8) + "&start="
                                + seconds(fromMillis) + "&end=" + seconds(toMillis)),
                new byte[0]);
        expected.delete(labels, fromMillis, toMillis);
    }

    private static String seconds(long millis) {
        return millis / 1000 + "." + String.format("%03d", millis % 1000);
    }
}
