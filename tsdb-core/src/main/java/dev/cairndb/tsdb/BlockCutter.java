package dev.cairndb.tsdb;

import dev.cairndb.index.PostingList;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.NumberedSeries;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts blocks from the head at multiples of the block range. Appends and queries go on: samples of the range are
 * refused first, then the block is written from what queries see, and the view is replaced once the block is durable.
 */
final class BlockCutter {
    private final Store store;
    private final Head head;
    private final HeadBlockWriter writer;
    private final StoreTruncation truncation;
    private final long rangeMillis;
    /** On disk, but not in the view. */
    private @Nullable Cut written;

    /** A range that was cut; no block if it had no samples. */
    private record Cut(@Nullable BlockMeta meta, long endMillis) {}

    BlockCutter(Store store, HeadBlockWriter writer, StoreTruncation truncation) {
        this.store = store;
        this.truncation = truncation;
        this.writer = writer;
        head = store.head();
        rangeMillis = store.options().blockRange().toMillis();
    }

    /**
     * Cuts while the head spans more than one and a half ranges, as Prometheus does. Returns whether a block was cut.
     */
    boolean cutDue() throws IOException {
        boolean cut = false;
        for (long first = firstMillis(); isDue(first); first = firstMillis()) {
            cut |= cutNext(first);
        }
        return cut;
    }

    private boolean isDue(long firstMillis) {
        long newest = head.maxMillis();
        // The difference of far apart times overflows to below zero.
        return firstMillis <= newest && (newest - firstMillis > rangeMillis / 2 * 3 || newest - firstMillis < 0);
    }

    /** Shows a block that was written before and could not be opened then. */
    void finish() throws IOException {
        Cut cut = written;
        if (cut != null) {
            boolean unused = show(cut);
        }
    }

    /** Cuts all ranges that end at or before a time. */
    boolean cutUpTo(long endMillis) throws IOException {
        boolean cut = false;
        for (long first = firstMillis();
                first < endMillis && head.rangeEnd(first) <= endMillis;
                first = firstMillis()) {
            cut |= cutNext(first);
        }
        return cut;
    }

    /** The last multiple of the range that is not after the newest sample. */
    long lastBoundary() {
        long newest = head.maxMillis();
        return newest == Long.MIN_VALUE ? Long.MIN_VALUE : Math.floorDiv(newest, rangeMillis) * rangeMillis;
    }

    /** The oldest timestamp that is in no block; {@code Long.MAX_VALUE} if there is none. */
    private long firstMillis() {
        return head.firstMillisSince(store.view().headFromMillis());
    }

    private boolean cutNext(long from) throws IOException {
        Cut cut = written;
        if (cut == null) {
            long to = head.rangeEnd(from);
            head.raiseFloor(to);
            cut = new Cut(write(from, to), to);
            // If the block cannot be opened now, it is not written a second time.
            written = cut;
        }
        return show(cut);
    }

    private boolean show(Cut cut) throws IOException {
        List<Block> added = writer.open(cut.meta == null ? List.of() : List.of(cut.meta.ulid()));
        written = null;
        store.publish(store.view().withAdded(added).withHeadFrom(cut.endMillis));
        truncation.allow(cut.endMillis);
        writer.announce(added);
        return !added.isEmpty();
    }

    private @Nullable BlockMeta write(long from, long to) throws IOException {
        Epochs.Epoch epoch = store.epochs().pin();
        try {
            PostingList slots = head.labelIndex().all();
            NumberedSeries series = head.selectInOrder(slots, from, to - 1);
            return writer.write(series, from, to, BlockMeta.Compaction::firstLevel);
        } finally {
            store.epochs().unpin(epoch);
        }
    }
}
