package dev.cairndb.index;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.Container;
import org.roaringbitmap.ContainerPointer;
import org.roaringbitmap.FastAggregation;
import org.roaringbitmap.RoaringBitmap;

/**
 * An immutable set of series ids: unsigned 32-bit numbers in ascending order. In a head an id is a slot, in a block
 * the series reference of its index.
 *
 * <p>The set is a Roaring bitmap, a sorted array, or both side by side without a common id: the head keeps large lists
 * as a bitmap that changes seldom and an array of what was added since, and hands out both as they are. Which form a
 * list has is no concern of its users.
 *
 * <p>Thread-safety: immutable, free for any thread. Ownership: arrays given to a factory belong to the list and must
 * not be changed again; results may share memory with their operands.
 */
public final class PostingList {
    private static final PostingList EMPTY = new PostingList(null, new int[0], 0);

    /** From here on a bitmap may be smaller than an array. */
    static final int BITMAP_CARDINALITY_MIN = 128;

    /** Heap bytes of a Roaring container beyond its ids: key, reference, object and array headers. */
    private static final int BITMAP_CONTAINER_BYTES = 48;

    /** Two arrays of at least so many ids, of which one is not many times longer, are intersected through bits. */
    private static final int BITS_COUNT_MIN = 1024;

    private static final int BITS_RATIO_MAX = 24;

    /** To turn a bitmap of more ids into bits takes longer than it saves. */
    private static final int BITMAP_TO_BITS_MAX = 1 << 20;

    /** Fewer ids are looked up in a bitmap one by one. */
    private static final int BITMAP_WALK_MIN = 64;

    private final @Nullable RoaringBitmap bitmap;
    private final int[] ids;
    private final int idCount;
    private final int cardinality;
    /** Made when they are first asked for. */
    private volatile @Nullable IdBits bits;

    /** Takes both parts as they are: {@code ids[0, idCount)} ascends and has no id of the bitmap. */
    PostingList(@Nullable RoaringBitmap bitmap, int[] ids, int idCount) {
        this.bitmap = bitmap;
        this.ids = ids;
        this.idCount = idCount;
        this.cardinality = idCount + (bitmap == null ? 0 : bitmap.getCardinality());
    }

    /** No series at all. */
    public static PostingList empty() {
        return EMPTY;
    }

    /** The list of one id. */
    public static PostingList of(int id) {
        return new PostingList(null, new int[] {id}, 1);
    }

    /** The ids of an array in strictly ascending unsigned order; the array belongs to the list from now on. */
    public static PostingList ofSorted(int[] ids) {
        return ofSorted(ids, ids.length);
    }

    /** The first {@code count} ids of an array, as {@link #ofSorted(int[])}. */
    public static PostingList ofSorted(int[] ids, int count) {
        Objects.checkFromIndexSize(0, count, ids.length);
        if (!SortedIds.ascends(ids, count)) {
            throw new IllegalArgumentException("cannot make a posting list: ids do not ascend strictly");
        }
        return trusted(ids, count);
    }

    /** As {@link #ofSorted(int[])}, of an array that was found to ascend. */
    static PostingList ofAscending(int[] ids) {
        return trusted(ids, ids.length);
    }

    static PostingList ofAscending(int[] ids, int count) {
        return trusted(ids, count);
    }

    /** The ids of a bitmap, which must not change any more. */
    static PostingList ofBitmap(RoaringBitmap bitmap) {
        return bitmap.isEmpty() ? EMPTY : new PostingList(bitmap, EMPTY.ids, 0);
    }

    private static PostingList trusted(int[] ids, int count) {
        return count == 0 ? EMPTY : new PostingList(null, ids, count);
    }

    public int cardinality() {
        return cardinality;
    }

    public boolean isEmpty() {
        return cardinality == 0;
    }

    /** The ids as bits; null where that does not pay, or where a bitmap does as well. */
    @Nullable
    IdBits bits() {
        IdBits present = bits;
        if (present == null && (bitmap == null || cardinality <= BITMAP_TO_BITS_MAX)) {
            present = IdBits.of(this);
            bits = present;
        }
        return present;
    }

    /** The lowest id of a list that is not empty. */
    int first() {
        if (bitmap == null) {
            return ids[0];
        }
        boolean inArray = idCount > 0 && Integer.compareUnsigned(ids[0], bitmap.first()) < 0;
        return inArray ? ids[0] : bitmap.first();
    }

    /** The highest id of a list that is not empty. */
    int last() {
        if (bitmap == null) {
            return ids[idCount - 1];
        }
        boolean inArray = idCount > 0 && Integer.compareUnsigned(ids[idCount - 1], bitmap.last()) > 0;
        return inArray ? ids[idCount - 1] : bitmap.last();
    }

    public boolean contains(int id) {
        return bitmap != null && bitmap.contains(id) || SortedIds.contains(ids, idCount, id);
    }

    /** A new cursor before the first id; a cursor that exists already is put on this list by its {@code reset}. */
    public PostingCursor cursor() {
        return new PostingCursor().reset(this);
    }

    /** Gives all ids, in ascending unsigned order; faster than a cursor for who wants all of them. */
    public void forEach(IntConsumer action) {
        PostingCursor cursor = cursor();
        while (cursor.nextBatch()) {
            cursor.forEachOfBatch(action);
        }
    }

    /** A new array of all ids. */
    public int[] toArray() {
        if (bitmap == null) {
            return Arrays.copyOf(ids, idCount);
        }
        if (idCount == 0) {
            return bitmap.toArray();
        }
        return SortedIds.merge(bitmap.toArray(), bitmap.getCardinality(), ids, idCount);
    }

    /**
     * Writes the list: number of ids times two and, added to it, the form, as an uvarint. In form 0 the ids follow, each
     * as the difference to the one before, the first as itself, as uvarints. In form 1, which a list of at least
     * {@value #BITMAP_CARDINALITY_MIN} ids has if that takes less memory than an array of them, a Roaring bitmap of the
     * ids: the number of bytes as an uvarint, and the bytes in Roaring's portable format.
     *
     * @throws IllegalArgumentException if there are ids from 2^31 on
     */
    public void put(ByteWriter target) {
        PostingListBytes.put(this, target);
    }

    /**
     * Reads what {@link #put} has written, and no byte more; nothing of the reader's array is kept.
     *
     * @param idLimit what every id must be below, 0 or more
     * @throws CorruptionException if the bytes are not those of a list of such ids
     */
    public static PostingList read(ByteReader in, int idLimit) throws CorruptionException {
        return PostingListBytes.read(in, idLimit);
    }

    /** The same ids in the form that takes the least memory; for lists that will be kept. */
    PostingList compact() {
        if (bitmap == null && !mayPayAsBitmap()) {
            return idCount == ids.length ? this : trusted(Arrays.copyOf(ids, idCount), idCount);
        }
        RoaringBitmap all = bitmap == null || idCount > 0 ? toBitmap() : bitmap.clone();
        all.runOptimize();
        if (all.getCardinality() < BITMAP_CARDINALITY_MIN) {
            return trusted(all.toArray(), all.getCardinality());
        }
        return ofBitmap(all);
    }

    /** Whether a bitmap of the ids is smaller than an array; of a list that is one in part, whether that may be. */
    boolean mayPayAsBitmap() {
        return cardinality >= BITMAP_CARDINALITY_MIN && (bitmap != null || bitmapPays(ids, idCount));
    }

    /** Whether the bitmap is smaller than an array of its ids. */
    static boolean bitmapPays(RoaringBitmap bitmap) {
        long headerBytes = (long) BITMAP_CONTAINER_BYTES * bitmap.getContainerCount();
        return headerBytes + bitmap.getLongSizeInBytes() < 4 * bitmap.getLongCardinality();
    }

    /** Whether a bitmap of these ids is smaller than the array: ids in few containers, or in long runs. */
    static boolean bitmapPays(int[] ids, int count) {
        int containers = 0;
        int runs = 0;
        for (int i = 0; i < count; i++) {
            boolean continues = i > 0 && ids[i] == ids[i - 1] + 1;
            boolean sameContainer = i > 0 && ids[i] >>> 16 == ids[i - 1] >>> 16;
            containers += sameContainer ? 0 : 1;
            runs += continues && sameContainer ? 0 : 1;
        }
        long idBytes = Math.min(2L * count, 4L * runs);
        return (long) BITMAP_CONTAINER_BYTES * containers + idBytes < 4L * count;
    }

    /** Bytes of heap this list keeps alive, roughly. */
    long sizeBytes() {
        return 32 + 16 + 4L * ids.length + (bitmap == null ? 0 : bitmap.getLongSizeInBytes());
    }

    /** All ids in a bitmap that may be shared: not to be changed. */
    RoaringBitmap toBitmap() {
        if (bitmap == null) {
            return bitmapOf(ids, idCount);
        }
        return idCount == 0 ? bitmap : RoaringBitmap.or(bitmap, bitmapOf(ids, idCount));
    }

    private static RoaringBitmap bitmapOf(int[] ids, int count) {
        RoaringBitmap result = new RoaringBitmap();
        result.addN(ids, 0, count);
        return result;
    }

    @Nullable
    RoaringBitmap bitmapPart() {
        return bitmap;
    }

    int[] arrayPart() {
        return ids;
    }

    int arrayPartCount() {
        return idCount;
    }

    // ------------------------------------------------------------------------------------------------ intersection

    /** The ids that are in every list. */
    public static PostingList intersect(Collection<PostingList> lists) {
        return intersect(lists.toArray(new PostingList[0]));
    }

    /** The ids that are in every one of the lists, of which there must be at least one. */
    public static PostingList intersect(PostingList... lists) {
        if (lists.length == 0) {
            throw new IllegalArgumentException("cannot intersect: found=no lists, expected=at least one");
        }
        PostingList[] bySize = lists.clone();
        Arrays.sort(bySize, (a, b) -> Integer.compare(a.cardinality, b.cardinality));
        PostingList result = bySize[0];
        for (int i = 1; i < bySize.length && !result.isEmpty(); i++) {
            result = intersectPair(result, bySize[i]);
        }
        return result;
    }

    /** The smaller list leads; whatever it still has is looked up in the larger one. */
    private static PostingList intersectPair(PostingList smaller, PostingList larger) {
        if (smaller == larger) {
            return smaller;
        }
        if (smaller.bitmap != null && larger.bitmap != null) {
            return intersectBitmaps(smaller, smaller.bitmap, larger, larger.bitmap);
        }
        if (smaller.bitmap == null) {
            return filter(smaller.ids, smaller.idCount, larger, true);
        }
        return filterByArray(smaller.toArray(), smaller.cardinality, larger, true);
    }

    private static PostingList intersectBitmaps(
            PostingList a, RoaringBitmap aBitmap, PostingList b, RoaringBitmap bBitmap) {
        RoaringBitmap common = RoaringBitmap.and(aBitmap, bBitmap);
        PostingList ofArrayA = filter(a.ids, a.idCount, b, true);
        PostingList ofArrayB = filter(b.ids, b.idCount, ofBitmap(aBitmap), true);
        int[] rest = SortedIds.merge(ofArrayA.ids, ofArrayA.idCount, ofArrayB.ids, ofArrayB.idCount);
        return common.isEmpty() ? trusted(rest, rest.length) : new PostingList(common, rest, rest.length);
    }

    /** Those of the ids that are, or are not, in {@code other}. */
    private static PostingList filter(int[] ids, int count, PostingList other, boolean wanted) {
        if (count == 0 || other.isEmpty()) {
            return wanted || count == 0 ? EMPTY : trusted(ids, count);
        }
        if (other.bitmap == null) {
            return filterByArray(ids, count, other, wanted);
        }
        PostingList byBitmap = filterByBitmap(ids, count, other.bitmap, wanted);
        if (other.idCount == 0) {
            return byBitmap;
        }
        if (!wanted) {
            return filterByArray(byBitmap.ids, byBitmap.idCount, other, false);
        }
        PostingList byArray = filterByArray(ids, count, other, true);
        return ofAscending(SortedIds.merge(byBitmap.ids, byBitmap.idCount, byArray.ids, byArray.idCount));
    }

    private static PostingList filterByArray(int[] ids, int count, PostingList other, boolean wanted) {
        int smaller = Math.min(count, other.idCount);
        if (smaller >= BITS_COUNT_MIN && Math.max(count, other.idCount) / smaller < BITS_RATIO_MAX) {
            boolean swap = wanted && count == smaller;
            IdBits bits = IdBits.of(swap ? trusted(ids, count) : trusted(other.ids, other.idCount));
            if (bits != null) {
                // One more, since each id is written before it is known whether it counts.
                int[] kept = new int[1 + (wanted ? smaller : count)];
                if (!wanted) {
                    return trusted(kept, bits.copyAbsent(ids, 0, count, kept, 0));
                }
                int[] tested = swap ? other.ids : ids;
                return trusted(kept, bits.copyPresent(tested, 0, swap ? other.idCount : count, kept, 0));
            }
        }
        int[] kept = new int[wanted ? smaller : count];
        int keptCount = wanted
                ? SortedIds.common(ids, count, other.ids, other.idCount, kept)
                : SortedIds.without(ids, count, other.ids, other.idCount, kept);
        return trusted(kept, keptCount);
    }

    /** Goes along the containers of the bitmap. */
    private static PostingList filterByBitmap(int[] ids, int count, RoaringBitmap bitmap, boolean wanted) {
        int[] kept = new int[count];
        int keptCount = 0;
        if (count < BITMAP_WALK_MIN) {
            for (int i = 0; i < count; i++) {
                if (bitmap.contains(ids[i]) == wanted) {
                    kept[keptCount++] = ids[i];
                }
            }
            return trusted(kept, keptCount);
        }
        ContainerPointer pointer = bitmap.getContainerPointer();
        Container container = pointer.getContainer();
        int i = 0;
        while (i < count) {
            int key = ids[i] >>> 16;
            while (container != null && pointer.key() < key) {
                pointer.advance();
                container = pointer.getContainer();
            }
            boolean present = container != null && pointer.key() == key;
            for (; i < count && ids[i] >>> 16 == key; i++) {
                if ((present && container.contains((char) ids[i])) == wanted) {
                    kept[keptCount++] = ids[i];
                }
            }
        }
        return trusted(kept, keptCount);
    }

    /** Whether there is an id in both lists. Made to be asked of many lists and the same other. */
    boolean hasAnyOf(PostingList other) {
        if (bitmap != null && other.bitmap != null && RoaringBitmap.intersects(bitmap, other.bitmap)) {
            return true;
        }
        if (cardinality > other.cardinality) {
            return haveCommon(other.cursor(), cursor());
        }
        IdBits otherBits = other.bits();
        if (otherBits != null) {
            return hasAnyOf(otherBits);
        }
        if (other.bitmap == null) {
            return haveCommon(cursor(), other.cursor());
        }
        for (PostingCursor cursor = cursor(); cursor.next(); ) {
            if (other.contains(cursor.id())) {
                return true;
            }
        }
        return false;
    }

    /** What both lists have. Made to be asked of many lists and the same other. */
    PostingList among(PostingList other) {
        IdBits otherBits = bitmap == null ? other.bits() : null;
        if (otherBits == null) {
            return intersect(this, other);
        }
        int[] kept = new int[idCount + 1];
        return trusted(kept, otherBits.copyPresent(ids, 0, idCount, kept, 0));
    }

    private static boolean haveCommon(PostingCursor few, PostingCursor many) {
        boolean more = few.next();
        while (more && many.seek(few.id())) {
            if (many.id() == few.id()) {
                return true;
            }
            more = few.seek(many.id());
        }
        return false;
    }

    boolean hasAnyOf(IdBits other) {
        for (int i = 0; i < idCount; i++) {
            if (other.contains(ids[i])) {
                return true;
            }
        }
        if (bitmap == null) {
            return false;
        }
        for (PostingCursor cursor = cursor(); cursor.next(); ) {
            if (other.contains(cursor.id())) {
                return true;
            }
        }
        return false;
    }

    // ------------------------------------------------------------------------------------------------------- union

    /** The ids that are in any of the lists. */
    public static PostingList union(Collection<PostingList> lists) {
        return union(lists.toArray(new PostingList[0]));
    }

    /**
     * The ids that are in any of the lists. Made for thousands of lists: arrays are poured together and put in order
     * once, bitmaps are joined container by container.
     */
    public static PostingList union(PostingList... lists) {
        int bitmapCount = 0;
        int filled = 0;
        long arrayIds = 0;
        PostingList last = EMPTY;
        for (PostingList list : lists) {
            if (!list.isEmpty()) {
                filled++;
                last = list;
                bitmapCount += list.bitmap == null ? 0 : 1;
                arrayIds += list.idCount;
            }
        }
        if (filled <= 1) {
            return last;
        }
        if (arrayIds > Integer.MAX_VALUE - 8) {
            return unionOfVeryMany(lists);
        }
        int[] poured = new int[(int) arrayIds];
        RoaringBitmap[] bitmaps = new RoaringBitmap[bitmapCount];
        int at = 0;
        int bitmapAt = 0;
        for (PostingList list : lists) {
            System.arraycopy(list.ids, 0, poured, at, list.idCount);
            at += list.idCount;
            if (list.bitmap != null) {
                bitmaps[bitmapAt++] = list.bitmap;
            }
        }
        int count = SortedIds.sortDistinct(poured, poured.length);
        return withBitmaps(poured, count, bitmaps);
    }

    private static PostingList withBitmaps(int[] ids, int count, RoaringBitmap[] bitmaps) {
        if (bitmaps.length == 0) {
            return trusted(ids, count);
        }
        RoaringBitmap joined = bitmaps.length == 1 ? bitmaps[0] : FastAggregation.naive_or(bitmaps);
        PostingList rest = filter(ids, count, ofBitmap(joined), false);
        if (rest.idCount > joined.getCardinality()) {
            return ofBitmap(RoaringBitmap.or(joined, bitmapOf(rest.ids, rest.idCount)));
        }
        return new PostingList(joined, rest.ids, rest.idCount);
    }

    private static PostingList unionOfVeryMany(PostingList[] lists) {
        RoaringBitmap result = new RoaringBitmap();
        for (PostingList list : lists) {
            result.or(list.toBitmap());
        }
        return ofBitmap(result);
    }

    // -------------------------------------------------------------------------------------------------- difference

    /** The ids of this list that are not in the other one. */
    public PostingList minus(PostingList other) {
        if (isEmpty() || other.isEmpty()) {
            return this;
        }
        if (this == other) {
            return EMPTY;
        }
        PostingList rest = filter(ids, idCount, other, false);
        if (bitmap == null) {
            return rest;
        }
        RoaringBitmap kept = other.bitmap == null ? bitmap.clone() : RoaringBitmap.andNot(bitmap, other.bitmap);
        if (other.idCount > 0 && (long) other.idCount * 16 < kept.getCardinality()) {
            for (int i = 0; i < other.idCount; i++) {
                kept.remove(other.ids[i]);
            }
        } else if (other.idCount > 0) {
            kept.andNot(bitmapOf(other.ids, other.idCount));
        }
        return kept.isEmpty() ? rest : new PostingList(kept, rest.ids, rest.idCount);
    }

    /** Number and first ids, for messages and debuggers. */
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder("PostingList(").append(cardinality).append(" ids:");
        PostingCursor cursor = cursor();
        for (int i = 0; i < 10 && cursor.next(); i++) {
            text.append(' ').append(Integer.toUnsignedString(cursor.id()));
        }
        return text.append(cardinality > 10 ? " ...)" : ")").toString();
    }
}
