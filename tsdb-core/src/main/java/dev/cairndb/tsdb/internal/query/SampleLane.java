package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.tsdb.internal.block.Intervals;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Chunks of a {@link ChunkList} that do not overlap each other, one after the other. Reused. */
final class SampleLane {
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();
    private int[] indices = new int[8];
    private int size;
    private int at;
    private long endMillis;
    private @Nullable SampleCursor cursor;
    private @Nullable Intervals deleted;

    void clear() {
        size = 0;
        at = 0;
        cursor = null;
        deleted = null;
    }

    /** Whether a chunk that starts here would not overlap the lane's last one. */
    boolean takes(long minMillis) {
        return size == 0 || minMillis > endMillis;
    }

    void add(int index, long maxMillis) {
        if (size == indices.length) {
            indices = Arrays.copyOf(indices, size * 2);
        }
        indices[size++] = index;
        endMillis = maxMillis;
    }

    boolean next(ChunkList list) throws IOException {
        while (true) {
            SampleCursor current = cursor;
            if (current == null) {
                current = openNext(list, Long.MIN_VALUE);
                if (current == null) {
                    return false;
                }
            }
            while (current.next()) {
                if (deleted == null || !deleted.contains(current.timestampMillis())) {
                    return true;
                }
            }
            cursor = null;
        }
    }

    /** Moves to the first sample at or after a time; stays if the present one is. */
    boolean seek(ChunkList list, long timestampMillis) throws IOException {
        while (true) {
            SampleCursor current = cursor;
            if (current == null) {
                current = openNext(list, timestampMillis);
                if (current == null) {
                    return false;
                }
            }
            boolean found = current.seek(timestampMillis);
            while (found && deleted != null && deleted.contains(current.timestampMillis())) {
                found = current.next();
            }
            if (found) {
                return true;
            }
            cursor = null;
        }
    }

    /** Opens the next chunk that ends at or after a time, without loading those before it. */
    private @Nullable SampleCursor openNext(ChunkList list, long timestampMillis) throws IOException {
        while (at < size) {
            int index = indices[at++];
            if (list.maxMillis(index) >= timestampMillis) {
                list.load(index, chunk);
                deleted = list.deleted(index);
                SampleCursor opened = cursors.open(chunk);
                cursor = opened;
                return opened;
            }
        }
        return null;
    }

    /** Whether the chunk of the present sample is earlier in the list than the other's. */
    boolean isBefore(SampleLane other) {
        return indices[at - 1] < other.indices[other.at - 1];
    }

    /** The source of the present sample. */
    ChunkLoader loader(ChunkList list) {
        return list.loader(indices[at - 1]);
    }

    /** The cursor at the present sample. */
    SampleCursor current() {
        SampleCursor current = cursor;
        if (current == null) {
            throw new IllegalStateException("the cursor is not at a sample");
        }
        return current;
    }
}
