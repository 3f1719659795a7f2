package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.MappedFile;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * An object of a bucket as a file to be read in pieces: what is not in the cache is read in ranges of whole pages,
 * which are larger where one read follows the other. A failure of the bucket comes as {@link UncheckedIOException} of
 * what the bucket threw; whoever hands the file to a reader unpacks it. Thread-safe.
 */
final class RemoteFile implements MappedFile {
    /** Wanted pages with no more between them than this are read at once. */
    static final int GAP_BYTES_MAX = 128 << 10;
    /** No more is read at once. */
    static final int FETCH_BYTES_MAX = 2 << 20;

    private static final int PAGE = PageCache.PAGE_BYTES;
    private static final int GAP_PAGES_MAX = GAP_BYTES_MAX / PAGE;
    private static final int FETCH_PAGES_MAX = FETCH_BYTES_MAX / PAGE;
    private static final int COPY_BYTES = 64 << 10;

    private final ObjectStore store;
    private final ObjectKey key;
    private final long size;
    private final @Nullable PageCache cache;
    private final int number;
    /** The page behind the last that was read: whoever asks for it reads on. A guess, so races do no harm. */
    private volatile long nextPage = -1;

    private volatile int readAheadPages = 1;

    /** @param cache null to keep nothing */
    RemoteFile(ObjectStore store, ObjectKey key, long size, @Nullable PageCache cache) {
        this.store = store;
        this.key = key;
        this.size = size;
        this.cache = cache;
        number = cache == null ? 0 : cache.newFile();
    }

    @Override
    public long size() {
        return size;
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
        long unused = Objects.checkFromIndexSize(position, (long) length, size);
        Objects.checkFromIndexSize(offset, length, target.length);
        PageCache pages = cache;
        try {
            if (pages == null) {
                read(position, ByteBuffer.wrap(target, offset, length));
                return;
            }
            for (long at = position; at < position + length; ) {
                byte[] piece = pages.get(number, at / PAGE);
                long pieceStart = at / PAGE * PAGE;
                if (piece == null) {
                    piece = fetchFrom(at / PAGE, (position + length - 1) / PAGE, pages);
                }
                int from = (int) (at - pieceStart);
                int part = (int) Math.min(piece.length - from, position + length - at);
                System.arraycopy(piece, from, target, offset + (int) (at - position), part);
                at += part;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void getInts(long position, int[] target, int offset, int count) {
        byte[] buffer = new byte[(int) Math.min(COPY_BYTES, (long) count * Integer.BYTES)];
        int done = 0;
        while (done < count) {
            int part = Math.min(buffer.length / Integer.BYTES, count - done);
            get(position + (long) done * Integer.BYTES, buffer, 0, part * Integer.BYTES);
            for (int i = 0; i < part; i++) {
                target[offset + done + i] = BigEndian.getInt(buffer, i * Integer.BYTES);
            }
            done += part;
        }
    }

    /** Reads from a page that is missing on, up to one that is not. */
    private byte[] fetchFrom(long first, long lastWanted, PageCache pages) throws IOException {
        int ahead = 1;
        if (first == nextPage) {
            ahead = Math.min(FETCH_PAGES_MAX, 2 * readAheadPages);
        }
        readAheadPages = ahead;
        long limit = Math.min(Math.max(lastWanted, first + ahead - 1), first + FETCH_PAGES_MAX - 1);
        limit = Math.min(limit, (size - 1) / PAGE);
        long last = first;
        while (last < limit && !pages.has(number, last + 1)) {
            last++;
        }
        return fetch(first, last, pages);
    }

    private byte[] fetch(long first, long last, PageCache pages) throws IOException {
        long from = first * PAGE;
        long to = Math.min(size, (last + 1) * PAGE);
        byte[] bytes = new byte[(int) (to - from)];
        read(from, ByteBuffer.wrap(bytes));
        for (int at = 0; at < bytes.length; at += PAGE) {
            byte[] page = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PAGE));
            pages.put(number, first + at / PAGE, page);
        }
        nextPage = last + 1;
        return bytes;
    }

    private void read(long position, ByteBuffer target) throws ObjectStoreException {
        int wanted = target.remaining();
        int count = wanted == 0 ? 0 : store.read(key, position, target);
        if (count != wanted) {
            throw new ObjectStoreException(
                    "object is shorter than it was: found=" + (position + count) + ", expected=" + size + ", key="
                            + key,
                    false,
                    null);
        }
    }

    /**
     * Brings ranges into the cache that will be asked for; those near each other with one read. Beyond what is good for
     * the cache it does nothing.
     *
     * @param starts ascending
     * @param ends each behind its start; cut at the end of the object
     */
    void prefetch(long[] starts, long[] ends, int count) throws IOException {
        PageCache pages = cache;
        if (pages == null) {
            return;
        }
        long pagesMax = pages.bytesMax() / (2 * PAGE);
        long first = -1;
        long last = -1;
        long fetched = 0;
        for (int i = 0; i < count && fetched < pagesMax; i++) {
            long to = (Math.min(ends[i], size) - 1) / PAGE;
            for (long page = Math.max(starts[i] / PAGE, last + 1); page <= to; page++) {
                if (pages.has(number, page)) {
                    continue;
                }
                if (first >= 0 && (page - last > GAP_PAGES_MAX || page - first >= FETCH_PAGES_MAX)) {
                    fetched += last - first + 1;
                    byte[] unused = fetch(first, last, pages);
                    first = page;
                } else if (first < 0) {
                    first = page;
                }
                last = page;
            }
        }
        if (first >= 0) {
            byte[] unused = fetch(first, last, pages);
        }
    }

    @Override
    public int crc32c(long position, long length) {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[(int) Math.min(length, COPY_BYTES)];
        for (long done = 0; done < length; done += buffer.length) {
            int part = (int) Math.min(buffer.length, length - done);
            get(position + done, buffer, 0, part);
            crc.update(buffer, 0, part);
        }
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        if (cache != null) {
            cache.forget(number);
        }
    }
}
