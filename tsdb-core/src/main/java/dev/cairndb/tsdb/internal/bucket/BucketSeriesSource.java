package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.ChunkList;
import dev.cairndb.tsdb.internal.query.ChunkLoader;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Series of a block in a bucket that have chunks in a range of time. Entries of the index are read in batches; chunks,
 * once the first of a batch is asked for, ahead of the walk in windows that grow. Not thread-safe.
 */
final class BucketSeriesSource implements SeriesSource, ChunkLoader {
    private static final int BATCH_LEAST = 64;
    private static final int BATCH_MAX = 4096;
    /** Where the block does not say how large they are at the most. */
    private static final int ENTRY_BYTES_USUAL = 512;

    private static final int ENTRY_BYTES_MAX = 64 << 10;
    private static final int CHUNK_BYTES_USUAL = 1024;
    private static final int CHUNK_BYTES_MAX = 16_000;
    private static final int WINDOW_CHUNKS_LEAST = 256;
    private static final int WINDOW_CHUNKS_MAX = 16 << 10;

    private final BucketBlock.Opened block;
    private final PostingCursor series = new PostingCursor();
    private final SeriesEntry entry = new SeriesEntry();
    private final long fromMillis;
    private final long toMillis;
    private final @Nullable Aggregate aggregate;
    private final QueryBudget budget;
    private final int entryBytes;
    private final int chunkBytes;
    private final CounterChunks counter = new CounterChunks();

    private int batchMax = BATCH_LEAST;
    private final ByteWriter labels = new ByteWriter(1024);
    /** For each series of the batch, and one more, where its labels and chunks begin. */
    private int[] labelsStart = new int[BATCH_LEAST + 1];

    private int[] chunksStart = new int[BATCH_LEAST + 1];
    private int batchSize;
    private int at = -1;
    private byte[] present = new byte[256];
    private int presentLength;

    private long[] minMillis = new long[256];
    private long[] maxMillis = new long[256];
    private long[] references = new long[256];
    private int windowChunks = WINDOW_CHUNKS_LEAST;
    /** Chunks of the batch up to this one were read ahead. */
    private int fetchedTo;

    BucketSeriesSource(
            BucketBlock.Opened block,
            ThanosMeta meta,
            PostingList selected,
            long fromMillis,
            long toMillis,
            @Nullable Aggregate aggregate,
            QueryBudget budget) {
        this.block = block;
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.aggregate = aggregate;
        this.budget = budget;
        entryBytes = expected(meta.seriesSizeBytesMax(), ENTRY_BYTES_USUAL, ENTRY_BYTES_MAX);
        chunkBytes = expected(meta.chunkSizeBytesMax(), CHUNK_BYTES_USUAL, CHUNK_BYTES_MAX);
        PostingCursor unused = series.reset(selected);
    }

    private static int expected(long known, int usual, int max) {
        return known <= 0 ? usual : (int) Math.min(known, max);
    }

    @Override
    public boolean next() throws IOException {
        at++;
        while (at >= batchSize) {
            if (!readBatch()) {
                return false;
            }
        }
        presentLength = labelsStart[at + 1] - labelsStart[at];
        if (presentLength > present.length) {
            present = new byte[Math.max(presentLength, 2 * present.length)];
        }
        System.arraycopy(labels.array(), labelsStart[at], present, 0, presentLength);
        return true;
    }

    private boolean readBatch() throws IOException {
        budget.check();
        long[] starts = new long[batchMax];
        int count = 0;
        int[] ids = new int[batchMax];
        while (count < batchMax && series.next()) {
            ids[count] = series.id();
            starts[count] = Integer.toUnsignedLong(series.id()) * Long.BYTES * 2;
            count++;
        }
        if (count == 0) {
            return false;
        }
        long[] ends = new long[count];
        for (int i = 0; i < count; i++) {
            ends[i] = starts[i] + entryBytes;
        }
        block.indexFile().prefetch(starts, ends, count);
        labels.clear();
        batchSize = 0;
        at = 0;
        fetchedTo = 0;
        if (labelsStart.length <= count) {
            labelsStart = new int[batchMax + 1];
            chunksStart = new int[batchMax + 1];
        }
        try {
            for (int i = 0; i < count; i++) {
                block.index().series(ids[i], entry);
                keepEntry();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        batchMax = Math.min(BATCH_MAX, 2 * batchMax);
        return true;
    }

    /** Takes the present entry into the batch if it has chunks in the range. */
    private void keepEntry() {
        ChunkMetas chunks = entry.chunks();
        int first = batchSize == 0 ? 0 : chunksStart[batchSize];
        int next = first;
        for (int i = 0; i < chunks.count(); i++) {
            if (chunks.minTimestampMillis(i) <= toMillis && chunks.maxTimestampMillis(i) >= fromMillis) {
                if (next == references.length) {
                    minMillis = Arrays.copyOf(minMillis, 2 * next);
                    maxMillis = Arrays.copyOf(maxMillis, 2 * next);
                    references = Arrays.copyOf(references, 2 * next);
                }
                minMillis[next] = chunks.minTimestampMillis(i);
                maxMillis[next] = chunks.maxTimestampMillis(i);
                references[next++] = chunks.ref(i);
            }
        }
        if (next == first) {
            return;
        }
        labelsStart[batchSize] = labels.size();
        chunksStart[batchSize] = first;
        labels.putBytes(entry.labels(), 0, entry.labelsLength());
        batchSize++;
        labelsStart[batchSize] = labels.size();
        chunksStart[batchSize] = next;
    }

    @Override
    public byte[] labels() {
        return present;
    }

    @Override
    public int labelsLength() {
        return presentLength;
    }

    @Override
    public void addChunks(ChunkList target) throws IOException {
        if (aggregate == Aggregate.COUNTER) {
            addCounter(target);
            return;
        }
        for (int i = chunksStart[at]; i < chunksStart[at + 1]; i++) {
            target.add(minMillis[i], maxMillis[i], this, i, null);
        }
    }

    /** What a counter had counted is known only from the first of its chunks on. */
    private void addCounter(ChunkList target) throws IOException {
        counter.clear();
        EncodedChunk chunk = new EncodedChunk();
        for (int i = chunksStart[at]; i < chunksStart[at + 1]; i++) {
            read(i, chunk);
            counter.add(chunk);
        }
        for (int i = 0; i < counter.count(); i++) {
            target.add(counter.minMillis(i), counter.maxMillis(i), counter, i, null);
        }
    }

    /** @param chunk number in the batch: not its reference, as the chunks behind it are wanted too */
    @Override
    public void load(long chunk, EncodedChunk target) throws IOException {
        read((int) chunk, target);
    }

    private void read(int chunk, EncodedChunk target) throws IOException {
        if (chunk >= fetchedTo) {
            fetchFrom(chunk);
        }
        try {
            if (aggregate == null) {
                block.chunks().read(references[chunk], 0, 0, target);
            } else {
                block.chunks().readAggregate(references[chunk], aggregate, target);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void fetchFrom(int first) throws IOException {
        budget.check();
        int end = Math.min(chunksStart[batchSize], first + windowChunks);
        windowChunks = Math.min(WINDOW_CHUNKS_MAX, 2 * windowChunks);
        long[] sorted = Arrays.copyOfRange(references, first, end);
        Arrays.sort(sorted);
        long[] starts = new long[sorted.length];
        long[] ends = new long[sorted.length];
        int i = 0;
        while (i < sorted.length) {
            long segment = sorted[i] >>> Integer.SIZE;
            int count = 0;
            while (i < sorted.length && sorted[i] >>> Integer.SIZE == segment) {
                long start = sorted[i] & 0xFFFFFFFFL;
                boolean endIsKnown = i + 1 < sorted.length
                        && sorted[i + 1] >>> Integer.SIZE == segment
                        && sorted[i + 1] - sorted[i] < CHUNK_BYTES_MAX;
                starts[count] = start;
                ends[count++] = endIsKnown ? sorted[i + 1] & 0xFFFFFFFFL : start + chunkBytes;
                i++;
            }
            if (segment < block.segments().size()) {
                RemoteFile file = block.segments().get((int) segment);
                while (count > 0 && starts[count - 1] >= file.size()) {
                    count--; // a lie, of which the reader of the chunk tells
                }
                file.prefetch(starts, ends, count);
            }
        }
        fetchedTo = end;
    }
}
