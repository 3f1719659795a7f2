package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.NumberedSeries;
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
    private final ToldWork work;
    private final long oldestMillis;
    private final long newestMillis;

    /** @param inOrder says of a block that has samples in order how it came about */
    private HeadBlocks(Head head, StoreView view, Function<Ulid, BlockMeta.Compaction> inOrder, ToldWork work) {
        this.head = head;
        this.view = view;
        this.inOrder = inOrder;
        this.work = work;
        oldestMillis = firstMillisSince(Long.MIN_VALUE);
        newestMillis = Math.max(head.maxMillis(), head.lateMaxMillis(view.lateAfterReference()));
    }

    /**
     * All samples that were appended before and that a view says are in no block. The newest block ends behind its
     * newest sample, not at the end of its range: whoever opens it takes what comes behind.
     *
     * @param view read under an epoch pin that is held until this returns
     * @param stop asked before every block
     * @param work is of one step, the whole
     * @throws CancellationException if it was stopped
     */
    static List<BlockMeta> write(
            Head head, StoreView view, SeriesBlockWriter writer, BooleanSupplier stop, ToldWork work)
            throws IOException {
        return new HeadBlocks(head, view, BlockMeta.Compaction::firstLevel, work).write(writer, stop);
    }

    /**
     * All samples of a store that has no blocks, in blocks that say of no head how far it was written.
     *
     * @param work is of one step, the whole
     */
    static List<BlockMeta> writeLate(Store store, SeriesBlockWriter writer, ToldWork work) throws IOException {
        Epochs.Epoch epoch = store.epochs().pin();
        try {
            return new HeadBlocks(store.head(), store.view(), BlockMeta.Compaction::late, work)
                    .write(writer, () -> false);
        } finally {
            store.epochs().unpin(epoch);
        }
    }

    private List<BlockMeta> write(SeriesBlockWriter writer, BooleanSupplier stop) throws IOException {
        List<BlockMeta> written = new ArrayList<>();
        long rangeMillis = head.settings().chunkRangeMillis();
        long first = oldestMillis;
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
        work.end();
        return written;
    }

    private @Nullable BlockMeta write(SeriesBlockWriter writer, long first, long start, long end) throws IOException {
        long inOrderFrom = view.headFromMillis();
        // Without late samples it need not overlap the block before.
        long from = first < inOrderFrom ? start : Math.max(start, inOrderFrom);
        double before = partBefore(first);
        double part = partBefore(end) - before;
        NumberedSeries series = head.selectAll(inOrderFrom, from, end - 1, view.lateAfterReference());
        return writer.write(
                series.telling(done -> work.reach(before + done * part)),
                from,
                end,
                end <= inOrderFrom ? BlockMeta.Compaction::late : inOrder);
    }

    /** How much of all time that has samples is before one: from 0 to 1, unlike the difference, which may be too large. */
    private double partBefore(long millis) {
        return ((double) millis - oldestMillis) / ((double) newestMillis + 1 - oldestMillis);
    }

    /** The oldest time, not before another, that may have samples; {@code Long.MAX_VALUE} if there is none. */
    private long firstMillisSince(long millis) {
        long inOrder = head.firstMillisSince(Math.max(millis, view.headFromMillis()));
        return Math.min(inOrder, head.lateFirstMillisSince(millis, view.lateAfterReference()));
    }
}
