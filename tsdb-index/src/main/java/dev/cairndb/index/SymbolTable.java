package dev.cairndb.index;

import dev.cairndb.io.Varint;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The label names and values of a head, each once: bytes to dense int ids and back, with reference counts.
 *
 * <p>Thread-safety: one thread at a time may change the table ({@link #intern}, {@link #acquire}, {@link #release},
 * {@link #takeReleased}, {@link #reclaim}, {@link #compactStep}; the caller's lock sees to it), any thread may read at
 * any time without a lock. Ownership: bytes are copied, nothing of a caller's array is kept.
 *
 * <p><b>The life of a symbol.</b> {@code intern} finds or adds the bytes and takes a reference. When {@code release}
 * gives back the last one, the symbol can no longer be found by its bytes, but its id stays readable: somebody who got
 * the id before may be in the middle of reading it. Ids of such symbols come out of {@code takeReleased}; the caller
 * waits until every reader that was there at that moment is gone, and gives them to {@code reclaim}, after which the
 * id and its room are used for other bytes. The same bytes interned in between get another id.
 *
 * <p><b>Where the bytes are.</b> In byte[] pages, length in front, no object per symbol. Page sizes double from
 * {@value #PAGE_BYTES_MIN} bytes to {@value #PAGE_BYTES_MAX}; what is longer gets a page of its own. A page whose
 * symbols are all reclaimed is dropped; {@code compactStep} moves the rest out of pages that are more empty than full.
 *
 * <p><b>Why readers need no lock.</b> A page's bytes are written before the location of the symbol, the location before
 * the slot of the hash table that makes the id known, each with release; a reader goes the other way with acquire. What
 * was written in a page never changes again, also not after the page left the table: its place gets another array, not
 * other contents. The one thing that moves is the location, when a page is compacted. A reader therefore loads the
 * location, then the page, then the location again. If the page it got was not the one the location meant, then the
 * write of the new location came before the change of the page that it has seen, so the second load shows another
 * location and the reader starts over. If both loads agree, the bytes in hand are the symbol's, whatever happens next.
 */
public final class SymbolTable {
    /** No such symbol. */
    public static final int NONE = -1;

    static final int PAGE_BYTES_MAX = 128 << 10;
    private static final int PAGE_BYTES_MIN = 512;
    private static final int OFFSET_BITS = 17;
    private static final int OFFSET_MASK = (1 << OFFSET_BITS) - 1;
    private static final int PAGES_MAX = 1 << 32 - OFFSET_BITS;
    private static final int COMPACTION_IDS_PER_STEP = 32 << 10;
    private static final int COMPACTION_MOVES_PER_STEP = 2 << 10;

    /** The location of an id that has no bytes: in a page that never is. */
    private static final int NOWHERE = -1;

    private static final VarHandle PAGES;
    private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(byte[][].class);
    private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    static {
        try {
            PAGES = MethodHandles.lookup().findVarHandle(SymbolTable.class, "pages", byte[][].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Somebody who cannot know the seed cannot send labels that all have the same hash.
    private final long seed = new SplittableRandom().nextLong();
    private final AtomicLong bytes = new AtomicLong();
    private final TagTable idsByHash = new TagTable(bytes);

    /** Page number and offset of each id. */
    private final IntPages locations = new IntPages();

    /** References of each id; of a free id the next free one, as {@link #freeLink}. */
    private final IntPages counts = new IntPages();

    private byte[] @Nullable [] pages = new byte[0][];

    // The rest is the writer's alone.
    private int[] liveBytesByPage = new int[0];
    private int pageCount;
    private int freePage = NONE;
    private int openPage = NONE;
    private int openPageEnd;
    private long pageBytes;
    private int idCount;
    private int freeId = NONE;
    private int[] released = new int[0];
    private int releasedCount;
    private int idToCompact = NONE;
    private boolean[] sparsePages = new boolean[0];
    private volatile int size;

    /** An empty table. */
    public SymbolTable() {
        account(locations.sizeBytes() + counts.sizeBytes() + 128);
    }

    // ---------------------------------------------------------------------------------------------- for any thread

    /** The id of a symbol that has references, {@link #NONE} if there is none with these bytes. */
    public int find(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        return find(hash(source, offset, length), source, offset, length);
    }

    private int find(int hash, byte[] source, int offset, int length) {
        TagSegment segment = idsByHash.segment(hash);
        int index = segment.firstIndex(hash);
        for (long slot = segment.slot(index); slot != 0; slot = segment.slot(index)) {
            if (TagSegment.tag(slot) == hash && TagSegment.isLive(slot)) {
                int id = TagSegment.payload(slot) - 1;
                if (matches(id, source, offset, length)) {
                    return id;
                }
            }
            index = segment.indexAfter(index);
        }
        return NONE;
    }

    /** Whether the symbol has exactly these bytes. */
    public boolean equals(int id, byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (locations.get(id) == NOWHERE) {
            throw gone(id);
        }
        return matches(id, source, offset, length);
    }

    /** Also for an id that was found in the hash table and is reclaimed meanwhile: nothing matches that. */
    private boolean matches(int id, byte[] source, int offset, int length) {
        int location;
        byte[] page;
        do {
            location = locations.get(id);
            if (location == NOWHERE) {
                return false;
            }
            page = pageOf(id, location);
        } while (page == null);
        int start = location & OFFSET_MASK;
        if (lengthAt(page, start) != length) {
            return false;
        }
        start += Varint.sizeOfUvarint(length);
        return Arrays.equals(page, start, start + length, source, offset, offset + length);
    }

    /** How many bytes the symbol has. */
    public int length(int id) {
        int location;
        byte[] page;
        do {
            location = locations.get(id);
            page = pageOf(id, location);
        } while (page == null);
        return lengthAt(page, location & OFFSET_MASK);
    }

    /** Copies the symbol's bytes, for which there must be room, and returns the offset behind them. */
    public int copyTo(int id, byte[] target, int offset) {
        int location;
        byte[] page;
        do {
            location = locations.get(id);
            page = pageOf(id, location);
        } while (page == null);
        int length = lengthAt(page, location & OFFSET_MASK);
        int start = (location & OFFSET_MASK) + Varint.sizeOfUvarint(length);
        System.arraycopy(page, start, target, offset, length);
        return offset + length;
    }

    /** Copies the symbol's bytes to the front of an array if there is room, and returns how many there are anyhow. */
    int copyIfFits(int id, byte[] target) {
        int location;
        byte[] page;
        do {
            location = locations.get(id);
            page = pageOf(id, location);
        } while (page == null);
        int length = lengthAt(page, location & OFFSET_MASK);
        if (length <= target.length) {
            int start = (location & OFFSET_MASK) + Varint.sizeOfUvarint(length);
            System.arraycopy(page, start, target, 0, length);
        }
        return length;
    }

    /** A new array of the symbol's bytes. */
    public byte[] copyOf(int id) {
        byte[] copy = new byte[length(id)];
        copyTo(id, copy, 0);
        return copy;
    }

    /** Compares the bytes of two symbols, unsigned; a proper prefix is smaller. */
    public int compare(int idA, int idB) {
        if (idA == idB) {
            return 0;
        }
        int locationB;
        byte[] pageB;
        do {
            locationB = locations.get(idB);
            pageB = pageOf(idB, locationB);
        } while (pageB == null);
        int length = lengthAt(pageB, locationB & OFFSET_MASK);
        return compare(idA, pageB, (locationB & OFFSET_MASK) + Varint.sizeOfUvarint(length), length);
    }

    /** Compares a symbol's bytes with others, unsigned; a proper prefix is smaller. */
    public int compare(int id, byte[] other, int offset, int length) {
        int location;
        byte[] page;
        do {
            location = locations.get(id);
            page = pageOf(id, location);
        } while (page == null);
        int symbolLength = lengthAt(page, location & OFFSET_MASK);
        int start = (location & OFFSET_MASK) + Varint.sizeOfUvarint(symbolLength);
        return Arrays.compareUnsigned(page, start, start + symbolLength, other, offset, offset + length);
    }

    /** Symbols that have references. */
    public int size() {
        return size;
    }

    /** Bytes of heap the table takes, roughly; all of it, with room not used yet. */
    public long sizeBytes() {
        return bytes.getAcquire();
    }

    /** The page that a location just read belongs to, or null if the symbol has moved meanwhile. */
    private byte @Nullable [] pageOf(int id, int location) {
        byte[] @Nullable [] present = (byte[][]) PAGES.getAcquire(this);
        int number = location >>> OFFSET_BITS;
        byte @Nullable [] page = number < present.length ? (byte[]) PAGE.getAcquire(present, number) : null;
        if (locations.get(id) != location) {
            return null;
        }
        if (page == null) {
            throw gone(id);
        }
        return page;
    }

    private static IllegalStateException gone(int id) {
        return new IllegalStateException("BUG: symbol " + id + " was read after it was reclaimed");
    }

    private static int lengthAt(byte[] page, int offset) {
        return page[offset] >= 0 ? page[offset] : longLength(page, offset);
    }

    private static int longLength(byte[] page, int offset) {
        int length = 0;
        for (int i = 0; ; i++) {
            length |= (page[offset + i] & 0x7F) << 7 * i;
            if (page[offset + i] >= 0) {
                return length;
            }
        }
    }

    private int hash(byte[] source, int offset, int length) {
        long hash = seed ^ length;
        int at = offset;
        int end = offset + length;
        for (; end - at >= 8; at += 8) {
            hash = mix(hash ^ (long) WORD.get(source, at));
        }
        long rest = 0;
        for (int shift = 0; at < end; at++, shift += 8) {
            rest |= (source[at] & 0xFFL) << shift;
        }
        return (int) (mix(mix(hash ^ rest) + seed) >>> 32);
    }

    private static long mix(long value) {
        long mixed = (value ^ value >>> 32) * 0xD6E8FEB86659FD93L;
        return (mixed ^ mixed >>> 29) * 0x9FB21C651E98DF25L;
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    /** Finds or adds the bytes and takes a reference, which {@link #release} gives back. */
    public int intern(byte[] source, int offset, int length) {
        return intern(source, offset, length, 1);
    }

    /**
     * Finds or adds the bytes and takes references, each of which {@link #release} gives back.
     *
     * @param references how many, at least 1
     */
    public int intern(byte[] source, int offset, int length, int references) {
        Objects.checkFromIndexSize(offset, length, source.length);
        if (references < 1) {
            throw new IllegalArgumentException(
                    "cannot take references of a symbol: found=" + references + ", expected=at least 1");
        }
        int hash = hash(source, offset, length);
        int id = find(hash, source, offset, length);
        if (id != NONE) {
            counts.set(id, Math.addExact(counts.get(id), references));
            return id;
        }
        int location = append(source, offset, length);
        id = newId();
        counts.set(id, references);
        locations.set(id, location);
        idsByHash.add(hash, id + 1);
        setSize(size + 1);
        return id;
    }

    /** Takes another reference of a symbol that has some. */
    public void acquire(int id) {
        int count = counts.get(id);
        if (count <= 0) {
            throw new IllegalStateException("BUG: a reference was taken of symbol " + id + ", which has none");
        }
        counts.set(id, count + 1);
    }

    /** Gives a reference back. With the last one the symbol can no longer be found; its id stays readable. */
    public void release(int id) {
        int count = counts.get(id);
        if (count <= 0) {
            throw new IllegalStateException("BUG: symbol " + id + " was released too often");
        }
        counts.set(id, count - 1);
        if (count == 1) {
            unlink(id);
            if (releasedCount == released.length) {
                released = Arrays.copyOf(released, Math.max(16, releasedCount + (releasedCount >> 1)));
            }
            released[releasedCount++] = id;
        }
    }

    private void unlink(int id) {
        int location = locations.get(id);
        byte[] page = livePage(location);
        int length = lengthAt(page, location & OFFSET_MASK);
        int start = (location & OFFSET_MASK) + Varint.sizeOfUvarint(length);
        int hash = hash(page, start, length);
        TagSegment segment = idsByHash.segment(hash);
        int index = segment.firstIndex(hash);
        long slot = segment.slot(index);
        while (slot != ((long) hash << 32 | id + 1)) {
            if (slot == 0) {
                throw new IllegalStateException("BUG: symbol " + id + " is not in the hash table");
            }
            index = segment.indexAfter(index);
            slot = segment.slot(index);
        }
        segment.remove(index);
        idsByHash.shrink(segment);
        setSize(size - 1);
    }

    /** The ids whose last reference was given back since the last call; to be given to {@link #reclaim} later. */
    public int[] takeReleased() {
        int[] taken = Arrays.copyOf(released, releasedCount);
        released = new int[0];
        releasedCount = 0;
        return taken;
    }

    /**
     * Makes the ids and their room free for other symbols. No reader may hold one of them: whoever read the table when
     * they came out of {@link #takeReleased} must be gone.
     */
    public void reclaim(int[] ids) {
        reclaim(ids, 0, ids.length);
    }

    /** Reclaims a part of the ids, as {@link #reclaim(int[])}, for those who want to do it in small steps. */
    public void reclaim(int[] ids, int from, int to) {
        for (int i = from; i < to; i++) {
            int id = ids[i];
            int location = locations.get(id);
            if (counts.get(id) != 0 || location == NOWHERE) {
                throw new IllegalStateException("BUG: symbol " + id + " was reclaimed and is not released");
            }
            locations.set(id, NOWHERE);
            counts.set(id, freeLink(freeId));
            freeId = id;
            int page = location >>> OFFSET_BITS;
            leavePage(page, entryBytes(livePage(location), location & OFFSET_MASK));
        }
    }

    /**
     * Moves symbols out of pages that are more empty than full, so that these are dropped. A bounded piece of work; the
     * next call goes on where this one stopped.
     *
     * @return whether there is more to do; false once all ids have been looked at
     */
    public boolean compactStep() {
        if (idToCompact == NONE) {
            if (!markSparsePages()) {
                return false;
            }
            idToCompact = 0;
        }
        int end = Math.min(idCount, idToCompact + COMPACTION_IDS_PER_STEP);
        int moved = 0;
        for (; idToCompact < end && moved < COMPACTION_MOVES_PER_STEP; idToCompact++) {
            int location = locations.get(idToCompact);
            int page = location >>> OFFSET_BITS;
            if (location != NOWHERE && page < sparsePages.length && sparsePages[page]) {
                move(idToCompact, location);
                moved++;
            }
        }
        if (idToCompact < idCount) {
            return true;
        }
        idToCompact = NONE;
        sparsePages = new boolean[0];
        return false;
    }

    private boolean markSparsePages() {
        sparsePages = new boolean[pageCount];
        boolean found = false;
        for (int page = 0; page < pageCount; page++) {
            byte[] contents = pages[page];
            sparsePages[page] = contents != null && page != openPage && liveBytesByPage[page] * 2L < contents.length;
            found |= sparsePages[page];
        }
        return found;
    }

    private void move(int id, int location) {
        byte[] page = livePage(location);
        int start = location & OFFSET_MASK;
        int entryBytes = entryBytes(page, start);
        int length = lengthAt(page, start);
        locations.set(id, append(page, start + entryBytes - length, length));
        leavePage(location >>> OFFSET_BITS, entryBytes);
    }

    private static int entryBytes(byte[] page, int start) {
        int length = lengthAt(page, start);
        return length + Varint.sizeOfUvarint(length);
    }

    /** Writes the bytes, length in front, behind the last symbol and returns their location. */
    private int append(byte[] source, int offset, int length) {
        int entryBytes = Math.addExact(length, Varint.sizeOfUvarint(length));
        int page = openPage;
        int start = openPageEnd;
        if (entryBytes > PAGE_BYTES_MAX) {
            page = newPage(entryBytes);
            start = 0;
        } else {
            if (page == NONE || livePage(page << OFFSET_BITS).length - start < entryBytes) {
                page = openPage(entryBytes);
                start = 0;
            }
            openPageEnd = start + entryBytes;
        }
        byte[] contents = livePage(page << OFFSET_BITS);
        int at = Varint.putUvarint(contents, start, length);
        System.arraycopy(source, offset, contents, at, length);
        liveBytesByPage[page] += entryBytes;
        return page << OFFSET_BITS | start;
    }

    private int openPage(int bytesMin) {
        long sizeWanted = Math.max(PAGE_BYTES_MIN, Long.highestOneBit(pageBytes));
        int closed = openPage;
        openPage = newPage((int) Math.max(bytesMin, Math.min(PAGE_BYTES_MAX, sizeWanted)));
        if (closed != NONE && liveBytesByPage[closed] == 0) {
            dropPage(closed);
        }
        return openPage;
    }

    private int newPage(int sizeBytes) {
        int number = freePage;
        if (number == NONE) {
            number = pageCount;
            if (number == PAGES_MAX - 1) {
                throw new IllegalStateException("cannot add a symbol: found=" + number + " pages of symbols, "
                        + "expected=fewer; the table is full");
            }
            ensurePageNumber(number);
            pageCount++;
        } else {
            freePage = -liveBytesByPage[number] - 2;
        }
        if (number < sparsePages.length) {
            sparsePages[number] = false;
        }
        liveBytesByPage[number] = 0;
        PAGE.setRelease(pages, number, new byte[sizeBytes]);
        pageBytes += sizeBytes;
        account(sizeBytes + 16);
        return number;
    }

    private void ensurePageNumber(int number) {
        if (number == pages.length) {
            int more = Math.max(4, number + (number >> 1));
            account(8L * (more - number));
            liveBytesByPage = Arrays.copyOf(liveBytesByPage, more);
            PAGES.setRelease(this, Arrays.copyOf(pages, more));
        }
    }

    private void leavePage(int page, int bytesLeft) {
        liveBytesByPage[page] -= bytesLeft;
        if (liveBytesByPage[page] == 0 && page != openPage) {
            dropPage(page);
        }
    }

    /** Page numbers that are free are chained through the counts of live bytes. */
    private void dropPage(int page) {
        int sizeBytes = livePage(page << OFFSET_BITS).length;
        pageBytes -= sizeBytes;
        account(-sizeBytes - 16);
        PAGE.setRelease(pages, page, null);
        liveBytesByPage[page] = freeLink(freePage);
        freePage = page;
    }

    private int newId() {
        if (freeId != NONE) {
            int id = freeId;
            freeId = -counts.get(id) - 2;
            return id;
        }
        if (idCount == Integer.MAX_VALUE - 1) {
            throw new IllegalStateException("cannot add a symbol: found=" + idCount + " symbols, expected=fewer");
        }
        long before = locations.sizeBytes() + counts.sizeBytes();
        locations.ensure(idCount);
        counts.ensure(idCount);
        account(locations.sizeBytes() + counts.sizeBytes() - before);
        return idCount++;
    }

    /** A negative number that a free id or page number keeps instead of its count: NONE becomes -1. */
    private static int freeLink(int next) {
        return -next - 2;
    }

    private byte[] livePage(int location) {
        return Objects.requireNonNull(pages[location >>> OFFSET_BITS], "BUG: a symbol lies in no page");
    }

    private void setSize(int newSize) {
        size = newSize;
    }

    private void account(long more) {
        bytes.setRelease(bytes.getPlain() + more);
    }
}
