package dev.cairndb.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * All a store does to files. {@link FileStorage} is the real one; test doubles lose, tear and reorder what was not
 * synced and fail calls on demand.
 *
 * <p>Obligations: (1) a name is durable only after {@link #syncDirectory} of its parent, content only after
 * {@link AppendFile#sync}; (2) {@link #rename} replaces atomically; (3) absence is {@link
 * java.nio.file.NoSuchFileException}; (4) an interrupt of the calling thread neither fails a call nor closes a file;
 * (5) all methods may be called from many threads.
 */
public interface Storage {
    /** Creates a file for writing; it must not exist. */
    AppendFile create(Path file) throws IOException;

    /** Opens an existing file for writing behind its end. */
    AppendFile append(Path file) throws IOException;

    /** Opens a file for positional reads. */
    ReadFile open(Path file) throws IOException;

    /** Maps a whole file, as long as it is now; it must not be truncated while mapped. */
    MappedFile map(Path file) throws IOException;

    /** Reads a whole (small) file. */
    byte[] readAll(Path file) throws IOException;

    boolean exists(Path path) throws IOException;

    boolean isDirectory(Path path) throws IOException;

    long size(Path file) throws IOException;

    /** Names (not paths) in a directory, sorted; empty if it does not exist. */
    List<String> list(Path directory) throws IOException;

    void createDirectories(Path directory) throws IOException;

    void rename(Path source, Path target) throws IOException;

    /**
     * Gives a durable file that nobody changes any more a second name, or copies it, durably, where that cannot be
     * done. The new name must not exist, and is durable only after {@link #syncDirectory}.
     */
    default void link(Path file, Path newName) throws IOException {
        int bufferBytes = 1 << 20;
        byte[] buffer = new byte[bufferBytes];
        try (ReadFile in = open(file);
                AppendFile out = create(newName)) {
            long position = 0;
            for (int n = in.read(position, buffer, 0, buffer.length);
                    n > 0;
                    n = in.read(position, buffer, 0, buffer.length)) {
                out.write(buffer, 0, n);
                position += n;
            }
            out.sync();
        }
    }

    /** Deletes a file or an empty directory; deleting what is absent succeeds. */
    void delete(Path path) throws IOException;

    /** Deletes a directory and all in it; deleting what is absent succeeds. */
    void deleteRecursively(Path directory) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    /**
     * Takes an exclusive lock, against this process and others, or throws at once; held until closed. Nothing else may
     * open the file meanwhile: on POSIX systems closing any descriptor of it would give the lock up.
     */
    Closeable lock(Path file) throws IOException;

    /** Free bytes on the file system that holds {@code path}. */
    long usableBytes(Path path) throws IOException;
}
