package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a query reads: the blocks, the head from a time on, and late samples from a place on. Replaced as a whole when a
 * block is cut or deleted, so that each sample is in one of them and not in both.
 *
 * @param blocks ascending by start
 * @param headFromMillis the head's samples in order before this are in blocks
 * @param lateAfterReference late chunks of chunks_head up to this one are in blocks
 */
record StoreView(List<Block> blocks, long headFromMillis, long lateAfterReference) {
    private static final Comparator<Block> BY_START =
            Comparator.comparingLong(block -> block.meta().minTimestampMillis());

    StoreView {
        blocks = List.copyOf(blocks);
    }

    /** The end of the newest block of samples in order, as {@link BlockDirectory#inOrderMaxTimestampMillis}. */
    long inOrderEndMillis() {
        return BlockDirectory.inOrderEndMillis(blocks);
    }

    StoreView withBlocks(List<Block> newBlocks) {
        return new StoreView(newBlocks, headFromMillis, lateAfterReference);
    }

    StoreView withHeadFrom(long millis) {
        return new StoreView(blocks, millis, lateAfterReference);
    }

    StoreView withLateAfter(long headChunkReference) {
        return new StoreView(blocks, headFromMillis, headChunkReference);
    }

    /** With more blocks; those that start at the same time stay in the order they came. */
    StoreView withAdded(List<Block> added) {
        List<Block> all = new ArrayList<>(blocks);
        all.addAll(added);
        all.sort(BY_START);
        return withBlocks(all);
    }
}
