package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MappedFile;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;

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
    private final PageCache cache;
    private final int number;
    /** The page behind the last that was read: whoever asks for it reads on. A guess, so races do no harm. */
    private volatile long nextPage = -1;

    private volatile int readAheadPages = 1;

    RemoteFile(ObjectStore store, ObjectKey key, long size, PageCache cache) {
        this.store = store;
        this.key = key;
        this.size = size;
        this.cache = cache;
        number = cache.newFile();
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
        try {
            for (long at = position; at < position + length; ) {
                byte[] piece = cache.get(number, at / PAGE);
                long pieceStart = at / PAGE * PAGE;
                if (piece == null) {
                    piece = fetchFrom(at / PAGE, (position + length - 1) / PAGE);
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
    private byte[] fetchFrom(long first, long lastWanted) throws IOException {
        int ahead = 1;
        if (first == nextPage) {
            ahead = Math.min(FETCH_PAGES_MAX, 2 * readAheadPages);
        }
        readAheadPages = ahead;
        long limit = Math.min(Math.max(lastWanted, first + ahead - 1), first + FETCH_PAGES_MAX - 1);
        limit = Math.min(limit, (size - 1) / PAGE);
        long last = first;
        while (last < limit && !cache.has(number, last + 1)) {
            last++;
        }
        return fetch(first, last);
    }

    private byte[] fetch(long first, long last) throws IOException {
        long from = first * PAGE;
        long to = Math.min(size, (last + 1) * PAGE);
        byte[] bytes = new byte[(int) (to - from)];
        read(from, ByteBuffer.wrap(bytes));
        for (int at = 0; at < bytes.length; at += PAGE) {
            byte[] page = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PAGE));
            cache.put(number, first + at / PAGE, page);
        }
        nextPage = last + 1;
        return bytes;
    }

    private void read(long position, ByteBuffer target) throws IOException {
        int wanted = target.remaining();
        int count = wanted == 0 ? 0 : store.read(key, position, target);
        if (count != wanted) {
            throw new CorruptionException(
                    key.value(), position + count, "an object of " + size + " bytes", (position + count) + " bytes");
        }
    }

    /**
     * Brings ranges into the cache that will be asked for, as far as there is room: the others are read when they are
     * asked for. A read that fails is thrown, as if the range had been asked for, and ends the others.
     *
     * @see #prefetchInTurn
     */
    void prefetch(long[] starts, long[] ends, int count, long bytesMax, SideBySide reads) throws IOException {
        int unused = prefetchInTurn(starts, ends, count, bytesMax, reads);
    }

    /**
     * As {@link #prefetch}, for who comes again for the others; ranges near each other are read at once.
     *
     * @param starts ascending
     * @param ends each behind its start; cut at the end of the object
     * @param bytesMax behind so many bytes nothing more is read
     * @param reads does the reads
     * @return how many of the ranges, from the first on, were brought as a whole
     */
    int prefetchInTurn(long[] starts, long[] ends, int count, long bytesMax, SideBySide reads) throws IOException {
        List<SideBySide.Step> fetches = new ArrayList<>();
        long pagesLeft = bytesMax / PAGE;
        long first = -1;
        long last = -1;
        int whole = 0;
        while (whole < count && pagesLeft > 0) {
            long to = (Math.min(ends[whole], size) - 1) / PAGE;
            long page = Math.max(starts[whole] / PAGE, last + 1);
            for (; page <= to && pagesLeft > 0; page++) {
                if (cache.has(number, page)) {
                    continue;
                }
                boolean joins = first >= 0 && page - last <= GAP_PAGES_MAX && page - first < FETCH_PAGES_MAX;
                if (first >= 0 && !joins) {
                    fetches.add(fetching(first, last));
                }
                pagesLeft -= joins ? page - last : 1;
                first = joins ? first : page;
                last = page;
            }
            if (page <= to) {
                break;
            }
            whole++;
        }
        if (first >= 0) {
            fetches.add(fetching(first, last));
        }
        reads.run(fetches);
        return whole;
    }

    private SideBySide.Step fetching(long first, long last) {
        return () -> {
            byte[] unused = fetch(first, last);
        };
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
        cache.forget(number);
    }
}
