package dev.cairndb.testkit;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import dev.cairndb.testkit.NameChange.Slot;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A storage in memory that loses what was not synced. Paths are only names; a relative one is taken from the root.
 * Thread-safe. Everything random comes from seeds.
 *
 * <p><b>What a power cut leaves</b> ({@link #crash}). Of a file: all that was written before the last successful sync
 * began; of later changes none, all, a prefix with the last one torn at any byte, or any sectors of 512 bytes in any
 * state they had since, and a length the file had since, zeros where nothing arrived. Of names: all changes in a
 * directory before its last sync began; later ones are kept or not, each for itself, unless one concerns the same name
 * or the same file as an earlier one that is lost. A rename is kept as a whole or not. The sync of a file does not make
 * its name durable.
 *
 * <p><b>What a kill leaves</b> ({@link #kill}): all that was handed over, durable or not as it was.
 *
 * <p>After either this storage and all its open files only throw, as for a process that is gone; the successor that is
 * returned goes on. <b>Faults</b> are told by {@link #faults} and {@link #freeBytes}.
 */
public final class CrashingStorage implements Storage {
    private final ReentrantLock lock = new ReentrantLock();
    private final StorageFaults faults = new StorageFaults();
    private final Random random;
    private final NameTree names;
    private final IdentityHashMap<Object, String> open = new IdentityHashMap<>();
    private final Set<Node> locked = new HashSet<>();
    private final Set<Path> failedSyncs = new TreeSet<>();
    private long freeBytes = Long.MAX_VALUE;
    private boolean dead;
    private volatile Consumer<Path> duringSync = path -> {};

    /** An empty storage; only the root directory exists. */
    public CrashingStorage(long seed) {
        this(seed, new NameTree());
    }

    private CrashingStorage(long seed, NameTree names) {
        this.random = new Random(seed);
        this.names = names;
    }

    /** The calls that shall fail. A successor begins without any. */
    public StorageFaults faults() {
        return faults;
    }

    /** How many bytes files may still grow by; deleting and cutting files gives some back. Unlimited at first. */
    public void freeBytes(long bytes) {
        lock.lock();
        try {
            freeBytes = bytes;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Called in the middle of each sync of a file, in the thread that syncs and without any lock: what is written from
     * then on is not covered by the sync. For tests that want syncs to take time.
     */
    public void duringSync(Consumer<Path> action) {
        duringSync = action;
    }

    /** Whether the process on this storage is gone: killed, without power, or ended by {@link StorageFault#DEATH}. */
    public boolean isDead() {
        return locked(() -> dead);
    }

    /**
     * The files of which a sync failed, and that were neither cut nor deleted since: what was written to them before may be
     * lost, whatever later syncs say.
     */
    public List<Path> failedSyncs() {
        return locked(() -> List.copyOf(failedSyncs));
    }

    /** What is open now, a line each, sorted: files, mappings, locks. */
    public List<String> openFiles() {
        return locked(() -> open.values().stream().sorted().toList());
    }

    /** Makes directories that no crash takes away, as a mount point is. */
    public void createDurableDirectories(Path directory) throws IOException {
        lock.lock();
        try {
            names.addDurableDirectories(directory);
        } finally {
            lock.unlock();
        }
    }

    /** Cuts the power. Returns what the next process finds; this storage is dead. */
    public CrashingStorage crash(long seed) {
        return locked(() -> {
            CrashingStorage next = crashedCopy(seed);
            die();
            return next;
        });
    }

    /** Returns what a power cut now would leave; this storage goes on. */
    public CrashingStorage crashedCopy(long seed) {
        return locked(() -> {
            CrashingStorage next = copy(seed);
            next.names.cutPower(new Random(seed));
            next.failedSyncs.clear();
            return next;
        });
    }

    /** Kills the process. Returns what the next one finds; this storage is dead. */
    public CrashingStorage kill() {
        return locked(() -> {
            CrashingStorage next = copy(random.nextLong());
            die();
            return next;
        });
    }

    /** Copies a directory with all that a program sees in it to the real file system. */
    public void copyTo(Path directory, Path realDirectory) throws IOException {
        TreeMap<Path, byte @Nullable []> entries = new TreeMap<>();
        lock.lock();
        try {
            names.collect(directory, realDirectory, entries);
        } finally {
            lock.unlock();
        }
        for (Map.Entry<Path, byte @Nullable []> entry : entries.entrySet()) {
            byte[] content = entry.getValue();
            if (content == null) {
                Files.createDirectories(entry.getKey());
            } else {
                Files.write(entry.getKey(), content);
            }
        }
    }

    /** Copies a directory of the real file system into this one, durably; the names must not exist yet. */
    public void loadFrom(Path realDirectory, Path directory) throws IOException {
        createDurableDirectories(directory);
        try (Stream<Path> found = Files.list(realDirectory)) {
            for (Path real : found.sorted().toList()) {
                String name = String.valueOf(real.getFileName());
                if (Files.isDirectory(real)) {
                    loadFrom(real, directory.resolve(name));
                } else {
                    loadFile(Files.readAllBytes(real), directory.resolve(name));
                }
            }
        }
    }

    @Override
    public AppendFile create(Path file) throws IOException {
        return call(StorageOperation.CREATE, file, () -> {
            Slot slot = names.slotAt(file);
            if (slot.directory().live.containsKey(slot.name())) {
                throw new FileAlreadyExistsException(file.toString());
            }
            FileNode node = new FileNode();
            names.change(new NameChange(slot, node, true, null));
            return opened(new CrashingAppendFile(file, node), "append " + file);
        });
    }

    @Override
    public AppendFile append(Path file) throws IOException {
        return call(
                StorageOperation.APPEND,
                file,
                () -> opened(new CrashingAppendFile(file, names.fileAt(file)), "append " + file));
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return call(
                StorageOperation.OPEN,
                file,
                () -> opened(new CrashingReadFile(file, names.fileAt(file)), "read " + file));
    }

    @Override
    public MappedFile map(Path file) throws IOException {
        return call(StorageOperation.MAP, file, () -> {
            byte[] content = names.fileAt(file).live().toByteArray();
            Object key = new Object();
            open.put(key, "map " + file);
            return new HeapMappedFile(content, () -> closed(key));
        });
    }

    @Override
    public byte[] readAll(Path file) throws IOException {
        return call(StorageOperation.READ, file, () -> names.fileAt(file).live().toByteArray());
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return call(StorageOperation.ATTRIBUTES, path, () -> names.nodeAt(path) != null);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        return call(StorageOperation.ATTRIBUTES, path, () -> names.nodeAt(path) instanceof DirectoryNode);
    }

    @Override
    public long size(Path file) throws IOException {
        return call(
                StorageOperation.ATTRIBUTES,
                file,
                () -> names.fileAt(file).live().size());
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return call(
                StorageOperation.LIST,
                directory,
                () -> names.nodeAt(directory) == null
                        ? List.of()
                        : List.copyOf(names.directoryAt(directory).live.keySet()));
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        run(StorageOperation.CREATE_DIRECTORY, directory, () -> names.addDirectories(directory));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        run(StorageOperation.RENAME, source, () -> {
            Slot from = names.slotAt(source);
            Slot to = names.slotAt(target);
            Node moved = from.directory().live.get(from.name());
            if (moved == null) {
                throw new NoSuchFileException(source.toString());
            }
            Node replaced = to.directory().live.get(to.name());
            if (replaced == moved) {
                return;
            }
            if (replaced != null) {
                NameTree.checkReplaceable(target, moved, replaced);
                release(replaced);
            }
            names.change(new NameChange(to, moved, true, from));
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        run(StorageOperation.DELETE, path, () -> {
            Node node = names.nodeAt(path);
            if (node == null) {
                return;
            }
            if (node instanceof DirectoryNode directory && !directory.live.isEmpty()) {
                throw new DirectoryNotEmptyException(path.toString());
            }
            release(node);
            failedSyncs.remove(path);
            names.change(new NameChange(names.slotAt(path), node, false, null));
        });
    }

    /** Name by name, as a real one does: each is a call that can fail and a change that can be lost. */
    @Override
    public void deleteRecursively(Path directory) throws IOException {
        if (isDirectory(directory)) {
            for (String name : list(directory)) {
                deleteRecursively(directory.resolve(name));
            }
        }
        delete(directory);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        run(StorageOperation.SYNC_DIRECTORY, directory, () -> names.sync(directory));
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        return call(StorageOperation.LOCK, file, () -> {
            Slot slot = names.slotAt(file);
            Node node = slot.directory().live.get(slot.name());
            if (node == null) {
                node = new FileNode();
                names.change(new NameChange(slot, node, true, null));
            }
            if (!locked.add(node)) {
                throw new IOException("cannot lock: found=locked already, file=" + file);
            }
            Node held = node;
            Object key = new Object();
            open.put(key, "lock " + file);
            return () -> unlock(key, held);
        });
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return call(StorageOperation.ATTRIBUTES, path, () -> freeBytes);
    }

    private void loadFile(byte[] content, Path file) throws IOException {
        lock.lock();
        try {
            names.addDurableFile(file, content);
        } finally {
            lock.unlock();
        }
    }

    // ---- space ----

    private void release(Node node) {
        if (node instanceof FileNode file) {
            give(file.live().size());
        }
    }

    private void give(long bytes) {
        if (freeBytes != Long.MAX_VALUE) {
            freeBytes += bytes;
        }
    }

    private void take(long bytes) {
        if (freeBytes != Long.MAX_VALUE) {
            freeBytes -= bytes;
        }
    }

    // ---- faults and ends ----

    private interface Call<T> {
        T run() throws IOException;
    }

    private interface Step {
        void run() throws IOException;
    }

    private <T> T call(StorageOperation operation, Path path, Call<T> body) throws IOException {
        lock.lock();
        try {
            check(operation, path);
            return body.run();
        } finally {
            lock.unlock();
        }
    }

    private void run(StorageOperation operation, Path path, Step body) throws IOException {
        lock.lock();
        try {
            check(operation, path);
            body.run();
        } finally {
            lock.unlock();
        }
    }

    private void check(StorageOperation operation, Path path) throws IOException {
        StorageFault fault = nextFault(operation, path);
        if (fault != null) {
            throw failure(fault, path);
        }
    }

    private @Nullable StorageFault nextFault(StorageOperation operation, Path path) throws IOException {
        checkAlive(path);
        StorageFault fault = faults.next(operation, path);
        if (fault == StorageFault.DEATH) {
            die();
        }
        return fault;
    }

    private void checkAlive(Path path) throws IOException {
        if (dead) {
            throw failure(StorageFault.DEATH, path);
        }
    }

    private static IOException failure(StorageFault fault, Path path) {
        return new FileSystemException(path.toString(), null, fault.message());
    }

    private void die() {
        dead = true;
        open.clear();
        locked.clear();
    }

    /** A twin with the same history, nothing open and no faults. */
    private CrashingStorage copy(long seed) {
        CrashingStorage copy = new CrashingStorage(seed, names.copy());
        copy.freeBytes = freeBytes;
        copy.failedSyncs.addAll(failedSyncs);
        return copy;
    }

    // ---- open files ----

    private <T> T opened(T file, String description) {
        open.put(file, description);
        return file;
    }

    private void closed(Object file) {
        lock.lock();
        try {
            open.remove(file);
        } finally {
            lock.unlock();
        }
    }

    private void unlock(Object key, Node held) {
        lock.lock();
        try {
            if (open.remove(key) != null) {
                locked.remove(held);
            }
        } finally {
            lock.unlock();
        }
    }

    private void checkOpen(Object file, Path path) throws IOException {
        checkAlive(path);
        if (!open.containsKey(file)) {
            throw new IOException("cannot use a file: found=closed, file=" + path);
        }
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    private final class CrashingAppendFile implements AppendFile {
        private final Path path;
        private final FileNode node;

        CrashingAppendFile(Path path, FileNode node) {
            this.path = path;
            this.node = node;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            lock.lock();
            try {
                checkOpen(this, path);
                StorageFault fault = nextFault(StorageOperation.WRITE, path);
                int done = fault == null ? (int) Math.min(length, freeBytes) : random.nextInt(length + 1);
                if (done > 0) {
                    node.write(node.live().size(), bytes, offset, done);
                    take(done);
                }
                if (fault != null) {
                    throw failure(fault, path);
                }
                if (done < length) {
                    throw failure(StorageFault.NO_SPACE, path);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void writeAt(long position, byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            lock.lock();
            try {
                checkOpen(this, path);
                Objects.checkFromIndexSize(position, (long) length, node.live().size());
                StorageFault fault = nextFault(StorageOperation.WRITE_AT, path);
                int done = fault == null ? length : random.nextInt(length + 1);
                node.write((int) position, bytes, offset, done);
                if (fault != null) {
                    throw failure(fault, path);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public long size() {
            return locked(() -> (long) node.live().size());
        }

        @Override
        public void truncate(long size) throws IOException {
            lock.lock();
            try {
                checkOpen(this, path);
                int before = node.live().size();
                if (size < 0 || size > before) {
                    throw new IllegalArgumentException(
                            "cannot cut a file: found=" + size + ", expected=0.." + before + ", file=" + path);
                }
                check(StorageOperation.TRUNCATE, path);
                node.truncate((int) size);
                failedSyncs.remove(path);
                give(before - size);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void sync() throws IOException {
            long covered;
            StorageFault fault;
            lock.lock();
            try {
                checkOpen(this, path);
                fault = nextFault(StorageOperation.SYNC, path);
                covered = node.lastChange();
            } finally {
                lock.unlock();
            }
            duringSync.accept(path);
            lock.lock();
            try {
                if (fault != null) {
                    if (fault != StorageFault.DEATH) {
                        node.failSync(random);
                        failedSyncs.add(path);
                    }
                    throw failure(fault, path);
                }
                checkAlive(path);
                node.syncThrough(covered);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            closed(this);
        }
    }

    private final class CrashingReadFile implements ReadFile {
        private final Path path;
        private final FileNode node;

        CrashingReadFile(Path path, FileNode node) {
            this.path = path;
            this.node = node;
        }

        @Override
        public long size() throws IOException {
            lock.lock();
            try {
                checkOpen(this, path);
                return node.live().size();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            lock.lock();
            try {
                checkOpen(this, path);
                check(StorageOperation.READ, path);
                if (position < 0) {
                    throw new IOException("cannot read: found=position " + position + ", file=" + path);
                }
                return node.live().read(position, target, offset, length);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            closed(this);
        }
    }
}
