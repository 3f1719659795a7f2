package dev.cairndb.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has used, as Linux tells. Thread-safe. */
public final class ProcessUse {
    private static final double TICKS_PER_SECOND = 100;
    /** Field of {@code stat} behind the name: user time; that of the system follows. */
    private static final int USER_TIME_FIELD = 11;

    private final Path directory;

    public ProcessUse(long process) {
        directory = Path.of("/proc/" + process);
    }

    public double cpuSeconds() throws IOException {
        String stat = Files.readString(directory.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[USER_TIME_FIELD]) + Long.parseLong(fields[USER_TIME_FIELD + 1]))
                / TICKS_PER_SECOND;
    }

    public long residentMiB() throws IOException {
        return mebibytes("VmRSS:");
    }

    long residentPeakMiB() throws IOException {
        return mebibytes("VmHWM:");
    }

    /** The peak is that from now on. */
    void resetResidentPeak() throws IOException {
        Files.writeString(directory.resolve("clear_refs"), "5");
    }

    private long mebibytes(String name) throws IOException {
        for (String line : Files.readAllLines(directory.resolve("status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", "")) >> 10;
            }
        }
        throw new IOException("no " + name + " in " + directory.resolve("status"));
    }
}
