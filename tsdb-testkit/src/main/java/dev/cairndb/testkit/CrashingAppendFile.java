package dev.cairndb.testkit;

import dev.cairndb.io.AppendFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A file of a {@link CrashingStorage} that is being written. */
final class CrashingAppendFile implements AppendFile {
    private final Machine machine;
    private final Path path;
    private final FileNode node;

    CrashingAppendFile(Machine machine, Path path, FileNode node) {
        this.machine = machine;
        this.path = path;
        this.node = node;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        machine.lock.lock();
        try {
            machine.checkOpen(this, path);
            StorageFault fault = machine.nextFault(StorageOperation.WRITE, path);
            int done = fault == null ? (int) Math.min(length, machine.freeBytes()) : machine.random.nextInt(length + 1);
            if (done > 0) {
                node.write(node.live().size(), bytes, offset, done);
                machine.take(done);
            }
            if (fault != null) {
                throw Machine.failure(fault, path);
            }
            if (done < length) {
                throw Machine.failure(StorageFault.NO_SPACE, path);
            }
        } finally {
            machine.lock.unlock();
        }
    }

    @Override
    public void writeAt(long position, byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        machine.lock.lock();
        try {
            machine.checkOpen(this, path);
            Objects.checkFromIndexSize(position, (long) length, node.live().size());
            StorageFault fault = machine.nextFault(StorageOperation.WRITE_AT, path);
            int done = fault == null ? length : machine.random.nextInt(length + 1);
            node.write((int) position, bytes, offset, done);
            if (fault != null) {
                throw Machine.failure(fault, path);
            }
        } finally {
            machine.lock.unlock();
        }
    }

    @Override
    public long size() {
        return machine.locked(() -> (long) node.live().size());
    }

    @Override
    public void truncate(long size) throws IOException {
        machine.lock.lock();
        try {
            machine.checkOpen(this, path);
            int before = node.live().size();
            if (size < 0 || size > before) {
                throw new IllegalArgumentException(
                        "cannot cut a file: found=" + size + ", expected=0.." + before + ", file=" + path);
            }
            machine.check(StorageOperation.TRUNCATE, path);
            node.truncate((int) size);
            if (node.isDurableUpTo((int) size)) {
                machine.failedSyncs.remove(path);
            }
            machine.give(before - size);
        } finally {
            machine.lock.unlock();
        }
    }

    @Override
    public void sync() throws IOException {
        long covered;
        StorageFault fault;
        machine.lock.lock();
        try {
            machine.checkOpen(this, path);
            fault = machine.nextFault(StorageOperation.SYNC, path);
            covered = node.lastChange();
        } finally {
            machine.lock.unlock();
        }
        machine.duringSync.accept(path);
        machine.lock.lock();
        try {
            if (fault != null) {
                if (fault != StorageFault.DEATH) {
                    node.failSync(machine.random);
                    machine.failedSyncs.add(path);
                }
                throw Machine.failure(fault, path);
            }
            machine.checkAlive(path);
            node.syncThrough(covered);
        } finally {
            machine.lock.unlock();
        }
    }

    @Override
    public void close() {
        machine.closed(this);
    }
}
