package dev.cairndb.tsdb;

import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.Selections;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.head.Epochs;
import java.io.IOException;
import java.util.List;

/**
 * Deletes samples: in the head first, so that what is cut meanwhile is cut without them, then in the blocks. Nothing is
 * written anew but the ranges deleted; samples go from the disk when blocks are cut, merged or rewritten. Maintenance
 * only.
 */
final class SampleDeletion {
    private final Store store;
    private final BlockDirectory directory;
    private final DamageLog damages;

    SampleDeletion(Store store, BlockDirectory directory, DamageLog damages) {
        this.store = store;
        this.directory = directory;
        this.damages = damages;
    }

    /**
     * Deletes in the head. Late samples are hidden at once, but the late log, which tells of no deletions, has them
     * until they are cut.
     */
    void runInHead(TimeRange range, Matcher... matchers) throws IOException {
        Epochs.Epoch epoch = store.epochs().pin();
        try {
            PostingList selected = Selections.select(store.head().labelIndex(), matchers);
            store.head().delete(selected, range.minTimestampMillis(), range.maxTimestampMillis());
        } finally {
            store.epochs().unpin(epoch);
        }
    }

    /**
     * Deletes in blocks; one that cannot be read keeps back no other.
     *
     * @param blocks those there were before the deletion in the head: what is cut since has only samples that came
     *     meanwhile, and those are in the late log as well, which would bring them back
     */
    void runIn(List<Block> blocks, TimeRange range, Matcher... matchers) throws IOException {
        Steps.runAll(blocks.stream()
                .filter(block -> block.meta().overlaps(range.minTimestampMillis(), range.maxTimestampMillis()))
                .map(block -> (Steps.Step) () -> runIn(block, range, matchers))
                .toList());
    }

    private void runIn(Block block, TimeRange range, Matcher... matchers) throws IOException {
        try {
            Tombstones ranges = rangesIn(block, range, matchers);
            if (!ranges.isEmpty()) {
                directory.delete(block, ranges);
            }
        } catch (CorruptionException e) {
            damages.met(e);
            throw e;
        }
    }

    /** As in Prometheus (tsdb/block.go, Delete), cut to the chunks of each series. */
    private static Tombstones rangesIn(Block block, TimeRange range, Matcher... matchers) throws IOException {
        Tombstones present = block.tombstones();
        Tombstones.Builder ranges = new Tombstones.Builder();
        PostingCursor series = new PostingCursor();
        PostingCursor unused = series.reset(Selections.select(block.index(), matchers));
        SeriesEntry entry = new SeriesEntry();
        while (series.next()) {
            block.index().series(series.id(), entry);
            ChunkMetas chunks = entry.chunks();
            long first = Long.MAX_VALUE;
            long last = Long.MIN_VALUE;
            boolean hit = false;
            for (int i = 0; i < chunks.count(); i++) {
                first = Math.min(first, chunks.minTimestampMillis(i));
                last = Math.max(last, chunks.maxTimestampMillis(i));
                hit |= chunks.minTimestampMillis(i) <= range.maxTimestampMillis()
                        && chunks.maxTimestampMillis(i) >= range.minTimestampMillis();
            }
            long from = Math.max(range.minTimestampMillis(), first);
            long to = Math.min(range.maxTimestampMillis(), last);
            long ref = Integer.toUnsignedLong(series.id());
            if (hit && !present.of(ref).covers(from, to)) {
                ranges = ranges.add(ref, from, to);
            }
        }
        return ranges.build();
    }
}
