package dev.cairndb.io;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/** Positional reads through {@link RandomAccessFile}, which has one position: a lock guards it. Thread-safe. */
final class RandomAccessReadFile implements ReadFile {
    private final RandomAccessFile file;
    private final ReentrantLock lock = new ReentrantLock();

    RandomAccessReadFile(RandomAccessFile file) {
        this.file = file;
    }

    @Override
    public long size() throws IOException {
        return file.length();
    }

    @Override
    public int read(long position, byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        int done = 0;
        lock.lock();
        try {
            file.seek(position);
            while (done < length) {
                int count = file.read(target, offset + done, length - done);
                if (count < 0) {
                    break;
                }
                done += count;
            }
        } finally {
            lock.unlock();
        }
        return done;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
