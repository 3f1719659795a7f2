package dev.cairndb.receiver;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * Opens many tenants in one receiver and prints what one costs: heap, direct memory, threads, descriptors. First empty,
 * then with one series each, then opened again with those. Arguments: number of tenants (1000), folder (a temporary
 * one).
 */
final class ManyTenantsTool {
    private ManyTenantsTool() {}

    public static void main(String[] arguments) throws Exception {
        int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
        Path folder = arguments.length > 1 ? Path.of(arguments[1]) : Files.createTempDirectory("many-tenants");
        Log.configure("warn", System.err);
        System.out.println("java " + Runtime.version() + ", " + count + " tenants in " + folder);
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            warmUp(receiver);
            Figures before = Figures.now();
            long begin = System.nanoTime();
            Tenants tenants = receiver.receiver().tenants();
            List<CompletableFuture<?>> openings = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                openings.add(tenants.tenant("tenant-" + i).store());
            }
            CompletableFuture.allOf(openings.toArray(CompletableFuture[]::new)).join();
            System.out.println("opened, new: " + millisSince(begin) + " ms");
            Figures.now().print("empty", before, count);
            long now = System.currentTimeMillis();
            for (int i = 0; i < count; i++) {
                write(receiver, "tenant-" + i, now);
            }
            Figures.now().print("one series each", before, count);
            int lines = receiver.get(receiver.admin("/metrics")).body().split("\n").length;
            System.out.println("lines of /metrics: " + lines);
        }
        System.gc();
        Figures before = Figures.now();
        long begin = System.nanoTime();
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            System.out.println("opened again, one series each: " + millisSince(begin) + " ms");
            warmUp(receiver);
            Figures.now().print("again", before, count);
            begin = System.nanoTime();
        }
        System.out.println("stopped: " + millisSince(begin) + " ms");
    }

    private static long millisSince(long beginNanos) {
        return (System.nanoTime() - beginNanos) / 1_000_000;
    }

    private static void warmUp(RunningReceiver receiver) throws Exception {
        write(receiver, "first", System.currentTimeMillis());
        int unused = receiver.get(receiver.admin("/metrics")).statusCode();
    }

    private static void write(RunningReceiver receiver, String tenant, long nowMillis) throws Exception {
        int status = receiver.post(
                        RunningReceiver.RECEIVE, RunningReceiver.body("up", nowMillis, 1), "THANOS-TENANT", tenant)
                .statusCode();
        if (status != 204) {
            throw new IOException("status " + status + " for " + tenant);
        }
    }

    private record Figures(long heapBytes, long directBytes, long mappedBytes, int threads, long descriptors) {
        static Figures now() throws InterruptedException {
            for (int i = 0; i < 3; i++) {
                System.gc();
                Thread.sleep(100);
            }
            long direct = 0;
            long mapped = 0;
            for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
                if (pool.getName().equals("direct")) {
                    direct += pool.getMemoryUsed();
                } else {
                    mapped += pool.getMemoryUsed();
                }
            }
            long descriptors = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                    ? unix.getOpenFileDescriptorCount()
                    : -1;
            return new Figures(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    direct,
                    mapped,
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    descriptors);
        }

        void print(String what, Figures before, int tenants) {
            System.out.printf(
                    Locale.ROOT,
                    "%s: heap %.1f KiB, direct %.1f KiB, mapped %.1f KiB, descriptors %.2f per tenant; %d threads in"
                            + " all (%d before)%n",
                    what,
                    (heapBytes - before.heapBytes) / 1024.0 / tenants,
                    (directBytes - before.directBytes) / 1024.0 / tenants,
                    (mappedBytes - before.mappedBytes) / 1024.0 / tenants,
                    (descriptors - before.descriptors) / (double) tenants,
                    threads,
                    before.threads);
        }
    }
}
