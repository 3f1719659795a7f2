package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.internal.block.Intervals;
import dev.cairndb.tsdb.internal.query.ChunkList;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import org.jspecify.annotations.Nullable;

/**
 * Rows of the head, in label order, that have chunks in a range of time, of which not all is deleted. Used under an
 * epoch pin.
 */
final class HeadSeriesSource implements SeriesSource {
    private final HeadState state;
    private final SlotOrder slots;
    private final long toMillis;
    private final ByteWriter labels = new ByteWriter(256);
    private @Nullable RowSnapshot inOrder;
    private long inOrderFromMillis;
    private @Nullable RowSnapshot late;
    private long lateFromMillis;
    /** Of the present row. */
    private Intervals deleted = Intervals.NONE;

    HeadSeriesSource(HeadState state, SlotOrder slots, long toMillis) {
        this.state = state;
        this.slots = slots;
        this.toMillis = toMillis;
    }

    /** Has chunks of samples in order read from a time on. */
    HeadSeriesSource withInOrder(long fromMillis) {
        inOrder = new RowSnapshot(state);
        inOrderFromMillis = fromMillis;
        return this;
    }

    /** Has late chunks read from a time on, those behind a reference up to another: see {@link RowSnapshot#limit}. */
    HeadSeriesSource withLate(long fromMillis, long afterReference, long upToReference) {
        LateRows rows = state.late;
        if (rows != null) {
            RowSnapshot snapshot = new RowSnapshot(state, rows);
            snapshot.limit(afterReference, upToReference);
            late = snapshot;
            lateFromMillis = fromMillis;
        }
        return this;
    }

    @Override
    public boolean next() {
        boolean found = advance();
        if (found) {
            labels.clear();
            state.registry.packLabels(slot(), labels);
        }
        return found;
    }

    /** As {@link #next}, for those who do not need the labels. */
    boolean advance() {
        while (slots.next()) {
            int slot = slots.slot();
            deleted = state.tombstones.of(slot);
            boolean found =
                    inOrder != null && inOrder.take(slot, inOrderFromMillis, toMillis) && !inOrder.isCoveredBy(deleted);
            if (late != null) {
                found |= takeLate(late, slot) && !late.isCoveredBy(deleted);
            }
            if (found) {
                return true;
            }
        }
        return false;
    }

    /** How many of the rows, of all that there are, were looked at. */
    double partSeen() {
        return slots.partGiven();
    }

    /** That of the present series. */
    int slot() {
        return slots.slot();
    }

    private boolean takeLate(RowSnapshot snapshot, int slot) {
        int row = state.rows.page(slot).lateSlot(slot);
        if (row == LateRows.NONE) {
            snapshot.clear();
            return false;
        }
        return snapshot.take(row, lateFromMillis, toMillis);
    }

    @Override
    public byte[] labels() {
        return labels.array();
    }

    @Override
    public int labelsLength() {
        return labels.size();
    }

    /** Those in order come first: of two that start at the same time, they win. */
    @Override
    public void addChunks(ChunkList target) {
        if (inOrder != null) {
            inOrder.addTo(target, deleted);
        }
        if (late != null) {
            late.addTo(target, deleted);
        }
    }
}
