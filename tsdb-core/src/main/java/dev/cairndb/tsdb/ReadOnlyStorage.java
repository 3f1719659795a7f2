package dev.cairndb.tsdb;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Files to be read and not changed, for code that opens a store and repairs what it finds: what it deletes or renames
 * is not shown any more and stays where it is, what it writes goes nowhere, and a lock is none. A cut file keeps its
 * length. Thread-safe.
 */
final class ReadOnlyStorage implements Storage {
    private final Storage files;
    private final Set<Path> hidden = ConcurrentHashMap.newKeySet();
    private final LongConsumer bytesRead;

    /**
     * @param notShown files and directories that are not there for those who use this
     * @param bytesRead hears how many more bytes were read of files that are read piece by piece, as logs are
     */
    ReadOnlyStorage(Storage files, List<Path> notShown, LongConsumer bytesRead) {
        this.files = files;
        this.bytesRead = bytesRead;
        hidden.addAll(notShown);
    }

    private boolean isHidden(Path path) {
        for (@Nullable Path part = path; part != null; part = part.getParent()) {
            if (hidden.contains(part)) {
                return true;
            }
        }
        return false;
    }

    private Path shown(Path path) throws NoSuchFileException {
        if (isHidden(path)) {
            throw new NoSuchFileException(path.toString());
        }
        return path;
    }

    @Override
    public AppendFile create(Path file) {
        return new Unwritten(0);
    }

    @Override
    public AppendFile append(Path file) throws IOException {
        return new Unwritten(files.size(shown(file)));
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return new Counted(files.open(shown(file)), bytesRead);
    }

    @Override
    public MappedFile map(Path file) throws IOException {
        return files.map(shown(file));
    }

    @Override
    public byte[] readAll(Path file) throws IOException {
        return files.readAll(shown(file));
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return !isHidden(path) && files.exists(path);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        return !isHidden(path) && files.isDirectory(path);
    }

    @Override
    public long size(Path file) throws IOException {
        return files.size(shown(file));
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        if (isHidden(directory)) {
            return List.of();
        }
        return files.list(directory).stream()
                .filter(name -> !hidden.contains(directory.resolve(name)))
                .toList();
    }

    @Override
    public void createDirectories(Path directory) {
        // Whoever looks for it finds none, which is the same as an empty one.
    }

    @Override
    public void rename(Path source, Path target) {
        hidden.add(source);
    }

    @Override
    public void delete(Path path) {
        hidden.add(path);
    }

    @Override
    public void deleteRecursively(Path directory) {
        hidden.add(directory);
    }

    @Override
    public void syncDirectory(Path directory) {
        // Nothing was written.
    }

    @Override
    public Closeable lock(Path file) {
        return () -> {};
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return files.usableBytes(path);
    }

    /** Tells what was read. */
    private record Counted(ReadFile file, LongConsumer bytesRead) implements ReadFile {
        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            int count = file.read(position, target, offset, length);
            bytesRead.accept(count);
            return count;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** Has the size of what was written, and nothing else of it. */
    private static final class Unwritten implements AppendFile {
        private long size;

        Unwritten(long size) {
            this.size = size;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            size += length;
        }

        @Override
        public void writeAt(long position, byte[] bytes, int offset, int length) {
            // Of what exists already, so the size stays.
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void truncate(long newSize) {
            size = newSize;
        }

        @Override
        public void sync() {
            // There is nothing that could be lost.
        }

        @Override
        public void close() {
            // No file is open.
        }
    }
}
