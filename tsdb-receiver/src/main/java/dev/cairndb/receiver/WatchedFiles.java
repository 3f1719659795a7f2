package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Something read from files, and read again when one of them has changed. A version that cannot be read is told of
 * once; the one before stays. Thread-safe.
 */
final class WatchedFiles<T> {
    /** Reads the files. */
    interface Source<T> {
        T read() throws IOException;
    }

    private final List<Path> files;
    private final Source<T> source;
    private List<FileTime> seen;
    private T value;

    WatchedFiles(List<Path> files, Source<T> source) throws IOException {
        this.files = files;
        this.source = source;
        seen = times();
        value = source.read();
    }

    synchronized T current() {
        try {
            List<FileTime> now = times();
            if (!now.equals(seen)) {
                seen = now;
                value = source.read();
                Log.info("read again: " + files);
            }
        } catch (IOException e) {
            Log.warn("cannot read again, the version before is used: " + Log.describe(e));
        }
        return value;
    }

    private List<FileTime> times() throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : files) {
            times.add(Files.getLastModifiedTime(file));
        }
        return times;
    }
}
