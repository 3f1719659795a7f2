package dev.cairndb.tsdb;

import dev.cairndb.index.PostingList;
import dev.cairndb.io.Clock;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.NumberedSeries;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Cuts blocks from late samples, one for each range of the block length that has some, by a clock of its own: late
 * samples wait for no block of samples in order, and those not for them. The late log begins a segment, then all late
 * chunks are moved to chunks_head. What is there then, up to the newest chunk, goes into blocks, and with that
 * everything in the segments before; what comes meanwhile is behind it, and waits for the next cut.
 */
final class LateBlockCutter {
    /** A late log of more segments than this is cut before its time. */
    private static final int SEGMENTS_MAX = 8;

    private final Store store;
    private final Head head;
    private final WriteAheadLog lateLog;
    private final Clock clock;
    private final HeadBlockWriter writer;
    private final StoreTruncation truncation;
    private final long rangeMillis;
    private final long logBytesMax;
    /** Since when there are late samples that are in no block, by the monotonic clock. */
    private @Nullable Long sinceNanos;

    private @Nullable Cut unfinished;

    /** A cut under way: if it fails, the next one goes on with it, so that no block is written twice. */
    private static final class Cut {
        final long upToReference;
        /** What the late log has in lower segments is in chunks up to the reference. */
        final int firstSegmentKept;

        final List<Ulid> written = new ArrayList<>();
        /** Everything before is written. */
        long nextMillis = Long.MIN_VALUE;

        Cut(long upToReference, int firstSegmentKept) {
            this.upToReference = upToReference;
            this.firstSegmentKept = firstSegmentKept;
        }
    }

    LateBlockCutter(Store store, Clock clock, HeadBlockWriter writer, StoreTruncation truncation) {
        this.store = store;
        this.writer = writer;
        this.truncation = truncation;
        head = store.head();
        lateLog = store.lateLog();
        this.clock = clock;
        rangeMillis = store.options().blockRange().toMillis();
        logBytesMax = (long) SEGMENTS_MAX * store.options().walSegmentBytesMax();
    }

    /**
     * Cuts if late samples have waited for a block range, or their log has grown too large. Returns whether blocks
     * came.
     */
    boolean cutDue() throws IOException {
        return isDue() && cutAll();
    }

    private boolean isDue() {
        if (!head.hasLate(store.view().lateAfterReference())) {
            sinceNanos = null;
            return false;
        }
        long now = clock.monotonicNanos();
        Long since = sinceNanos;
        if (since == null) {
            sinceNanos = now;
            since = now;
        }
        // A log that was cut and cannot be truncated yet gets no shorter by another cut.
        boolean large = lateLog.sizeBytes() > logBytesMax && !truncation.waitsForLate();
        return large || TimeUnit.NANOSECONDS.toMillis(now - since) >= rangeMillis;
    }

    /** Goes on with a cut that failed: blocks of it may be written already. */
    void finish() throws IOException {
        if (unfinished != null) {
            boolean unused = cutAll();
        }
    }

    /** Cuts all late samples there are. Returns whether blocks came. */
    boolean cutAll() throws IOException {
        long after = store.view().lateAfterReference();
        Cut cut = unfinished;
        if (cut == null) {
            if (!head.hasLate(after)) {
                return false;
            }
            cut = begin();
            if (cut.upToReference <= after) {
                return false;
            }
            unfinished = cut;
        }
        long newest = head.lateMaxMillis(after);
        for (long first = head.lateFirstMillisSince(cut.nextMillis, after);
                first <= newest;
                first = head.lateFirstMillisSince(cut.nextMillis, after)) {
            long start = Math.floorDiv(first, rangeMillis) * rangeMillis;
            cutRange(start, after, cut);
            cut.nextMillis = start + rangeMillis;
        }
        List<Block> added = writer.open(cut.written);
        unfinished = null;
        sinceNanos = null;
        store.publish(store.view().withAdded(added).withLateAfter(cut.upToReference));
        truncation.allowLate(cut.upToReference, cut.firstSegmentKept);
        writer.announce(added);
        return !added.isEmpty();
    }

    private Cut begin() throws IOException {
        // A log that is written anew during a cut would have what was cut in segments that are kept.
        truncation.renewLateLog();
        int firstSegmentKept = lateLog.cutSegment();
        return new Cut(head.closeAndMapLate(), firstSegmentKept);
    }

    private void cutRange(long start, long after, Cut cut) throws IOException {
        long last = start + rangeMillis - 1;
        Epochs.Epoch epoch = store.epochs().pin();
        try {
            PostingList slots = head.lateSeries(start, last, after, cut.upToReference);
            if (slots.isEmpty()) {
                return;
            }
            NumberedSeries series = head.selectLate(slots, start, last, after, cut.upToReference);
            BlockMeta meta = writer.write(series, start, last + 1, BlockMeta.Compaction::late);
            if (meta != null) {
                cut.written.add(meta.ulid());
            }
        } finally {
            store.epochs().unpin(epoch);
        }
    }
}
