package dev.cairndb.testkit;

import dev.cairndb.io.ReadFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/** A file of a {@link CrashingStorage} that is being read. */
final class CrashingReadFile implements ReadFile {
    private final Machine machine;
    private final Path path;
    private final FileNode node;

    CrashingReadFile(Machine machine, Path path, FileNode node) {
        this.machine = machine;
        this.path = path;
        this.node = node;
    }

    @Override
    public long size() throws IOException {
        machine.lock.lock();
        try {
            machine.checkOpen(this, path);
            return node.live().size();
        } finally {
            machine.lock.unlock();
        }
    }

    @Override
    public int read(long position, byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        machine.lock.lock();
        try {
            machine.checkOpen(this, path);
            machine.check(StorageOperation.READ, path);
            if (position < 0) {
                throw new IOException("cannot read: found=position " + position + ", file=" + path);
            }
            return node.live().read(position, target, offset, length);
        } finally {
            machine.lock.unlock();
        }
    }

    @Override
    public void close() {
        machine.closed(this);
    }
}
