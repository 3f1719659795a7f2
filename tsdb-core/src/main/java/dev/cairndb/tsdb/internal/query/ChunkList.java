package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.tsdb.internal.block.Intervals;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of one series from all sources, ordered by their start; equal starts stay in the order they were added.
 * The bytes are loaded on demand. Reused for series after series; not thread-safe.
 */
public final class ChunkList {
    private long[] minMillis = new long[16];
    private long[] maxMillis = new long[16];
    private @Nullable ChunkLoader[] loaders = new ChunkLoader[16];
    private long[] references = new long[16];
    private @Nullable Intervals[] deleted = new Intervals[16];
    private final @Nullable QueryBudget budget;
    private int size;

    /** A list whose chunks no query pays for. */
    public ChunkList() {
        this(null);
    }

    /** @param budget pays for each chunk before it is looked at */
    public ChunkList(@Nullable QueryBudget budget) {
        this.budget = budget;
    }

    public void clear() {
        Arrays.fill(loaders, 0, size, null);
        Arrays.fill(deleted, 0, size, null);
        size = 0;
    }

    public void add(long min, long max, ChunkLoader loader, long reference, @Nullable Intervals deletedIntervals) {
        if (deletedIntervals != null && deletedIntervals.covers(min, max)) {
            return;
        }
        if (size == references.length) {
            grow();
        }
        int at = size++;
        while (at > 0 && minMillis[at - 1] > min) {
            move(at - 1, at);
            at--;
        }
        minMillis[at] = min;
        maxMillis[at] = max;
        loaders[at] = loader;
        references[at] = reference;
        deleted[at] = deletedIntervals != null && deletedIntervals.overlaps(min, max) ? deletedIntervals : null;
    }

    /** Appends a chunk of another list, which does not start before those that are here. */
    void addFrom(ChunkList other, int index) {
        add(
                other.minMillis[index],
                other.maxMillis[index],
                other.loader(index),
                other.references[index],
                other.deleted[index]);
    }

    private void grow() {
        int larger = size * 2;
        minMillis = Arrays.copyOf(minMillis, larger);
        maxMillis = Arrays.copyOf(maxMillis, larger);
        loaders = Arrays.copyOf(loaders, larger);
        references = Arrays.copyOf(references, larger);
        deleted = Arrays.copyOf(deleted, larger);
    }

    private void move(int from, int to) {
        minMillis[to] = minMillis[from];
        maxMillis[to] = maxMillis[from];
        loaders[to] = loaders[from];
        references[to] = references[from];
        deleted[to] = deleted[from];
    }

    public int size() {
        return size;
    }

    public long minMillis(int index) {
        return minMillis[index];
    }

    public long maxMillis(int index) {
        return maxMillis[index];
    }

    /** What is deleted inside the chunk, or null. */
    public @Nullable Intervals deleted(int index) {
        return deleted[index];
    }

    /** The source a chunk comes from. */
    ChunkLoader loader(int index) {
        ChunkLoader loader = loaders[index];
        if (loader == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return loader;
    }

    /** Whether all chunks come from one source. */
    boolean hasOneLoader() {
        for (int i = 1; i < size; i++) {
            if (loaders[i] != loaders[0]) {
                return false;
            }
        }
        return true;
    }

    public void load(int index, EncodedChunk target) throws IOException {
        loader(index).load(references[index], target);
        if (budget != null) {
            budget.takeChunk(target.length());
        }
        target.timeRange(minMillis[index], maxMillis[index]);
    }
}
