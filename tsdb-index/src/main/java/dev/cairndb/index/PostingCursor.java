package dev.cairndb.index;

import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Walks the ids of a {@link PostingList} in ascending unsigned order: {@code while (cursor.next()) use(cursor.id())}.
 * One cursor can serve many lists one after the other through {@link #reset}.
 *
 * <p>Not thread-safe. It keeps the list it is on alive, nothing else.
 */
public final class PostingCursor {
    private static final int BATCH = 256;
    private static final int[] NONE = new int[0];

    // What is walked now: some ids of both parts of the list, in order.
    private int[] batch = NONE;
    private int at = -1;
    private int end;

    // What comes later.
    private @Nullable BatchIterator batches;
    private int[] ids = NONE;
    private int idsAt;
    private int idsEnd;

    private int[] ofBitmap = NONE;
    private int[] merged = NONE;

    /** A cursor on no list: {@link #next} is false until {@link #reset}. */
    public PostingCursor() {}

    /** Goes before the first id of a list and returns this cursor. */
    public PostingCursor reset(PostingList list) {
        RoaringBitmap bitmap = list.bitmapPart();
        batches = bitmap == null ? null : bitmap.getBatchIterator();
        if (bitmap != null && ofBitmap.length == 0) {
            ofBitmap = new int[BATCH];
        }
        ids = list.arrayPart();
        idsAt = 0;
        idsEnd = list.arrayPartCount();
        batch = NONE;
        at = -1;
        end = 0;
        return this;
    }

    /** Moves to the next id; false when there is none, and then on every later call. */
    public boolean next() {
        return ++at < end || refill();
    }

    /**
     * Moves to the first id that is not less than {@code target}, never backwards: a cursor that is there already
     * stays. False when there is none.
     */
    public boolean seek(int target) {
        if (at >= 0 && at < end && Integer.compareUnsigned(batch[at], target) >= 0) {
            return true;
        }
        if (end > 0 && at < end && Integer.compareUnsigned(batch[end - 1], target) >= 0) {
            at = SortedIds.gallop(batch, Math.max(at, 0), end, target);
            return true;
        }
        idsAt = SortedIds.gallop(ids, idsAt, idsEnd, target);
        if (batches != null && batches.hasNext()) {
            batches.advanceIfNeeded(target);
        }
        return refill();
    }

    /** The id the last successful {@link #next} or {@link #seek} moved to. */
    public int id() {
        if (Integer.compareUnsigned(at, end) >= 0) {
            throw new IllegalStateException("the cursor is on no id");
        }
        return batch[at];
    }

    /** Moves to the first id of the next batch; false if there is none. Not to be mixed with the other moves. */
    boolean nextBatch() {
        return refill();
    }

    /** Gives what is left of the batch the cursor is in. */
    void forEachOfBatch(IntConsumer action) {
        int[] present = batch;
        for (int i = at, last = end; i < last; i++) {
            action.accept(present[i]);
        }
    }

    /** Goes to the first id of another batch. */
    private boolean refill() {
        int count = batches != null && batches.hasNext() ? batches.nextBatch(ofBitmap) : 0;
        if (count == 0) {
            // An array needs no copying.
            batch = ids;
            at = idsAt < idsEnd ? idsAt : -1;
            end = idsAt < idsEnd ? idsEnd : 0;
            idsAt = idsEnd;
            return at >= 0;
        }
        boolean mixed = idsAt < idsEnd && Integer.compareUnsigned(ids[idsAt], ofBitmap[count - 1]) < 0;
        batch = ofBitmap;
        end = count;
        if (mixed) {
            merge(count);
        }
        at = 0;
        return true;
    }

    /** Puts the ids of the array that come before the last one of the bitmap's between them. */
    private void merge(int count) {
        int to = SortedIds.gallop(ids, idsAt, idsEnd, ofBitmap[count - 1]);
        end = count + to - idsAt;
        if (merged.length < end) {
            merged = new int[Math.max(end, 2 * BATCH)];
        }
        int atBitmap = 0;
        for (int i = 0; i < end; i++) {
            boolean fromArray = idsAt < to && Integer.compareUnsigned(ids[idsAt], ofBitmap[atBitmap]) < 0;
            merged[i] = fromArray ? ids[idsAt++] : ofBitmap[atBitmap++];
        }
        batch = merged;
    }
}
