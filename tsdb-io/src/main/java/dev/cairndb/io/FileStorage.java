package dev.cairndb.io;

import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The real files. Thread-safe; keeps nothing but the locks it was asked for.
 *
 * <p>A FileChannel closes itself when its thread is interrupted, and any thread of a host may be. Therefore files are
 * read and written through {@link RandomAccessFile}, which knows no interrupts, and the three things that only a
 * channel can do (map, lock, sync a directory) run on short-lived threads of their own.
 */
public final class FileStorage implements Storage {
    private static final FileStorage INSTANCE = new FileStorage(FileStorage::daemon);

    private final OwnThread ownThread;

    private FileStorage(ThreadFactory threads) {
        this.ownThread = new OwnThread(threads);
    }

    /** The storage that makes its short-lived threads itself: daemons, named cairn-file. */
    public static FileStorage instance() {
        return INSTANCE;
    }

    /** A storage that gets its short-lived threads from the host. */
    public static FileStorage withThreads(ThreadFactory threads) {
        return new FileStorage(Objects.requireNonNull(threads));
    }

    @Override
    public AppendFile create(Path file) throws IOException {
        Files.createFile(file);
        return new RandomAccessAppendFile(file, openForWriting(file));
    }

    @Override
    public AppendFile append(Path file) throws IOException {
        // RandomAccessFile would create it.
        Files.readAttributes(file, BasicFileAttributes.class);
        return new RandomAccessAppendFile(file, openForWriting(file));
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return new RandomAccessReadFile(openForReading(file));
    }

    @Override
    public MappedFile map(Path file) throws IOException {
        return map(file, MappedSegments.SEGMENT_SIZE_BITS);
    }

    MappedFile map(Path file, int segmentSizeBits) throws IOException {
        return ownThread.call(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return MappedSegments.map(file, channel, segmentSizeBits);
            }
        });
    }

    @Override
    public byte[] readAll(Path file) throws IOException {
        try (RandomAccessFile opened = openForReading(file)) {
            long size = opened.length();
            if (size > Integer.MAX_VALUE - 16) {
                throw new IOException("cannot read a whole file of this size: found=" + size + ", file=" + file);
            }
            byte[] bytes = new byte[(int) size];
            opened.readFully(bytes);
            return bytes;
        }
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return attributes(path) != null;
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        BasicFileAttributes attributes = attributes(path);
        return attributes != null && attributes.isDirectory();
    }

    @Override
    public long size(Path file) throws IOException {
        return Files.size(file);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Collections.sort(names);
        return names;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void link(Path file, Path newName) throws IOException {
        try {
            Files.createLink(newName, file);
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            // On another file system, or one without links, or there are too many of this file.
            Storage.super.link(file, newName);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void deleteRecursively(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                // Somebody else was faster.
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        ownThread.call(() -> {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
            return true;
        });
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        return ownThread.call(() -> FileLocks.lock(file));
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        Path existing = path.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        FileStore store = Files.getFileStore(existing);
        return store.getUsableSpace();
    }

    private static @Nullable BasicFileAttributes attributes(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static RandomAccessFile openForWriting(Path file) throws IOException {
        return open(file, "rw");
    }

    private static RandomAccessFile openForReading(Path file) throws IOException {
        return open(file, "r");
    }

    private static RandomAccessFile open(Path file, String mode) throws IOException {
        try {
            return new RandomAccessFile(file.toFile(), mode);
        } catch (FileNotFoundException e) {
            // Also thrown for a file that is there but cannot be opened.
            if (!Files.exists(file)) {
                NoSuchFileException absent = new NoSuchFileException(file.toString());
                absent.initCause(e);
                throw absent;
            }
            throw e;
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "cairn-file");
        thread.setDaemon(true);
        return thread;
    }
}
