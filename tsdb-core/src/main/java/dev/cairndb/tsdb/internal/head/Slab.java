package dev.cairndb.tsdb.internal.head;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of bytes in pages, by size class, addressed by an int; 0 is no block. One writer at a time (its caller's
 * lock).
 *
 * <p>A page belongs to one size class until all its blocks are free; then it goes back and may serve another class, so
 * that chunks which grow in step do not leave every size they passed through behind. The first page of a class is small
 * and later ones double, up to {@link #PAGE_BYTES_MAX}: below half of the smallest region of G1, or each page would be
 * a humongous object. A block larger than that gets a page of its own.
 *
 * <p>Chunks grow from class to class, but not all as far. So that those which stay do not keep pages that are otherwise
 * empty, a page with less than half of its blocks in use is being emptied: its blocks are given out only when no other
 * page has room, and who appends to a chunk in it moves that first ({@link #shouldMove}).
 *
 * <p>The bytes of some pages that went back are kept, at most a quarter of those in use: chunks that are closed and begun
 * again in step would leave garbage of that size behind every time, in the part of the heap that is collected last. More
 * than that is used again as long as the collector has not taken it.
 *
 * <p>Readers do not lock. They may hold an address that was freed meanwhile and then see other bytes or no page at all;
 * they copy and check afterwards that the row that led them here has not changed ({@link Rows}).
 */
final class Slab {
    static final int PAGE_BYTES_MAX = 1 << 17;

    private static final int UNIT_BITS = 4;
    private static final int OFFSET_BITS = 17 - UNIT_BITS;
    private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
    private static final int PAGES_MAX = 1 << (32 - OFFSET_BITS);
    private static final int FIRST_PAGE_BYTES = 1 << 11;
    private static final int[] CLASS_BYTES = {
        16, 32, 48, 64, 96, 128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1040, 1536, 2048, 3072, 4096, 6144, 8192,
        12288, 16384, 32768
    };
    private static final int OVERSIZE = CLASS_BYTES.length;
    private static final int SPARE_SHARE = 4;

    private final @Nullable Page[] firstWithRoom = new @Nullable Page[CLASS_BYTES.length];
    private final @Nullable Page[] firstToEmpty = new @Nullable Page[CLASS_BYTES.length];
    private final int[] pagesOfClass = new int[CLASS_BYTES.length + 1];
    private volatile @Nullable Page[] pages = new Page[8];
    private int pageCount = 1;
    private int[] freePageNumbers = new int[8];
    private int freePageCount;
    /** All of {@link #PAGE_BYTES_MAX}. */
    private final ArrayDeque<byte[]> spare = new ArrayDeque<>();

    /** Of that size, too: those beyond, which are garbage to the collector. */
    private final ArrayDeque<WeakReference<byte[]>> beyond = new ArrayDeque<>();

    private long bytesReserved;
    private long bytesUsed;

    /** A page: its free blocks are chained through their first two bytes, or not touched yet. */
    static final class Page {
        final byte[] bytes;
        final int number;
        final int sizeClass;
        final int blockBytes;
        int untouched;
        int freeHead = -1;
        int used;
        /** In the list of pages to be emptied, not of those with room. */
        boolean emptying;

        @Nullable
        Page next;

        @Nullable
        Page previous;

        /** @param bytes of any content */
        Page(int number, int sizeClass, int blockBytes, byte[] bytes) {
            this.number = number;
            this.sizeClass = sizeClass;
            this.blockBytes = blockBytes;
            this.bytes = bytes;
        }

        /** Not one that is being filled for the first time. */
        boolean isSparse() {
            return bytes.length == PAGE_BYTES_MAX
                    && untouched + blockBytes > PAGE_BYTES_MAX
                    && used * blockBytes < PAGE_BYTES_MAX / 2;
        }

        boolean hasRoom() {
            return freeHead >= 0 || untouched + blockBytes <= bytes.length;
        }

        int take() {
            used++;
            if (freeHead >= 0) {
                int offset = freeHead << UNIT_BITS;
                freeHead = (short) ((bytes[offset] & 0xFF) << 8 | bytes[offset + 1] & 0xFF);
                return offset;
            }
            untouched += blockBytes;
            return untouched - blockBytes;
        }

        void giveBack(int offset) {
            used--;
            bytes[offset] = (byte) (freeHead >> 8);
            bytes[offset + 1] = (byte) freeHead;
            freeHead = offset >>> UNIT_BITS;
        }
    }

    /** Returns the address of a block of at least {@code size} bytes with undefined content. */
    int allocate(int size) {
        int sizeClass = classOf(size);
        Page page = sizeClass == OVERSIZE ? null : withRoom(sizeClass);
        if (page == null) {
            page = newPage(sizeClass, size);
        }
        int offset = page.take();
        if (sizeClass != OVERSIZE && !page.hasRoom()) {
            unlink(page);
        }
        bytesUsed += page.blockBytes;
        return page.number << OFFSET_BITS | offset >>> UNIT_BITS;
    }

    private @Nullable Page withRoom(int sizeClass) {
        Page page = firstWithRoom[sizeClass];
        if (page == null && firstToEmpty[sizeClass] != null) {
            page = firstToEmpty[sizeClass];
            unlink(page);
            page.emptying = false;
            link(page);
        }
        return page;
    }

    void free(int address) {
        Page page = page(address);
        boolean wasFull = page.sizeClass != OVERSIZE && !page.hasRoom();
        page.giveBack(offset(address));
        bytesUsed -= page.blockBytes;
        if (page.used == 0 && (page.bytes.length > FIRST_PAGE_BYTES || pagesOfClass[page.sizeClass] > 1)) {
            if (page.sizeClass != OVERSIZE && !wasFull) {
                unlink(page);
            }
            drop(page);
        } else if (page.sizeClass != OVERSIZE && !page.emptying) {
            boolean sparse = page.isSparse();
            if (sparse && !wasFull) {
                unlink(page);
            }
            page.emptying = sparse;
            if (sparse || wasFull) {
                link(page);
            }
        }
    }

    /** Whether who has the block and is about to write to it should allocate another one, and free this one. */
    boolean shouldMove(int address) {
        Page page = page(address);
        // Without room elsewhere the first page to be emptied would take the block itself.
        return page.emptying && (firstWithRoom[page.sizeClass] != null || firstToEmpty[page.sizeClass] != page);
    }

    /** The bytes that hold the block. Writer only: the address must be live. */
    byte[] bytes(int address) {
        return page(address).bytes;
    }

    /** The bytes that held the block when the address was read, or null if its page is gone. */
    byte @Nullable [] bytesIfPresent(int address) {
        @Nullable Page[] all = pages;
        int number = address >>> OFFSET_BITS;
        Page page = number < all.length ? all[number] : null;
        return page == null ? null : page.bytes;
    }

    static int offset(int address) {
        return (address & OFFSET_MASK) << UNIT_BITS;
    }

    /** Bytes in the block, at least what was asked for. */
    int capacity(int address) {
        return page(address).blockBytes;
    }

    /** Bytes of all pages, the spare ones included. */
    long bytesReserved() {
        return bytesReserved + (long) spare.size() * PAGE_BYTES_MAX;
    }

    /** Bytes of the blocks in use. */
    long bytesUsed() {
        return bytesUsed;
    }

    private Page page(int address) {
        Page page = pages[address >>> OFFSET_BITS];
        if (page == null) {
            throw new IllegalStateException("BUG: slab block " + address + " is in no page");
        }
        return page;
    }

    private static int classOf(int size) {
        int at = Arrays.binarySearch(CLASS_BYTES, size);
        return at >= 0 ? at : -at - 1;
    }

    private Page newPage(int sizeClass, int size) {
        int number = takePageNumber();
        int blockBytes = sizeClass == OVERSIZE ? size : CLASS_BYTES[sizeClass];
        int pageBytes = blockBytes;
        if (sizeClass != OVERSIZE) {
            int doubled = FIRST_PAGE_BYTES << Math.min(pagesOfClass[sizeClass], 6);
            pageBytes = Math.max(doubled, Math.min(4 * blockBytes, PAGE_BYTES_MAX));
            pagesOfClass[sizeClass]++;
        }
        Page page = new Page(number, sizeClass, blockBytes, takeBytes(pageBytes));
        bytesReserved += pageBytes;
        publish(number, page);
        if (sizeClass != OVERSIZE) {
            link(page);
        }
        return page;
    }

    private byte[] takeBytes(int length) {
        if (length != PAGE_BYTES_MAX) {
            return new byte[length];
        }
        byte[] bytes = spare.pollLast();
        while (bytes == null && !beyond.isEmpty()) {
            bytes = beyond.removeLast().get();
        }
        return bytes == null ? new byte[length] : bytes;
    }

    private int takePageNumber() {
        if (freePageCount > 0) {
            return freePageNumbers[--freePageCount];
        }
        if (pageCount == PAGES_MAX) {
            throw new IllegalStateException("cannot hold more than " + PAGES_MAX + " pages of head memory");
        }
        return pageCount++;
    }

    private void publish(int number, @Nullable Page page) {
        @Nullable Page[] all = pages;
        if (number >= all.length) {
            all = Arrays.copyOf(all, all.length * 2);
        }
        all[number] = page;
        pages = all;
    }

    private void drop(Page page) {
        publish(page.number, null);
        bytesReserved -= page.bytes.length;
        if (page.sizeClass != OVERSIZE) {
            pagesOfClass[page.sizeClass]--;
        }
        if (freePageCount == freePageNumbers.length) {
            freePageNumbers = Arrays.copyOf(freePageNumbers, freePageCount * 2);
        }
        freePageNumbers[freePageCount++] = page.number;
        keepSpare(page.bytes);
    }

    private void keepSpare(byte[] bytes) {
        long max = bytesReserved / PAGE_BYTES_MAX / SPARE_SHARE;
        while (spare.size() > max) {
            keepBeyond(spare.removeLast());
        }
        if (bytes.length == PAGE_BYTES_MAX) {
            if (spare.size() < max) {
                spare.addLast(bytes);
            } else {
                keepBeyond(bytes);
            }
        }
    }

    private void keepBeyond(byte[] bytes) {
        if (beyond.size() >= pageCount) {
            // Of so many the oldest are gone.
            beyond.removeFirst();
        }
        beyond.addLast(new WeakReference<>(bytes));
    }

    private void link(Page page) {
        @Nullable Page[] list = page.emptying ? firstToEmpty : firstWithRoom;
        Page first = list[page.sizeClass];
        page.next = first;
        page.previous = null;
        if (first != null) {
            first.previous = page;
        }
        list[page.sizeClass] = page;
    }

    private void unlink(Page page) {
        if (page.previous != null) {
            page.previous.next = page.next;
        } else {
            (page.emptying ? firstToEmpty : firstWithRoom)[page.sizeClass] = page.next;
        }
        if (page.next != null) {
            page.next.previous = page.previous;
        }
        page.next = null;
        page.previous = null;
    }
}
