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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
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
    private final Machine machine;
    private final NameTree names;

    /** An empty storage; only the root directory exists. */
    public CrashingStorage(long seed) {
        this(seed, new NameTree());
    }

    private CrashingStorage(long seed, NameTree names) {
        machine = new Machine(seed);
        this.names = names;
    }

    /** The calls that shall fail. A successor begins without any. */
    public StorageFaults faults() {
        return machine.faults;
    }

    /** How many bytes files may still grow by; deleting and cutting files gives some back. Unlimited at first. */
    public void freeBytes(long bytes) {
        machine.lock.lock();
        try {
            machine.freeBytes(bytes);
        } finally {
            machine.lock.unlock();
        }
    }

    /**
     * Called in the middle of each sync of a file, in the thread that syncs and without any lock: what is written from
     * then on is not covered by the sync. For tests that want syncs to take time.
     */
    public void duringSync(Consumer<Path> action) {
        machine.duringSync = action;
    }

    /** Whether the process on this storage is gone: killed, without power, or ended by {@link StorageFault#DEATH}. */
    public boolean isDead() {
        return machine.locked(machine::isDead);
    }

    /**
     * The files of which a sync failed, and that were neither deleted since nor cut to what was durable before: what
     * was written to them before may be lost, whatever later syncs say.
     */
    public List<Path> failedSyncs() {
        return machine.locked(() -> List.copyOf(machine.failedSyncs));
    }

    /** What is open now, a line each, sorted: files, mappings, locks. */
    public List<String> openFiles() {
        return machine.openFiles();
    }

    /** Makes directories that no crash takes away, as a mount point is. */
    public void createDurableDirectories(Path directory) throws IOException {
        machine.lock.lock();
        try {
            names.addDurableDirectories(directory);
        } finally {
            machine.lock.unlock();
        }
    }

    /** Cuts the power. Returns what the next process finds; this storage is dead. */
    public CrashingStorage crash(long seed) {
        return machine.locked(() -> {
            CrashingStorage next = crashedCopy(seed);
            machine.die();
            return next;
        });
    }

    /** Returns what a power cut now would leave; this storage goes on. */
    public CrashingStorage crashedCopy(long seed) {
        return machine.locked(() -> {
            CrashingStorage next = copy(seed);
            next.names.cutPower(new Random(seed));
            next.machine.failedSyncs.clear();
            return next;
        });
    }

    /** Kills the process. Returns what the next one finds; this storage is dead. */
    public CrashingStorage kill() {
        return machine.locked(() -> {
            CrashingStorage next = copy(machine.random.nextLong());
            machine.die();
            return next;
        });
    }

    /** Copies a directory with all that a program sees in it to the real file system. */
    public void copyTo(Path directory, Path realDirectory) throws IOException {
        TreeMap<Path, byte @Nullable []> entries = new TreeMap<>();
        machine.lock.lock();
        try {
            names.collect(directory, realDirectory, entries);
        } finally {
            machine.lock.unlock();
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
        return machine.call(StorageOperation.CREATE, file, () -> {
            Slot slot = names.slotAt(file);
            if (slot.directory().live.containsKey(slot.name())) {
                throw new FileAlreadyExistsException(file.toString());
            }
            FileNode node = new FileNode();
            names.change(new NameChange(slot, node, true, null));
            return machine.opened(new CrashingAppendFile(machine, file, node), "append " + file);
        });
    }

    @Override
    public AppendFile append(Path file) throws IOException {
        return machine.call(
                StorageOperation.APPEND,
                file,
                () -> machine.opened(new CrashingAppendFile(machine, file, names.fileAt(file)), "append " + file));
    }

    @Override
    public ReadFile open(Path file) throws IOException {
        return machine.call(
                StorageOperation.OPEN,
                file,
                () -> machine.opened(new CrashingReadFile(machine, file, names.fileAt(file)), "read " + file));
    }

    @Override
    public MappedFile map(Path file) throws IOException {
        return machine.call(StorageOperation.MAP, file, () -> {
            byte[] content = names.fileAt(file).live().toByteArray();
            Object key = new Object();
            machine.opened(key, "map " + file);
            return new HeapMappedFile(content, () -> machine.closed(key));
        });
    }

    @Override
    public byte[] readAll(Path file) throws IOException {
        return machine.call(
                StorageOperation.READ, file, () -> names.fileAt(file).live().toByteArray());
    }

    @Override
    public boolean exists(Path path) throws IOException {
        return machine.call(StorageOperation.ATTRIBUTES, path, () -> names.nodeAt(path) != null);
    }

    @Override
    public boolean isDirectory(Path path) throws IOException {
        return machine.call(StorageOperation.ATTRIBUTES, path, () -> names.nodeAt(path) instanceof DirectoryNode);
    }

    @Override
    public long size(Path file) throws IOException {
        return machine.call(
                StorageOperation.ATTRIBUTES,
                file,
                () -> names.fileAt(file).live().size());
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return machine.call(
                StorageOperation.LIST,
                directory,
                () -> names.nodeAt(directory) == null
                        ? List.of()
                        : List.copyOf(names.directoryAt(directory).live.keySet()));
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        machine.run(StorageOperation.CREATE_DIRECTORY, directory, () -> names.addDirectories(directory));
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        machine.run(StorageOperation.RENAME, source, () -> {
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
                machine.release(replaced);
            }
            names.change(new NameChange(to, moved, true, from));
        });
    }

    @Override
    public void delete(Path path) throws IOException {
        machine.run(StorageOperation.DELETE, path, () -> {
            Node node = names.nodeAt(path);
            if (node == null) {
                return;
            }
            if (node instanceof DirectoryNode directory && !directory.live.isEmpty()) {
                throw new DirectoryNotEmptyException(path.toString());
            }
            machine.release(node);
            machine.failedSyncs.remove(path);
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
        machine.run(StorageOperation.SYNC_DIRECTORY, directory, () -> names.sync(directory));
    }

    @Override
    public Closeable lock(Path file) throws IOException {
        return machine.call(StorageOperation.LOCK, file, () -> {
            Slot slot = names.slotAt(file);
            Node node = slot.directory().live.get(slot.name());
            if (node == null) {
                node = new FileNode();
                names.change(new NameChange(slot, node, true, null));
            }
            if (!machine.hold(node)) {
                throw new IOException("cannot lock: found=locked already, file=" + file);
            }
            Node held = node;
            Object key = new Object();
            machine.opened(key, "lock " + file);
            return () -> machine.unlock(key, held);
        });
    }

    @Override
    public long usableBytes(Path path) throws IOException {
        return machine.call(StorageOperation.ATTRIBUTES, path, machine::freeBytes);
    }

    private void loadFile(byte[] content, Path file) throws IOException {
        machine.lock.lock();
        try {
            names.addDurableFile(file, content);
        } finally {
            machine.lock.unlock();
        }
    }

    /** A twin with the same history, nothing open and no faults. */
    private CrashingStorage copy(long seed) {
        CrashingStorage copy = new CrashingStorage(seed, names.copy());
        copy.machine.freeBytes(machine.freeBytes());
        copy.machine.failedSyncs.addAll(machine.failedSyncs);
        return copy;
    }
}
