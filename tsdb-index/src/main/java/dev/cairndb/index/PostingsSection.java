package dev.cairndb.index;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Reads posting lists of an index file: {@code length u32, count u32, count references u32, crc32c u32}. Not thread-safe.
 *
 * <p>A checksum is checked whenever a list is read. A long list in which only few series are looked up is not read: its
 * checksum is checked the first time, and never again while the file is open.
 */
final class PostingsSection {
    /** A list that fits is checked and read from here; of a longer one, so much at a time. */
    private static final int BUFFER_SIZE_BYTES_MAX = 1 << 16;

    /** In a list that has more than so many times as many, series are looked up one by one. */
    private static final int LOOKED_UP_SHARE = 64;

    private final String file;
    private final MappedFile mapped;
    private final long fileEnd;
    private byte[] buffer = new byte[512];

    /** @param fileEnd what lies behind is no list */
    PostingsSection(String file, MappedFile mapped, long fileEnd) {
        this.file = file;
        this.mapped = mapped;
        this.fileEnd = fileEnd;
    }

    /** How many series the list at an offset has; it is not checked. */
    int count(long offset) throws CorruptionException {
        return (int) Math.min(
                Integer.MAX_VALUE,
                (IndexSections.length(file, mapped, offset, fileEnd) - Integer.BYTES) / Integer.BYTES);
    }

    PostingList read(long offset) throws CorruptionException {
        long length = IndexSections.length(file, mapped, offset, fileEnd);
        long content = offset + Integer.BYTES;
        boolean fits = length <= BUFFER_SIZE_BYTES_MAX;
        if (fits) {
            fill(content, (int) length);
            int expected = mapped.getInt(content + length);
            int found = Crc32c.of(buffer, 0, (int) length);
            if (expected != found) {
                throw IndexSections.checksum(file, content + length, expected, found);
            }
        } else {
            IndexSections.checkChecksum(file, mapped, content, length);
        }
        int[] refs = new int[checkedCount(content, length)];
        if (fits) {
            decode(Integer.BYTES, refs, 0, refs.length);
        } else {
            for (int done = 0; done < refs.length; ) {
                done += readPart(content, done, refs.length, refs, done);
            }
        }
        if (!SortedIds.ascends(refs, refs.length)) {
            throw order(content);
        }
        return PostingList.ofAscending(refs);
    }

    private int checkedCount(long content, long length) throws CorruptionException {
        long count = mapped.getInt(content) & 0xFFFFFFFFL;
        if (length - Integer.BYTES != count * Integer.BYTES || count > Integer.MAX_VALUE - 16) {
            throw new CorruptionException(
                    file, content, count + " series references", length - Integer.BYTES + " bytes");
        }
        return (int) count;
    }

    private CorruptionException order(long content) {
        return new CorruptionException(file, content, "series references in ascending order", "another order");
    }

    /** Reads some of the references from a place in the list on; returns how many. */
    private int readPart(long content, int from, int count, int[] refs, int target) {
        int part = Math.min(count - from, BUFFER_SIZE_BYTES_MAX / Integer.BYTES);
        fill(content + Integer.BYTES + (long) from * Integer.BYTES, part * Integer.BYTES);
        decode(0, refs, target, part);
        return part;
    }

    /**
     * Those of some series that are in the list at an offset, or those that are not.
     *
     * @param checked offsets of long lists whose checksum was found right
     */
    PostingList filter(PostingList series, long offset, boolean wanted, Set<Long> checked) throws CorruptionException {
        long length = IndexSections.length(file, mapped, offset, fileEnd);
        IdBits bits = null;
        boolean few = series.cardinality() < length / (Integer.BYTES * LOOKED_UP_SHARE);
        if (length > BUFFER_SIZE_BYTES_MAX && !few && series.cardinality() <= length / Integer.BYTES) {
            bits = IdBits.of(series);
        }
        if (length <= BUFFER_SIZE_BYTES_MAX || !few && bits == null) {
            PostingList list = read(offset);
            return wanted ? PostingList.intersect(series, list) : series.minus(list);
        }
        long content = offset + Integer.BYTES;
        if (bits != null || !checked.contains(offset)) {
            IndexSections.checkChecksum(file, mapped, content, length);
            checked.add(offset);
        }
        int count = checkedCount(content, length);
        return bits != null
                ? filter(series.cardinality(), bits, content, count, wanted)
                : lookUp(series, content, count, wanted);
    }

    /** Reads the list part by part and keeps what is asked for. */
    private PostingList filter(int seriesCount, IdBits bits, long content, int count, boolean wanted)
            throws CorruptionException {
        int[] refs = new int[Math.min(count, BUFFER_SIZE_BYTES_MAX / Integer.BYTES)];
        int[] kept = wanted ? new int[seriesCount + 1] : refs;
        int keptCount = 0;
        int last = 0;
        int part;
        for (int done = 0; done < count; done += part) {
            part = readPart(content, done, count, refs, 0);
            boolean follows = done == 0 || Integer.compareUnsigned(last, refs[0]) < 0;
            if (!follows || !SortedIds.ascends(refs, part)) {
                throw order(content);
            }
            last = refs[part - 1];
            if (wanted) {
                keptCount = bits.copyPresent(refs, 0, part, kept, keptCount);
            } else {
                bits.remove(refs, 0, part);
            }
        }
        return wanted ? PostingList.ofSorted(kept, keptCount) : bits.toList();
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

    private void fill(long position, int size) {
        if (size > buffer.length) {
            buffer = new byte[Math.min(BUFFER_SIZE_BYTES_MAX, Math.max(size, 2 * buffer.length))];
        }
        mapped.get(position, buffer, 0, size);
    }

    private void decode(int at, int[] refs, int from, int count) {
        ByteBuffer.wrap(buffer, at, count * Integer.BYTES).asIntBuffer().get(refs, from, count);
    }
}
