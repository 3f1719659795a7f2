package dev.cairndb.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Exclusive locks on files, against other processes and this one. Thread-safe.
 *
 * <p>The system's locks belong to the process, and closing <em>any</em> descriptor of a file gives up all that the
 * process has on it. A second attempt in this process must therefore be refused before it opens the file. That takes
 * the one piece of state in this module that is shared by the whole process: the files locked now.
 */
final class FileLocks {
    private static final ReentrantLock GUARD = new ReentrantLock();
    private static final Set<Object> LOCKED = new HashSet<>();

    private FileLocks() {}

    /** Must run on a thread that nobody interrupts. */
    static Closeable lock(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // From an earlier run: what counts is the lock on it.
        }
        Object key = keyOf(file);
        if (!register(key)) {
            throw new IOException("cannot lock: found=locked by this process already, file=" + file);
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException("cannot lock: found=locked by another process, file=" + file);
            }
            locked = true;
            return new Held(key, channel);
        } catch (OverlappingFileLockException e) {
            throw new IOException("cannot lock: found=locked by this process already, file=" + file, e);
        } finally {
            if (!locked) {
                if (channel != null) {
                    channel.close();
                }
                unregister(key);
            }
        }
    }

    private static Object keyOf(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return key != null ? key : file.toRealPath();
    }

    private static boolean register(Object key) {
        GUARD.lock();
        try {
            return LOCKED.add(key);
        } finally {
            GUARD.unlock();
        }
    }

    private static void unregister(Object key) {
        GUARD.lock();
        try {
            LOCKED.remove(key);
        } finally {
            GUARD.unlock();
        }
    }

    private static final class Held implements Closeable {
        private final Object key;
        private final FileChannel channel;
        private final AtomicBoolean closed = new AtomicBoolean();

        Held(Object key, FileChannel channel) {
            this.key = key;
            this.channel = channel;
        }

        @Override
        public void close() throws IOException {
            if (closed.getAndSet(true)) {
                return;
            }
            try {
                channel.close();
            } finally {
                unregister(key);
            }
        }
    }
}
