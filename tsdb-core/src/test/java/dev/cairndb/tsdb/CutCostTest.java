package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a block cut, with all that comes with it, costs in garbage: most of it would be arrays that are too large for the
 * young generation, so it decides how often the heap is collected as a whole.
 */
class CutCostTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int SERIES = 1 << 17;
    private static final int SERIES_OF_REQUEST = 1 << 10;
    private static final long STEP_MILLIS = 20 * MINUTE;
    private static final int CUTS = 3;
    private static final int SEGMENT_BYTES = 4 << 20;

    @TempDir
    Path directory;

    @Test
    void cutsCheckpointsAndSnapshotsMakeLittleGarbage() throws IOException {
        double[] bytes = new double[CUTS];
        double bytesOfStop;
        try (Tsdb db = Tsdb.builder(directory)
                .clock(new ManualClock(START + 12 * HOUR))
                .options(TestStores.OPTIONS.withDurability(Durability.OS).withWalSegmentBytesMax(SEGMENT_BYTES))
                .open()) {
            List<Labels> series = series();
            long t = START;
            for (int cut = 0; cut < CUTS; cut++) {
                t = append(db, series, t, START + cut * 2 * HOUR + 3 * HOUR + STEP_MILLIS);
                bytes[cut] = bytesPerSeries(() -> db.admin().runMaintenance());
                assertEquals(cut + 1, db.stats().blocksCut());
            }
            t = append(db, series, t, t);
            bytesOfStop = bytesPerSeries(db::close);
        }
        System.out.printf(
                "CutCostTest: bytes of garbage per series: %.1f with the classes, then %.1f and %.1f, and %.1f of a stop%n",
                bytes[0], bytes[1], bytes[2], bytesOfStop);
        assertEquals(1, names(directory.resolve("wal"), "checkpoint.").size(), "no checkpoint was written");
        assertTrue(bytes[1] + bytes[2] <= 60, bytes[1] + " and " + bytes[2]);
        List<String> snapshots = names(directory, "chunk_snapshot.");
        assertEquals(1, snapshots.size(), "no snapshot was written");
        assertTrue(Files.exists(directory.resolve(snapshots.get(0)).resolve("cairn.head")), "no image was written");
        // Most of it are the bitmaps in whose form an image has its lists.
        assertTrue(bytesOfStop <= 28, () -> "a stop " + bytesOfStop);
    }

    private static double bytesPerSeries(Steps.Step work) throws IOException {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) SERIES;
    }

    private static List<String> names(Path folder, String start) throws IOException {
        return FileStorage.instance().list(folder).stream()
                .filter(name -> name.startsWith(start))
                .toList();
    }

    private static List<Labels> series() {
        List<Labels> series = new ArrayList<>();
        for (int i = 0; i < SERIES; i++) {
            String instance = "10.0.0." + i / 200;
            String job = "job-" + i / 200 % 20;
            series.add(Labels.of("__name__", "requests_" + i % 200, "instance", instance, "job", job));
        }
        return series;
    }

    private static long append(Tsdb db, List<Labels> series, long fromMillis, long toMillis) throws IOException {
        long t = fromMillis;
        for (; t <= toMillis; t += STEP_MILLIS) {
            for (int first = 0; first < SERIES; first += SERIES_OF_REQUEST) {
                TestRequest request = TestRequest.v2();
                for (Labels labels : series.subList(first, first + SERIES_OF_REQUEST)) {
                    request.series(labels).sample(t, t + first);
                }
                RemoteWriteRequest built = request.build();
                assertEquals(SERIES_OF_REQUEST, db.append(built).samplesAppended());
            }
        }
        return t;
    }
}
