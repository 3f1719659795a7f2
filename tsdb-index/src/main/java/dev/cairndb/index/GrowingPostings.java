package dev.cairndb.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The slots of one label while series are added: an immutable bitmap and a tail of what came since. One writer, which
 * keeps what {@link #add} returns; readers take a {@link #snapshot} at any time.
 *
 * <p>The usual slot is the highest so far. It is written behind the tail and published by the count, with release; a
 * reader that got the count with acquire sees all before it, and nothing before it changes. A recycled slot is lower:
 * it goes behind the tail too, of a state that is marked as out of order and whose readers sort a copy.
 *
 * <p>A tail that takes half of the bitmap's bytes, or less if it is out of order, is poured into a new bitmap. So
 * adding a slot makes a few bytes of garbage on average, whatever the size of the list, and the copy a reader may have
 * to sort stays small.
 */
final class GrowingPostings {
    private static final int TAIL_MIN = 4;
    private static final int TAIL_OVER_SMALL_BITMAP_MAX = 512;
    private static final int INSERTED_LENGTH_MAX = 32;
    private static final int OUT_OF_ORDER_MIN = 256;
    private static final int OBJECT_BYTES = 32;

    private static final VarHandle COUNT;

    static {
        try {
            COUNT = MethodHandles.lookup().findVarHandle(GrowingPostings.class, "count", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable RoaringBitmap bitmap;
    private final int bitmapBytes;
    private final int[] tail;
    private final boolean ascends;
    private int count;

    private GrowingPostings(@Nullable RoaringBitmap bitmap, int[] tail, int count, boolean ascends) {
        this.bitmap = bitmap;
        this.bitmapBytes = bitmap == null ? 0 : bitmap.getSizeInBytes();
        this.tail = tail;
        this.ascends = ascends;
        this.count = count;
    }

    static GrowingPostings empty() {
        return new GrowingPostings(null, new int[0], 0, true);
    }

    /** The list of two different slots. */
    static GrowingPostings of(int slotA, int slotB) {
        int[] tail = new int[TAIL_MIN];
        tail[0] = Math.min(slotA, slotB);
        tail[1] = Math.max(slotA, slotB);
        return new GrowingPostings(null, tail, 2, true);
    }

    /** The list's slots; its bitmap is shared, and its array if that has no room behind the ids. */
    static GrowingPostings of(PostingList list) {
        int count = list.arrayPartCount();
        int[] ids = list.arrayPart();
        return new GrowingPostings(
                list.bitmapPart(), ids.length == count ? ids : Arrays.copyOf(ids, count), count, true);
    }

    /** What is in the list now, for any thread. */
    PostingList snapshot() {
        int seen = (int) COUNT.getAcquire(this);
        if (ascends) {
            return new PostingList(bitmap, tail, seen);
        }
        return new PostingList(bitmap, sortedTail(seen), seen);
    }

    private int[] sortedTail(int seen) {
        int[] sorted = Arrays.copyOf(tail, seen);
        Arrays.sort(sorted);
        return sorted;
    }

    long sizeBytes() {
        return OBJECT_BYTES + 16 + 4L * tail.length + bitmapBytes;
    }

    /** Adds a slot that is not in the list, and returns the list that has it: this one, or another in its place. */
    GrowingPostings add(int slot) {
        boolean muchToSort = !ascends && bitmap != null && count >= Math.max(OUT_OF_ORDER_MIN, bitmapBytes / 32);
        if (count == tail.length || muchToSort) {
            return withRoom().add(slot);
        }
        if (ascends && count > 0 && tail[count - 1] > slot) {
            return tail.length <= INSERTED_LENGTH_MAX
                    ? inserted(slot)
                    : new GrowingPostings(bitmap, tail, count, false).add(slot);
        }
        tail[count] = slot;
        COUNT.setRelease(this, count + 1);
        return this;
    }

    private GrowingPostings inserted(int slot) {
        int at = SortedIds.lowerBound(tail, 0, count, slot);
        int[] larger = new int[tail.length];
        System.arraycopy(tail, 0, larger, 0, at);
        larger[at] = slot;
        System.arraycopy(tail, at, larger, at + 1, count - at);
        return new GrowingPostings(bitmap, larger, count + 1, true);
    }

    /** As {@link #add} for slots {@code from} to {@code to}; copied together if they ascend and are behind the tail. */
    GrowingPostings addAll(int[] slots, int from, int to) {
        int added = to - from;
        if (added < 2 || !ascends || count > 0 && tail[count - 1] > slots[from] || !ascend(slots, from, to)) {
            GrowingPostings list = this;
            for (int i = from; i < to; i++) {
                list = list.add(slots[i]);
            }
            return list;
        }
        if (added > tail.length - count) {
            int[] sorted = Arrays.copyOf(tail, count + added);
            System.arraycopy(slots, from, sorted, count, added);
            return withRoom(sorted, count + added);
        }
        System.arraycopy(slots, from, tail, count, added);
        COUNT.setRelease(this, count + added);
        return this;
    }

    private static boolean ascend(int[] slots, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            if (slots[i - 1] >= slots[i]) {
                return false;
            }
        }
        return true;
    }

    private GrowingPostings withRoom() {
        return withRoom(ascends ? tail : sortedTail(count), count);
    }

    /** The list with another tail, and room behind it. */
    private GrowingPostings withRoom(int[] sorted, int sortedCount) {
        if (bitmap != null && sortedCount == 0) {
            return withEmptyTail(bitmap);
        }
        boolean pours = bitmap != null
                || sortedCount >= PostingList.BITMAP_CARDINALITY_MIN && PostingList.bitmapPays(sorted, sortedCount);
        if (pours) {
            return poured(sorted, sortedCount);
        }
        int capacity = Math.max(TAIL_MIN, sortedCount + (sortedCount >> 1));
        return new GrowingPostings(null, Arrays.copyOf(sorted, capacity), sortedCount, true);
    }

    private GrowingPostings poured(int[] sorted, int sortedCount) {
        RoaringBitmap added = new RoaringBitmap();
        added.addN(sorted, 0, sortedCount);
        added.runOptimize();
        RoaringBitmap all = bitmap == null ? added : RoaringBitmap.or(bitmap, added);
        all.runOptimize();
        return withEmptyTail(all);
    }

    private static GrowingPostings withEmptyTail(RoaringBitmap bitmap) {
        int capacityMax = Math.max(TAIL_OVER_SMALL_BITMAP_MAX, bitmap.getSizeInBytes() / 8);
        int capacity = Math.max(TAIL_MIN, Math.min(bitmap.getCardinality() / 2, capacityMax));
        return new GrowingPostings(bitmap, new int[capacity], 0, true);
    }

    /** The list without some slots, this one if it has none of them. */
    GrowingPostings minus(PostingList slots) {
        PostingList present = snapshot();
        return present.hasAnyOf(slots) ? of(present.minus(slots).compact()) : this;
    }

    boolean isEmpty() {
        return count == 0 && (bitmap == null || bitmap.isEmpty());
    }
}
