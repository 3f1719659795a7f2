package dev.cairndb.tsdb.internal.bucket;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Pieces of objects that were read lately, of all blocks of a reader together, bounded by their bytes. Those not used
 * for longest go first. Thread-safe; the arrays are shared and never changed.
 */
public final class PageCache {
    static final int PAGE_BYTES = 16 << 10;
    /** What a page takes beside its bytes. */
    private static final int PAGE_OVERHEAD_BYTES = 128;

    private final long bytesMax;
    private final ReentrantLock lock = new ReentrantLock();
    /** By number of the file in the upper half, of the page in the lower; least recently used first. */
    private final Map<Long, byte[]> pages = new LinkedHashMap<>(16, 0.75f, true);

    private final AtomicInteger files = new AtomicInteger();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private long bytes;

    public PageCache(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** A number for a file that no other has had. */
    int newFile() {
        return files.incrementAndGet();
    }

    byte @Nullable [] get(int file, long page) {
        byte[] found;
        lock.lock();
        try {
            found = pages.get(key(file, page));
        } finally {
            lock.unlock();
        }
        (found == null ? misses : hits).increment();
        return found;
    }

    boolean has(int file, long page) {
        lock.lock();
        try {
            return pages.containsKey(key(file, page));
        } finally {
            lock.unlock();
        }
    }

    void put(int file, long page, byte[] content) {
        lock.lock();
        try {
            byte[] before = pages.put(key(file, page), content);
            bytes += sizeOf(content) - (before == null ? 0 : sizeOf(before));
            Iterator<byte[]> oldest = pages.values().iterator();
            while (bytes > bytesMax && oldest.hasNext()) {
                bytes -= sizeOf(oldest.next());
                oldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Nothing of a file that is closed is asked for again. */
    void forget(int file) {
        lock.lock();
        try {
            Iterator<Map.Entry<Long, byte[]>> entries = pages.entrySet().iterator();
            while (entries.hasNext()) {
                Map.Entry<Long, byte[]> entry = entries.next();
                if (entry.getKey() >>> Integer.SIZE == file) {
                    bytes -= sizeOf(entry.getValue());
                    entries.remove();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static long key(int file, long page) {
        return (long) file << Integer.SIZE | page;
    }

    private static long sizeOf(byte[] content) {
        return (long) content.length + PAGE_OVERHEAD_BYTES;
    }

    public long bytesMax() {
        return bytesMax;
    }

    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    public long hits() {
        return hits.sum();
    }

    public long misses() {
        return misses.sum();
    }
}
