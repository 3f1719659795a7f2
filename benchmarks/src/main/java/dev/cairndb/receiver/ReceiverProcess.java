package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has used, as the system tells. Thread-safe. */
final class ReceiverProcess {
    /** Ticks a second in {@code /proc}, on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;
    /** Field of {@code /proc/PID/stat}, behind the name: user time; that of the system follows. */
    private static final int USER_TIME_FIELD = 11;

    private final Path directory;

    ReceiverProcess(long process) {
        directory = Path.of("/proc/" + process);
    }

    double cpuSeconds() throws IOException {
        String stat = Files.readString(directory.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[USER_TIME_FIELD]) + Long.parseLong(fields[USER_TIME_FIELD + 1]))
                / TICKS_PER_SECOND;
    }

    long residentMiB() throws IOException {
        for (String line : Files.readAllLines(directory.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
            }
        }
        throw new IOException("no VmRSS in " + directory.resolve("status"));
    }
}
