package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Copies what a store holds that is in none of its blocks: one block for each block range that has samples, late ones
 * among them. The store stays as it is, and appends and queries go on.
 */
final class HeadBlocks {
    private final Head head;
    private final StoreView view;
    private final Function<Ulid, BlockMeta.Compaction> inOrder;
    private final long newestMillis;

    /** @param inOrder says of a block that has samples in order how it came about */
    private HeadBlocks(Head head, StoreView view, Function<Ulid, BlockMeta.Compaction> inOrder) {
        this.head = head;
        this.view = view;
        this.inOrder = inOrder;
        newestMillis = Math.max(head.maxMillis(), head.lateMaxMillis(view.lateAfterReference()));
    }

    /**
     * All samples that were appended before and that a view says are in no block. The newest block ends behind its
     * newest sample, not at the end of its range: whoever opens it takes what comes behind.
     *
     * @param view read under an epoch pin that is held until this returns
     * @param stop asked before every block
     * @throws CancellationException if it was stopped
     */
    static List<BlockMeta> write(Head head, StoreView view, SeriesBlockWriter writer, BooleanSupplier stop)
            throws IOException {
        return new HeadBlocks(head, view, BlockMeta.Compaction::firstLevel).write(writer, stop);
    }

    /** All samples of a store that has no blocks, in blocks that say of no head how far it was written. */
    static List<BlockMeta> writeLate(Store store, SeriesBlockWriter writer) throws IOException {
        Epochs.Epoch epoch = store.epochs().pin();
        try {
            return new HeadBlocks(store.head(), store.view(), BlockMeta.Compaction::late).write(writer, () -> false);
        } finally {
            store.epochs().unpin(epoch);
        }
    }

    private List<BlockMeta> write(SeriesBlockWriter writer, BooleanSupplier stop) throws IOException {
        List<BlockMeta> written = new ArrayList<>();
        long rangeMillis = head.settings().chunkRangeMillis();
        long first = firstMillisSince(Long.MIN_VALUE);
        while (first <= newestMillis && first != Long.MAX_VALUE) {
            if (stop.getAsBoolean()) {
                throw new CancellationException("stopped while blocks of the head were written");
            }
            long start = Math.floorDiv(first, rangeMillis) * rangeMillis;
            long end = Math.min(start + rangeMillis, newestMillis + 1);
            BlockMeta meta = write(writer, first, start, end);
            if (meta != null) {
                written.add(meta);
            }
            first = firstMillisSince(start + rangeMillis);
        }
        return written;
    }

    private @Nullable BlockMeta write(SeriesBlockWriter writer, long first, long start, long end) throws IOException {
        long inOrderFrom = view.headFromMillis();
        // Without late samples it need not overlap the block before.
        long from = first < inOrderFrom ? start : Math.max(start, inOrderFrom);
        return writer.write(
                head.selectAll(inOrderFrom, from, end - 1, view.lateAfterReference()),
                from,
                end,
                end <= inOrderFrom ? BlockMeta.Compaction::late : inOrder);
    }

    /** The oldest time, not before another, that may have samples; {@code Long.MAX_VALUE} if there is none. */
    private long firstMillisSince(long millis) {
        long inOrder = head.firstMillisSince(Math.max(millis, view.headFromMillis()));
        return Math.min(inOrder, head.lateFirstMillisSince(millis, view.lateAfterReference()));
    }
}
