package dev.cairndb.tsdb;

import dev.cairndb.index.PostingList;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockWriter;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import dev.cairndb.tsdb.internal.block.UlidSource;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.query.ChunkList;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import dev.cairndb.tsdb.internal.query.TrimmedChunks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Cuts blocks from the head at multiples of the block range. Appends and queries go on: samples of the range are refused
 * first, then the block is written from what queries see, and the view is replaced once the block is durable.
 */
final class BlockCutter {
    private final Store store;
    private final Head head;
    private final Storage storage;
    private final Path directory;
    private final TsdbListener listener;
    private final StoreTruncation truncation;
    private final long rangeMillis;
    private final BlockDirectory blocks;
    private final UlidSource ulids;
    private final ChunkList chunks = new ChunkList();
    private final TrimmedChunks trimmed = new TrimmedChunks(chunks);
    /** On disk, but not in the view. */
    private @Nullable Cut written;

    private final LongAdder blocksCut = new LongAdder();

    /** A range that was cut; no block if it had no samples. */
    private record Cut(@Nullable BlockMeta meta, long endMillis) {}

    BlockCutter(Store store, TsdbBuilder builder, BlockDirectory blocks, StoreTruncation truncation) {
        this.store = store;
        this.blocks = blocks;
        this.truncation = truncation;
        ulids = new UlidSource(builder.clock, new SplittableRandom());
        head = store.head();
        storage = builder.storage;
        directory = builder.directory;
        listener = builder.listener;
        rangeMillis = store.options().blockRange().toMillis();
    }

    /** Cuts while the head spans more than one and a half ranges, as Prometheus does. Returns whether a block was cut. */
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
        List<Block> added = cut.meta == null ? List.of() : blocks.add(List.of(cut.meta.ulid()));
        written = null;
        List<Block> all = new ArrayList<>(store.view().blocks());
        all.addAll(added);
        store.publish(new StoreView(List.copyOf(all), cut.endMillis));
        truncation.allow(cut.endMillis);
        blocksCut.add(added.size());
        for (Block block : added) {
            listener.blockCut(BlockHousekeeping.infoOf(block));
        }
        return !added.isEmpty();
    }

    private @Nullable BlockMeta write(long from, long to) throws IOException {
        Epochs.Epoch epoch = store.epochs().pin();
        Ulid ulid = ulids.next();
        try (BlockWriter writer = BlockWriter.create(storage, directory, ulid)) {
            PostingList slots = head.labelIndex().all();
            head.forEachSymbol(slots, writer::addSymbol);
            SeriesSource series = head.select(slots, from, to - 1);
            while (series.next()) {
                chunks.clear();
                series.addChunks(chunks);
                trimmed.reset(from, to - 1);
                while (trimmed.next()) {
                    writer.addChunk(trimmed.chunk());
                }
                writer.endSeries(series.labels(), 0, series.labelsLength());
            }
            return writer.finish(from, to, BlockMeta.Compaction.firstLevel(ulid), Tombstones.NONE);
        } finally {
            chunks.clear();
            store.epochs().unpin(epoch);
        }
    }

    long blocksCut() {
        return blocksCut.sum();
    }
}
