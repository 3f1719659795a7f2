package dev.cairndb.index;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * One file in memory that takes no space where nothing was written, with a hole that opens behind a chosen write: files
 * of many GiB without many GiB.
 */
final class SparseStorage implements Storage {
    private static final int PAGE_BYTES = 1 << 16;

    private final Map<Long, byte[]> pages = new HashMap<>();
    private final int holeBehindWrite;
    private final long holeBytes;
    private long size;
    private int writes;

    SparseStorage(int holeBehindWrite, long holeBytes) {
        this.holeBehindWrite = holeBehindWrite;
        this.holeBytes = holeBytes;
    }

    static SparseStorage of(byte[] content) {
        SparseStorage storage = new SparseStorage(-1, 0);
        storage.put(0, content, 0, content.length);
        storage.size = content.length;
        return storage;
    }

    byte[] content() {
        byte[] all = new byte[Math.toIntExact(size)];
        map(Path.of("")).get(0, all, 0, all.length);
        return all;
    }

    private void put(long position, byte[] bytes, int offset, int length) {
        int done = 0;
        while (done < length) {
            long at = position + done;
            int inPage = (int) (at % PAGE_BYTES);
            int part = Math.min(length - done, PAGE_BYTES - inPage);
            byte[] page = pages.computeIfAbsent(at / PAGE_BYTES, number -> new byte[PAGE_BYTES]);
            System.arraycopy(bytes, offset + done, page, inPage, part);
            done += part;
        }
    }

    @Override
    public AppendFile create(Path file) {
        return new AppendFile() {
            @Override
            public void write(byte[] bytes, int offset, int length) {
                put(size, bytes, offset, length);
                size += length;
                if (++writes == holeBehindWrite) {
                    size += holeBytes;
                }
            }

            @Override
            public void writeAt(long position, byte[] bytes, int offset, int length) {
                Objects.checkFromIndexSize(position, (long) length, size);
                put(position, bytes, offset, length);
            }

            @Override
            public long size() {
                return size;
            }

            @Override
            public void truncate(long newSize) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void sync() {}

            @Override
            public void close() {}
        };
    }

    @Override
    public MappedFile map(Path file) {
        long mappedSize = size;
        return new MappedFile() {
            private final byte[] zeros = new byte[PAGE_BYTES];

            @Override
            public long size() {
                return mappedSize;
            }

            @Override
            public byte get(long position) {
                byte[] one = new byte[1];
                get(position, one, 0, 1);
                return one[0];
            }

            @Override
            public int getInt(long position) {
                byte[] bytes = new byte[Integer.BYTES];
                get(position, bytes, 0, bytes.length);
                return BigEndian.getInt(bytes, 0);
            }

            @Override
            public long getLong(long position) {
                byte[] bytes = new byte[Long.BYTES];
                get(position, bytes, 0, bytes.length);
                return BigEndian.getLong(bytes, 0);
            }

            @Override
            public void get(long position, byte[] target, int offset, int length) {
                Objects.checkFromIndexSize(position, (long) length, mappedSize);
                int done = 0;
                while (done < length) {
                    long at = position + done;
                    int inPage = (int) (at % PAGE_BYTES);
                    int part = Math.min(length - done, PAGE_BYTES - inPage);
                    System.arraycopy(pages.getOrDefault(at / PAGE_BYTES, zeros), inPage, target, offset + done, part);
                    done += part;
                }
            }

            @Override
            public void getInts(long position, int[] target, int offset, int count) {
                for (int i = 0; i < count; i++) {
                    target[offset + i] = getInt(position + (long) i * Integer.BYTES);
                }
            }

            @Override
            public int crc32c(long position, long length) {
                Objects.checkFromIndexSize(position, length, mappedSize);
                CRC32C crc = new CRC32C();
                for (long done = 0; done < length; ) {
                    long at = position + done;
                    int inPage = (int) (at % PAGE_BYTES);
                    int part = (int) Math.min(length - done, PAGE_BYTES - inPage);
                    crc.update(pages.getOrDefault(at / PAGE_BYTES, zeros), inPage, part);
                    done += part;
                }
                return (int) crc.getValue();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public AppendFile append(Path file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ReadFile open(Path file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public byte[] readAll(Path file) {
        return content();
    }

    @Override
    public boolean exists(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isDirectory(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long size(Path file) {
        return size;
    }

    @Override
    public List<String> list(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void createDirectories(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rename(Path source, Path target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void deleteRecursively(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void syncDirectory(Path directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Closeable lock(Path file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long usableBytes(Path path) {
        throw new UnsupportedOperationException();
    }
}
