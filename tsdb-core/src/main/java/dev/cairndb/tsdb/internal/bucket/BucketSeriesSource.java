package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.ChunkMetas;
import dev.cairndb.index.IndexReader;
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
 * Series of a block in a bucket that have chunks in a range of time. Entries of the index are read in batches, which are
 * bounded by what they take in memory; chunks, once the first of a batch is asked for, ahead of the walk in windows that
 * grow. What is read ahead is no more than the cache can keep for all that read blocks. Not thread-safe.
 */
final class BucketSeriesSource implements SeriesSource, ChunkLoader {
    private static final int BATCH_LEAST = 64;
    private static final int BATCH_MAX = 4096;
    /** A batch ends with the series that brings it to so many chunks, at 24 bytes each, */
    static final int BATCH_CHUNKS_MAX = 64 << 10;
    /** or to so many bytes of labels. */
    static final int BATCH_LABEL_BYTES_MAX = 1 << 20;
    /** However little may be read ahead. */
    private static final int READ_AHEAD_LEAST = 16;

    /** Where the block does not say how large they are at the most. */
    private static final int ENTRY_BYTES_USUAL = 512;

    private static final int ENTRY_BYTES_MAX = 64 << 10;
    private static final int CHUNK_BYTES_USUAL = 1024;
    private static final int CHUNK_BYTES_MAX = 16_000;
    private static final int WINDOW_CHUNKS_LEAST = 256;
    private static final int WINDOW_CHUNKS_MAX = 16 << 10;

    private final BucketAccess access;
    private final BucketBlock.Opened block;
    private final ReadAhead readAhead;
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
    /** Series whose entries were fetched; those from {@link #idsAt} on are not in a batch yet. */
    private int[] ids = new int[BATCH_LEAST];

    private int idsAt;
    private int idsEnd;
    /** Of those that were fetched, how many had chunks in the range. */
    private int shown;

    private boolean exhausted;

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
            BucketAccess access,
            BucketBlock.Opened block,
            ThanosMeta meta,
            PostingList selected,
            ReadAhead readAhead,
            long fromMillis,
            long toMillis,
            @Nullable Aggregate aggregate,
            QueryBudget budget) {
        this.access = access;
        this.block = block;
        this.readAhead = readAhead;
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

    /** Whether it stands where it will soon ask for entries that were not fetched. */
    boolean needsEntriesSoon() {
        return idsAt == idsEnd && !exhausted && at >= batchSize / 2;
    }

    /** Fetches the entries of the next batch if none are left. */
    void fetchEntries() throws IOException {
        budget.check();
        if (idsAt < idsEnd || exhausted) {
            return;
        }
        if (ids.length < batchMax) {
            ids = new int[batchMax];
        }
        long bytesMax = access.readAheadBytesMax();
        // One more than may be shown tells that there are too many.
        long countMax = Math.min(batchMax, entriesFor(Math.min(batchMax, budget.seriesLeft()) + 1));
        long bytes = 0;
        int count = 0;
        while (count < countMax && (bytes < bytesMax || count < READ_AHEAD_LEAST)) {
            if (!series.next()) {
                exhausted = true;
                break;
            }
            ids[count] = series.id();
            bytes += count == 0
                    ? entryBytes
                    : readBytes((ids[count] - ids[count - 1]) * (long) IndexReader.SERIES_REF_BYTES);
            count++;
        }
        batchMax = Math.min(BATCH_MAX, 2 * batchMax);
        idsAt = 0;
        idsEnd = count;
        shown = 0;
        long[] starts = new long[count];
        long[] ends = new long[count];
        for (int i = 0; i < count; i++) {
            starts[i] = Integer.toUnsignedLong(ids[i]) * IndexReader.SERIES_REF_BYTES;
            ends[i] = starts[i] + entryBytes;
        }
        block.indexFile().prefetch(starts, ends, count, bytesMax, access.sideBySide());
    }

    /** Entries that are fetched for some series: of the last ones perhaps few had chunks in the range. */
    private long entriesFor(long seriesCount) {
        return seriesCount * Math.max(1, idsEnd) / Math.max(1, shown);
    }

    private boolean readBatch() throws IOException {
        if (idsAt == idsEnd) {
            readAhead.entries(this);
        }
        if (idsAt == idsEnd) {
            return false;
        }
        labels.clear();
        batchSize = 0;
        at = 0;
        fetchedTo = 0;
        if (labelsStart.length <= idsEnd - idsAt) {
            labelsStart = new int[idsEnd - idsAt + 1];
            chunksStart = new int[idsEnd - idsAt + 1];
        }
        try {
            while (idsAt < idsEnd && !isBatchFull()) {
                block.index().series(ids[idsAt++], entry);
                keepEntry();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return true;
    }

    private boolean isBatchFull() {
        return batchSize > 0 && (chunksStart[batchSize] >= BATCH_CHUNKS_MAX || labels.size() >= BATCH_LABEL_BYTES_MAX);
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
        shown++;
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
            readAhead.chunks(this, chunk);
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

    /** Whether none of the chunks of the present series were fetched. */
    boolean needsChunks() {
        return at >= 0 && at < batchSize && chunksStart[at] >= fetchedTo;
    }

    /** Fetches those of the present series, and of those behind it. */
    void fetchChunks() throws IOException {
        fetchChunks(chunksStart[at]);
    }

    /** @param bytesLeft of the query's budget: of chunks, without what is read between them */
    private int windowEnd(int first, long bytesMax, long bytesLeft) {
        int last = Math.min(chunksStart[batchSize], first + windowChunks);
        int end = first + 1;
        long bytes = chunkBytes;
        long bytesWanted = 0;
        while (end < last && (bytes < bytesMax || end - first < READ_AHEAD_LEAST)) {
            long distance = references[end] - references[end - 1];
            bytesWanted += distance > 0 && distance < chunkBytes ? distance : 1;
            if (bytesWanted >= bytesLeft) {
                break;
            }
            bytes += readBytes(distance);
            end++;
        }
        return end;
    }

    /** About what is read more for what begins so far behind the last. */
    private static long readBytes(long distance) {
        return distance > 0 && distance <= RemoteFile.GAP_BYTES_MAX ? distance : PageCache.PAGE_BYTES;
    }

    /** @param first number in the batch */
    void fetchChunks(int first) throws IOException {
        long bytesLeft = budget.chunkBytesLeft();
        long bytesMax = access.readAheadBytesMax();
        int end = windowEnd(first, bytesMax, bytesLeft);
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
                file.prefetch(starts, ends, count, bytesMax, access.sideBySide());
            }
        }
        fetchedTo = end;
    }
}
