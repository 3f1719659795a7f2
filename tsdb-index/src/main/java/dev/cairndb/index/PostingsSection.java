package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads posting lists of an index file: {@code length u32, count u32, count references u32, crc32c u32}. Not
 * thread-safe.
 *
 * <p>A checksum is checked whenever a list is read. A long list in which only few series are looked up is not read: its
 * checksum and its order are checked the first time, and never again while the file is open.
 */
final class PostingsSection {
    /** A list of so many bytes is checked and read in the buffer; of a longer one, so much is read at a time. */
    private static final int SHORT_BYTES_MAX = 1 << 14;

    /** References that are read at a time. */
    private static final int PART_MAX = SHORT_BYTES_MAX / Integer.BYTES;

    private static final int WINDOW_BYTES_MIN = 512;
    private static final int WINDOW_BYTES_MAX = 1 << 16;
    private static final int WINDOW_GAP_BYTES_MAX = 1 << 12;

    /** In a list that has more than so many times as many, series are looked up one by one. */
    private static final int LOOKED_UP_SHARE = 64;

    /** In a list that has more than so many times as many, the next series is searched for behind the last one. */
    private static final int SEARCHED_SHARE = 8;

    /** References that are passed over at a time by such a search, which ends with three halvings of them. */
    private static final int STRIDE = 8;

    private final String file;
    private final MappedFile mapped;
    private final long fileEnd;
    private final CheckedLists checked;
    private final boolean readsAhead;
    /** What {@link #readAmong} finds. */
    private int[] found = {};

    private byte[] buffer = new byte[WINDOW_BYTES_MIN];
    /** Where in the file {@code buffer[0]} lies. */
    private long windowStart;

    private int windowSize;

    /**
     * @param fileEnd what lies behind is no list
     * @param readsAhead whether what lies behind a list may be read with it
     */
    PostingsSection(String file, MappedFile mapped, long fileEnd, CheckedLists checked, boolean readsAhead) {
        this.file = file;
        this.mapped = mapped;
        this.fileEnd = fileEnd;
        this.checked = checked;
        this.readsAhead = readsAhead;
    }

    /** How many series the list at an offset has; it is not checked. */
    int count(long offset) throws CorruptionException {
        return (int) Math.min(
                Integer.MAX_VALUE,
                (IndexSections.length(file, mapped, offset, fileEnd) - Integer.BYTES) / Integer.BYTES);
    }

    PostingList read(long offset) throws CorruptionException {
        long length = length(offset);
        if (length > SHORT_BYTES_MAX) {
            return readLong(offset, length);
        }
        int at = toCheckedWindow(offset, (int) length);
        int[] refs = new int[checkedCount(BigEndian.getInt(buffer, at), offset + Integer.BYTES, length)];
        decode(at + Integer.BYTES, refs, 0, refs.length);
        if (!SortedIds.ascends(refs, refs.length)) {
            throw order(offset + Integer.BYTES);
        }
        return PostingList.ofAscending(refs);
    }

    /** Those of the list at an offset that are among some series. */
    PostingList readAmong(PostingList series, long offset) throws CorruptionException {
        long length = length(offset);
        if (length > SHORT_BYTES_MAX) {
            return filter(series, offset, true);
        }
        IdBits bits = series.bits();
        if (bits == null) {
            return read(offset).among(series);
        }
        int refs = toCheckedWindow(offset, (int) length) + Integer.BYTES;
        int count = checkedCount(BigEndian.getInt(buffer, refs - Integer.BYTES), offset + Integer.BYTES, length);
        if (!ascends(refs, count)) {
            throw order(offset + Integer.BYTES);
        }
        if (count >= found.length) {
            found = new int[Math.max(count + 1, 2 * found.length)];
        }
        int foundCount = bits.copyPresent(buffer, refs, count, found, 0);
        return PostingList.ofAscending(Arrays.copyOf(found, foundCount));
    }

    private long length(long offset) throws CorruptionException {
        // Often it follows the list read last, and is in the buffer already.
        long inWindow = offset - windowStart;
        return inWindow >= 0 && inWindow + Integer.BYTES <= windowSize
                ? IndexSections.length(file, BigEndian.getInt(buffer, (int) inWindow), offset, fileEnd)
                : IndexSections.length(file, mapped, offset, fileEnd);
    }

    /** Has a short list in the buffer, and returns where its content is. */
    private int toCheckedWindow(long offset, int length) throws CorruptionException {
        long content = offset + Integer.BYTES;
        int at = toWindow(content, length + Integer.BYTES);
        int expected = BigEndian.getInt(buffer, at + length);
        int found = Crc32c.of(buffer, at, length);
        if (expected != found) {
            throw IndexSections.checksum(file, content + length, expected, found);
        }
        return at;
    }

    /** The order is looked at once: what has the checksum that it had then is in the order that it had. */
    private PostingList readLong(long offset, long length) throws CorruptionException {
        long content = offset + Integer.BYTES;
        IndexSections.checkChecksum(file, mapped, content, length);
        int[] refs = new int[checkedCount(mapped.getInt(content), content, length)];
        mapped.getInts(content + Integer.BYTES, refs, 0, refs.length);
        if (!checked.ascends(offset)) {
            if (!SortedIds.ascends(refs, refs.length)) {
                throw order(content);
            }
            checked.addAscending(offset);
        }
        return PostingList.ofAscending(refs);
    }

    private int checkedCount(int stored, long content, long length) throws CorruptionException {
        long count = stored & 0xFFFFFFFFL;
        if (length - Integer.BYTES != count * Integer.BYTES || count > Integer.MAX_VALUE - 16) {
            throw new CorruptionException(
                    file, content, count + " series references", length - Integer.BYTES + " bytes");
        }
        return (int) count;
    }

    private CorruptionException order(long content) {
        return new CorruptionException(file, content, "series references in ascending order", "another order");
    }

    /** Sees to it that references from a place in the list on are in the buffer; returns where. */
    private int toWindow(long content, int from, int count) {
        return toWindow(content + Integer.BYTES + (long) from * Integer.BYTES, count * Integer.BYTES);
    }

    /** Those of some series that are in the list at an offset, or those that are not. */
    PostingList filter(PostingList series, long offset, boolean wanted) throws CorruptionException {
        long length = IndexSections.length(file, mapped, offset, fileEnd);
        long ofEach = length / Integer.BYTES / Math.max(1, series.cardinality());
        IdBits bits = length <= SHORT_BYTES_MAX || ofEach < 1 || ofEach >= SEARCHED_SHARE ? null : series.bits();
        if (length <= SHORT_BYTES_MAX || bits == null && ofEach < SEARCHED_SHARE) {
            PostingList list = read(offset);
            return wanted ? PostingList.intersect(series, list) : series.minus(list);
        }
        long content = offset + Integer.BYTES;
        int count = checkedCount(mapped.getInt(content), content, length);
        if (ofEach >= LOOKED_UP_SHARE) {
            checkOnce(offset, count);
            return lookUp(series, content, count, wanted);
        }
        PostingList present =
                bits == null ? search(series, offset, count) : present(bits, series.cardinality(), offset, count);
        checked.addChecksum(offset);
        checked.addAscending(offset);
        return wanted ? present : series.minus(present);
    }

    /** Reads a list part by part, unless that was done before. */
    private void checkOnce(long offset, int count) throws CorruptionException {
        if (checked.hasChecksum(offset) && checked.ascends(offset)) {
            return;
        }
        long content = offset + Integer.BYTES;
        CRC32C crc = new CRC32C();
        boolean ascends = true;
        int last = 0;
        for (int done = 0; done < count; done += PART_MAX) {
            int part = Math.min(count - done, PART_MAX);
            int at = toWindow(content, done, part, crc);
            ascends &= ascendsBehind(done, last, at, part);
            last = inBuffer(at, part - 1);
        }
        checkChecksum(content, count, crc);
        if (!ascends) {
            throw order(content);
        }
        checked.addChecksum(offset);
        checked.addAscending(offset);
    }

    /** Reads the list part by part and keeps those that are among some series. */
    private PostingList present(IdBits bits, int seriesCount, long offset, int count) throws CorruptionException {
        long content = offset + Integer.BYTES;
        int[] kept = new int[seriesCount + PART_MAX + 1];
        int keptCount = 0;
        CRC32C crc = new CRC32C();
        boolean isKnown = checked.ascends(offset);
        boolean ascends = true;
        int last = 0;
        for (int done = 0; done < count && ascends && keptCount <= seriesCount; done += PART_MAX) {
            int part = Math.min(count - done, PART_MAX);
            int at = toWindow(content, done, part, crc);
            ascends = isKnown || ascendsBehind(done, last, at, part);
            last = inBuffer(at, part - 1);
            keptCount = ascends ? bits.copyPresent(buffer, at, part, kept, keptCount) : keptCount;
        }
        if (!ascends || keptCount > seriesCount) {
            // Not all was read.
            IndexSections.checkChecksum(file, mapped, content, contentBytes(count));
            throw order(content);
        }
        checkChecksum(content, count, crc);
        return PostingList.ofAscending(kept, keptCount);
    }

    /** The same where the list is much longer: most of it is passed over. */
    private PostingList search(PostingList series, long offset, int count) throws CorruptionException {
        long content = offset + Integer.BYTES;
        int[] kept = new int[series.cardinality() + 1];
        int keptCount = 0;
        PostingCursor cursor = series.cursor();
        boolean more = cursor.next();
        CRC32C crc = new CRC32C();
        boolean isKnown = checked.ascends(offset);
        boolean ascends = true;
        int last = 0;
        for (int done = 0; done < count; done += PART_MAX) {
            int part = Math.min(count - done, PART_MAX);
            int at = toWindow(content, done, part, crc);
            ascends &= isKnown || ascendsBehind(done, last, at, part);
            last = inBuffer(at, part - 1);
            int from = 0;
            while (more && Integer.compareUnsigned(cursor.id(), last) <= 0) {
                int id = cursor.id();
                from = lowerBound(at, from, part, id);
                kept[keptCount] = id;
                keptCount += from < part && inBuffer(at, from) == id ? 1 : 0;
                more = cursor.next();
            }
        }
        checkChecksum(content, count, crc);
        if (!ascends) {
            throw order(content);
        }
        return PostingList.ofAscending(kept, keptCount);
    }

    /** Whether references in the buffer ascend, also from the last of those in front of them, if there are any. */
    private boolean ascendsBehind(int done, int last, int at, int part) {
        return (done == 0 || Integer.compareUnsigned(last, inBuffer(at, 0)) < 0) && ascends(at, part);
    }

    /** Whether references in the buffer ascend. */
    private boolean ascends(int at, int count) {
        // Without a branch as long as there is none from 2^31 on.
        int before = count == 0 ? 0 : inBuffer(at, 0);
        int signs = before;
        for (int i = 1; i < count; i++) {
            int ref = inBuffer(at, i);
            signs |= ref | ref - before - 1;
            before = ref;
        }
        boolean ascends = true;
        for (int i = 1; i < count && signs < 0 && ascends; i++) {
            ascends = Integer.compareUnsigned(inBuffer(at, i - 1), inBuffer(at, i)) < 0;
        }
        return ascends;
    }

    /** As {@link #toWindow(long, int, int)}, for all parts of a list one after the other, whose checksum grows. */
    private int toWindow(long content, int from, int count, CRC32C crc) {
        int at = toWindow(content, from, count);
        if (from == 0) {
            // In front of the references is their number.
            int references = mapped.getInt(content);
            for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
                crc.update(references >>> shift);
            }
        }
        crc.update(buffer, at, count * Integer.BYTES);
        return at;
    }

    private void checkChecksum(long content, int count, CRC32C crc) throws CorruptionException {
        long end = content + contentBytes(count);
        int expected = mapped.getInt(end);
        int found = (int) crc.getValue();
        if (expected != found) {
            throw IndexSections.checksum(file, end, expected, found);
        }
    }

    private static long contentBytes(int count) {
        return Integer.BYTES + (long) count * Integer.BYTES;
    }

    /** The first place from one on that holds the target or more, in a part of a list that is in the buffer. */
    private int lowerBound(int at, int from, int part, int target) {
        int low = from;
        while (low + STRIDE <= part && isBelow(at, low + STRIDE - 1, target)) {
            low += STRIDE;
        }
        if (low + STRIDE <= part) {
            // Without a branch: which way each of them goes, no processor can foretell.
            low += isBelow(at, low + 3, target) ? 4 : 0;
            low += isBelow(at, low + 1, target) ? 2 : 0;
            return low + (isBelow(at, low, target) ? 1 : 0);
        }
        while (low < part && isBelow(at, low, target)) {
            low++;
        }
        return low;
    }

    private boolean isBelow(int at, int index, int target) {
        return Integer.compareUnsigned(inBuffer(at, index), target) < 0;
    }

    private int inBuffer(int at, int index) {
        return BigEndian.getInt(buffer, at + index * Integer.BYTES);
    }

    /** Whether the list at an offset has some of the ids; it is read no further than to the first. */
    boolean hasAnyOf(IdBits bits, long offset) throws CorruptionException {
        long length = IndexSections.length(file, mapped, offset, fileEnd);
        if (length <= SHORT_BYTES_MAX) {
            return read(offset).hasAnyOf(bits);
        }
        long content = offset + Integer.BYTES;
        IndexSections.checkChecksum(file, mapped, content, length);
        int count = checkedCount(mapped.getInt(content), content, length);
        boolean found = false;
        for (int done = 0; done < count && !found; done += PART_MAX) {
            int part = Math.min(count - done, PART_MAX);
            int at = toWindow(content, done, part);
            found = bits.hasAnyOf(buffer, at, part);
        }
        return found;
    }

    /** Looks up series where they should stand. */
    private PostingList lookUp(PostingList series, long content, int count, boolean wanted) {
        int[] kept = new int[series.cardinality()];
        int keptCount = 0;
        int from = 0;
        for (PostingCursor cursor = series.cursor(); cursor.next(); ) {
            from = gallop(content, from, count, cursor.id());
            if ((from < count && ref(content, from) == cursor.id()) == wanted) {
                kept[keptCount++] = cursor.id();
            }
        }
        return PostingList.ofSorted(kept, keptCount);
    }

    /** As {@link SortedIds#gallop}. */
    private int gallop(long content, int from, int to, int target) {
        long low = from;
        long probe = from;
        for (long step = 1; probe < to && Integer.compareUnsigned(ref(content, (int) probe), target) < 0; step <<= 1) {
            low = probe + 1;
            probe += step;
        }
        long high = Math.min(probe, to);
        while (low < high) {
            long middle = low + high >>> 1;
            if (Integer.compareUnsigned(ref(content, (int) middle), target) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return (int) low;
    }

    private int ref(long content, int index) {
        return mapped.getInt(content + Integer.BYTES + (long) index * Integer.BYTES);
    }

    /** Sees to it that a range of the file is in the buffer; returns where. Lists follow each other: more is read. */
    private int toWindow(long position, int size) {
        long at = position - windowStart;
        if (at >= 0 && at + size <= windowSize) {
            return (int) at;
        }
        int wanted = size;
        if (readsAhead) {
            // From near the end of what was read on: one more list of many.
            boolean goesOn = at >= 0 && at <= windowSize + WINDOW_GAP_BYTES_MAX;
            wanted = Math.max(size, goesOn ? Math.min(WINDOW_BYTES_MAX, 2 * windowSize) : WINDOW_BYTES_MIN);
        }
        windowSize = (int) Math.min(wanted, fileEnd - position);
        windowStart = position;
        if (windowSize > buffer.length) {
            buffer = new byte[Math.max(windowSize, Math.min(WINDOW_BYTES_MAX, 2 * buffer.length))];
        }
        mapped.get(position, buffer, 0, windowSize);
        return 0;
    }

    private void decode(int at, int[] refs, int from, int count) {
        for (int i = 0; i < count; i++) {
            refs[from + i] = BigEndian.getInt(buffer, at + i * Integer.BYTES);
        }
    }
}
