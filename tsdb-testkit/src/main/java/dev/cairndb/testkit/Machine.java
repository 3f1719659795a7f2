package dev.cairndb.testkit;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link CrashingStorage} and its open files have in common: whether the process on it lives, what it has open,
 * how much room there is, what fails. Its lock guards names and contents of files too.
 */
final class Machine {
    final ReentrantLock lock = new ReentrantLock();
    final StorageFaults faults = new StorageFaults();
    final Random random;
    final Set<Path> failedSyncs = new TreeSet<>();
    volatile Consumer<Path> duringSync = path -> {};
    private final IdentityHashMap<Object, String> open = new IdentityHashMap<>();
    private final Set<Node> locked = new HashSet<>();
    private long freeBytes = Long.MAX_VALUE;
    private boolean dead;

    Machine(long seed) {
        random = new Random(seed);
    }

    interface Call<T> {
        T run() throws IOException;
    }

    interface Step {
        void run() throws IOException;
    }

    /** A call that can fail as it was told to. */
    <T> T call(StorageOperation operation, Path path, Call<T> body) throws IOException {
        lock.lock();
        try {
            check(operation, path);
            return body.run();
        } finally {
            lock.unlock();
        }
    }

    void run(StorageOperation operation, Path path, Step body) throws IOException {
        lock.lock();
        try {
            check(operation, path);
            body.run();
        } finally {
            lock.unlock();
        }
    }

    <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    // ---- under the lock: faults and ends ----

    void check(StorageOperation operation, Path path) throws IOException {
        StorageFault fault = nextFault(operation, path);
        if (fault != null) {
            throw failure(fault, path);
        }
    }

    @Nullable
    StorageFault nextFault(StorageOperation operation, Path path) throws IOException {
        checkAlive(path);
        StorageFault fault = faults.next(operation, path);
        if (fault == StorageFault.DEATH) {
            die();
        }
        return fault;
    }

    void checkAlive(Path path) throws IOException {
        if (dead) {
            throw failure(StorageFault.DEATH, path);
        }
    }

    static IOException failure(StorageFault fault, Path path) {
        return new FileSystemException(path.toString(), null, fault.message());
    }

    boolean isDead() {
        return dead;
    }

    void die() {
        dead = true;
        open.clear();
        locked.clear();
    }

    // ---- under the lock: space ----

    long freeBytes() {
        return freeBytes;
    }

    void freeBytes(long bytes) {
        freeBytes = bytes;
    }

    void release(Node node) {
        if (node instanceof FileNode file) {
            give(file.live().size());
        }
    }

    void give(long bytes) {
        if (freeBytes != Long.MAX_VALUE) {
            freeBytes += bytes;
        }
    }

    void take(long bytes) {
        if (freeBytes != Long.MAX_VALUE) {
            freeBytes -= bytes;
        }
    }

    // ---- what is open ----

    List<String> openFiles() {
        return locked(() -> open.values().stream().sorted().toList());
    }

    /** Under the lock. */
    <T> T opened(T file, String description) {
        open.put(file, description);
        return file;
    }

    void closed(Object file) {
        lock.lock();
        try {
            open.remove(file);
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock; false if somebody holds it. */
    boolean hold(Node node) {
        return locked.add(node);
    }

    void unlock(Object key, Node held) {
        lock.lock();
        try {
            if (open.remove(key) != null) {
                locked.remove(held);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    void checkOpen(Object file, Path path) throws IOException {
        checkAlive(path);
        if (!open.containsKey(file)) {
            throw new IOException("cannot use a file: found=closed, file=" + path);
        }
    }
}
