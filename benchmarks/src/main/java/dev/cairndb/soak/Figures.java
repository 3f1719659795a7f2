package dev.cairndb.soak;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process holds.
 *
 * @param heapMiB of objects that are alive
 * @param residentMiB memory the system gave it
 */
record Figures(long heapMiB, long residentMiB, long descriptors, long threads, long mappings) {
    private static final String START = "FIGURES ";

    /** Collects garbage first. */
    static Figures ofThisProcess() throws IOException {
        System.gc();
        return new Figures(
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
                residentKiB() >> 10,
                count(Path.of("/proc/self/fd")),
                count(Path.of("/proc/self/task")),
                Files.readAllLines(Path.of("/proc/self/maps")).stream()
                        .filter(line -> line.contains("/tenant-") || line.contains("/visitor-"))
                        .count());
    }

    private static long residentKiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS in /proc/self/status");
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        }
    }

    String line() {
        return START + heapMiB + " " + residentMiB + " " + descriptors + " " + threads + " " + mappings;
    }

    static boolean isLine(String line) {
        return line.startsWith(START);
    }

    static Figures parse(String line) {
        String[] words = line.substring(START.length()).split(" ");
        return new Figures(
                Long.parseLong(words[0]),
                Long.parseLong(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]));
    }
}
