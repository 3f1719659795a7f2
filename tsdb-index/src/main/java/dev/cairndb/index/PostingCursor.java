package dev.cairndb.index;

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

    // What comes out of the bitmap, a batch at a time; or the array, if there is no bitmap.
    private @Nullable BatchIterator batches;
    private int[] ofBitmap = NONE;
    private int[] batch = NONE;
    private int batchAt;
    private int batchEnd;
    /** Where in the batch the next id of the array comes first. */
    private int batchTurn;

    // What comes out of the array beside a bitmap.
    private int[] ids = NONE;
    private int idsAt;
    private int idsEnd;

    private int current;
    private boolean onId;

    /** A cursor on no list: {@link #next} is false until {@link #reset}. */
    public PostingCursor() {}

    /** Goes before the first id of a list and returns this cursor. */
    public PostingCursor reset(PostingList list) {
        RoaringBitmap bitmap = list.bitmapPart();
        batchAt = 0;
        batchTurn = 0;
        idsAt = 0;
        onId = false;
        if (bitmap == null) {
            // An array alone is a batch, the only one: that is the short way through next().
            batches = null;
            batch = list.arrayPart();
            batchEnd = list.arrayPartCount();
            ids = NONE;
            idsEnd = 0;
            return this;
        }
        batches = bitmap.getBatchIterator();
        if (ofBitmap.length == 0) {
            ofBitmap = new int[BATCH];
        }
        batch = ofBitmap;
        batchEnd = 0;
        ids = list.arrayPart();
        idsEnd = list.arrayPartCount();
        return this;
    }

    /** Moves to the next id; false when there is none, and then on every later call. */
    public boolean next() {
        if (batchAt < batchTurn) {
            current = batch[batchAt++];
            return true;
        }
        return nextOfBoth();
    }

    private boolean nextOfBoth() {
        boolean inBatch = batchAt < batchEnd || refill();
        onId = inBatch || idsAt < idsEnd;
        batchTurn = idsAt == idsEnd ? batchEnd : SortedIds.gallop(batch, batchAt, batchEnd, ids[idsAt]);
        if (batchAt < batchTurn) {
            current = batch[batchAt++];
        } else if (onId) {
            current = ids[idsAt++];
            batchTurn = batchAt;
        }
        return onId;
    }

    /**
     * Moves to the first id that is not less than {@code target}, never backwards: a cursor that is there already
     * stays. False when there is none.
     */
    public boolean seek(int target) {
        if (onId && Integer.compareUnsigned(current, target) >= 0) {
            return true;
        }
        idsAt = SortedIds.gallop(ids, idsAt, idsEnd, target);
        if (batchAt < batchEnd && Integer.compareUnsigned(batch[batchEnd - 1], target) >= 0) {
            batchAt = SortedIds.gallop(batch, batchAt, batchEnd, target);
        } else {
            batchAt = batchEnd;
            if (batches != null && batches.hasNext()) {
                batches.advanceIfNeeded(target);
            }
        }
        return nextOfBoth();
    }

    /** The id the last successful {@link #next} or {@link #seek} moved to. */
    public int id() {
        if (!onId) {
            throw new IllegalStateException("the cursor is on no id");
        }
        return current;
    }

    private boolean refill() {
        if (batches == null || !batches.hasNext()) {
            return false;
        }
        batchAt = 0;
        batchEnd = batches.nextBatch(batch);
        return batchEnd > 0;
    }
}
