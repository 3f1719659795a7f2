package dev.cairndb.tsdb;

import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.head.NumberedSeries;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes samples of the head that lie in a range of time as a block, and lets queries have it. Maintenance only. */
final class HeadBlockWriter {
    private final SeriesBlockWriter writer;
    private final BlockDirectory blocks;
    private final TsdbListener listener;
    private final LongAdder blocksCut = new LongAdder();

    HeadBlockWriter(TsdbBuilder builder, BlockDirectory blocks) {
        this.blocks = blocks;
        listener = builder.listener;
        writer = new SeriesBlockWriter(builder.storage, builder.directory, builder.clock);
    }

    /** As {@link SeriesBlockWriter#write}. */
    @Nullable
    BlockMeta write(NumberedSeries series, long from, long to, Function<Ulid, BlockMeta.Compaction> origin)
            throws IOException {
        return writer.write(series, from, to, origin);
    }

    /** Opens blocks that were written, for the next view. */
    List<Block> open(List<Ulid> written) throws IOException {
        return written.isEmpty() ? List.of() : blocks.add(written);
    }

    /** Counts and announces blocks that the view shows now. */
    void announce(List<Block> shown) {
        blocksCut.add(shown.size());
        for (Block block : shown) {
            listener.blockCut(BlockHousekeeping.infoOf(block));
        }
    }

    long blocksCut() {
        return blocksCut.sum();
    }
}
