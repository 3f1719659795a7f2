package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteCompression;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a store says it holds in memory is what a heap dump has more. */
class HeadMemoryTest {
    private static final int SERIES = 120_000;
    /** Buffers that stores share grow with requests, not with series. */
    private static final int SERIES_TO_WARM_UP = 10_000;

    private static final int BATCH = 2_000;
    private static final int ROUNDS = 4;
    /** Buffers that all stores of a runtime share may grow meanwhile. */
    private static final double OFF_MAX = 0.1;

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(RemoteWriteVersion.class)
    void allPartsTogetherAreWhatAHeapDumpHasMore(RemoteWriteVersion version) throws Exception {
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            warmUp(runtime, version);
            long before = liveBytes();
            try (Tsdb db = open("db", runtime)) {
                fill(db, version, SERIES);
                compare(db, before, version.toString());
            }
        }
    }

    @Test
    void alsoIfTheHeadWasReadFromAnImage() throws Exception {
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            // In methods of their own: what a frame once had in a variable may live as long as the frame.
            fillAndStop(runtime);
            open("db", runtime).close();
            long before = liveBytes();
            try (Tsdb db = open("db", runtime)) {
                assertEquals(SERIES, db.stats().seriesActive());
                compare(db, before, "image");
            }
        }
    }

    private void fillAndStop(TsdbRuntime runtime) throws IOException {
        try (Tsdb db = open("db", runtime)) {
            fill(db, RemoteWriteVersion.V1, SERIES);
        }
    }

    private static void compare(Tsdb db, long before, String what) throws JMException {
        Map<String, Long> parts = db.stats().headBytes();
        long said = parts.values().stream().mapToLong(Long::longValue).sum();
        long held = liveBytes() - before;
        String line = what + ": " + parts + ", " + said + " said, " + held + " held";
        System.out.println("HeadMemoryTest: " + line);
        assertEquals(held, said, held * OFF_MAX, line);
    }

    /** What all stores of a runtime share is there afterwards. */
    private void warmUp(TsdbRuntime runtime, RemoteWriteVersion version) throws IOException {
        try (Tsdb db = open("warm", runtime)) {
            fill(db, version, SERIES_TO_WARM_UP);
        }
    }

    private Tsdb open(String name, TsdbRuntime runtime) throws IOException {
        return Tsdb.builder(directory.resolve(name))
                .options(TsdbOptions.defaults().withDurability(Durability.OS))
                .runtime(runtime)
                .open();
    }

    private static void fill(Tsdb db, RemoteWriteVersion version, int series) throws IOException {
        long fromMillis = System.currentTimeMillis() - ROUNDS * 1_000L;
        for (int round = 0; round < ROUNDS; round++) {
            for (int first = 0; first < series; first += BATCH) {
                db.append(request(version, first, fromMillis + round * 1_000L, db));
            }
        }
    }

    private static RemoteWriteRequest request(RemoteWriteVersion version, int first, long timestampMillis, Tsdb db)
            throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(version);
        for (int i = first; i < first + BATCH; i++) {
            Labels.of(
                            "__name__",
                            "container_network_receive_bytes_total_" + i % 200,
                            "cluster",
                            "production-eu-1",
                            "instance",
                            "10.0." + i / 200 % 250 + "." + i % 50 + ":10250",
                            "job",
                            "kubelet",
                            "namespace",
                            "namespace-" + i % 37,
                            "pod",
                            "deployment-" + i / 20 + "-7d8f9c6b5-x" + i % 9973)
                    .forEach((name, value) -> {
                        if (name.equals("__name__")) {
                            encoder.startSeries();
                        }
                        encoder.label(name, value);
                    });
            encoder.sample(timestampMillis + i % 7, Double.doubleToRawLongBits(i * 0.37 + timestampMillis % 1_000))
                    .endSeries();
        }
        encoder.finish();
        return new RemoteWriteDecoder()
                .decode(
                        encoder.body(),
                        0,
                        encoder.bodySize(),
                        RemoteWriteCompression.SNAPPY,
                        version,
                        RemoteWriteLimits.defaults(),
                        db.knownLabels());
    }

    /**
     * The sizes of all live objects, as in a heap dump; what a collector wastes between them is left out, also where
     * it fills that with objects (from JDK 19 on).
     */
    private static long liveBytes() throws JMException {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return bytes(histogram, line -> line.startsWith("Total"))
                - bytes(histogram, line -> line.contains("jdk.internal.vm.Filler"));
    }

    private static long bytes(String histogram, Predicate<String> lines) {
        return histogram
                .lines()
                .filter(lines)
                .mapToLong(line -> Long.parseLong(line.trim().split(" +")[2]))
                .sum();
    }
}
