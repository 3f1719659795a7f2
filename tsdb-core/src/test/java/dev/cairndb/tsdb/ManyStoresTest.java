package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a store costs that has nothing to do. {@code -Dcairn.stores=1000} opens that many. */
@Timeout(180)
class ManyStoresTest {
    private static final int STORES = Integer.getInteger("cairn.stores", 200);
    private static final long BYTES_PER_STORE_MAX = 100 * 1024;
    private static final int DESCRIPTORS_PER_STORE_MAX = 2;

    @TempDir
    Path directory;

    private final ManualClock clock = new ManualClock(TestStores.START);

    @Test
    void anEmptyStoreCostsLittleMemoryNoThreadAndTwoDescriptors() throws Exception {
        List<Tsdb> stores = new ArrayList<>();
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            warmUp(runtime);
            long heapBefore = memoryBytes();
            int threadsBefore = Thread.getAllStackTraces().size();
            long began = System.nanoTime();
            for (int i = 0; i < STORES; i++) {
                stores.add(open(runtime, i));
            }
            report("opened", System.nanoTime() - began);
            check("never used", heapBefore, threadsBefore, runtime);

            for (Tsdb db : stores) {
                fill(db, 200);
            }
            clock.advance(Duration.ofHours(8));
            for (Tsdb db : stores) {
                fill(db, 1);
                db.admin().runMaintenance();
                db.admin().runMaintenance();
                clock.advance(Duration.ofMillis(1));
            }
            assertEquals(1, stores.get(0).stats().seriesActive());
            check("drained", heapBefore, threadsBefore, runtime);

            began = System.nanoTime();
            for (Tsdb db : stores) {
                db.close();
            }
            report("closed", System.nanoTime() - began);
            assertEquals(List.of(), openFiles(), "left open");
        }
    }

    private Tsdb open(TsdbRuntime runtime, int number) throws IOException {
        return Tsdb.builder(directory.resolve("tenant-" + number))
                .runtime(runtime)
                .clock(clock)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }

    /** Loads classes and fills pools that all stores share. */
    private void warmUp(TsdbRuntime runtime) throws IOException {
        try (Tsdb db = open(runtime, STORES)) {
            fill(db, 10);
            db.admin().runMaintenance();
        }
    }

    private void fill(Tsdb db, int series) throws IOException {
        AppendBatch batch = db.newBatch();
        for (int i = 0; i < series; i++) {
            batch.add(db.series(Labels.of("__name__", "m", "number", "n" + i)), clock.wallMillis(), i);
        }
        assertEquals(series, batch.commit().samplesAppended());
    }

    private static void report(String what, long nanos) {
        System.out.println("ManyStoresTest: " + STORES + " stores " + what + " in " + nanos / 1_000_000 + " ms, "
                + nanos / 1_000 / STORES + " us each");
    }

    private void check(String state, long memoryBefore, int threadsBefore, TsdbRuntime runtime)
            throws IOException, InterruptedException {
        long bytes = (memoryBytes() - memoryBefore) / STORES;
        int descriptors = openFiles().size();
        System.out.println(
                "ManyStoresTest: " + state + ": " + bytes + " bytes of memory and " + (float) descriptors / STORES
                        + " descriptors per store, " + runtime.threadCount() + " threads in all");
        assertTrue(bytes < BYTES_PER_STORE_MAX, state + ": " + bytes + " bytes per store");
        assertTrue(descriptors <= STORES * DESCRIPTORS_PER_STORE_MAX, state + ": " + descriptors + " descriptors");
        assertTrue(runtime.threadCount() <= 9, runtime.threadCount() + " threads");
        assertTrue(Thread.getAllStackTraces().size() <= threadsBefore + 9);
    }

    /** On the heap and in direct buffers, after collections. */
    private static long memoryBytes() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(50);
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                least += pool.getMemoryUsed();
            }
        }
        return least;
    }

    /** Those of the stores: the JVM opens and closes files of its own at any time. None where there is no /proc. */
    private List<String> openFiles() throws IOException {
        Path folder = Path.of("/proc/self/fd");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        String stores = directory.toRealPath().toString();
        List<String> names = new ArrayList<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                try {
                    String target = Files.readSymbolicLink(each).toString();
                    if (target.startsWith(stores)) {
                        names.add(target);
                    }
                } catch (NoSuchFileException e) {
                    // Closed meanwhile, as the one is that lists the folder.
                }
            }
        }
        return names;
    }
}
