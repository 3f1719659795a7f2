package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.tsdb.ChunkCursor;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks several sources as one: series in label order, the chunks of equal label sets together. Not thread-safe. */
public final class MergedSeries implements SeriesCursor {
    private final SeriesSource[] sources;
    private final boolean[] alive;
    /** The sources whose present series is the one being shown. */
    private final boolean[] shown;

    private final long fromMillis;
    private final long toMillis;
    private final Runnable checkReadable;
    private final QueryBudget budget;
    private final ChunkList chunks;
    private final MergedSamples samples;
    private final TrimmedChunks trimmed;
    private final RangeChunks rangeChunks = new RangeChunks();
    private boolean started;
    private boolean closed;
    private boolean chunksCollected;
    private @Nullable SeriesSource current;

    /**
     * @param sources earlier ones win where two have a sample at the same time
     * @param budget pays for series, samples and chunks
     * @param checkReadable throws once the sources must not be read any more
     */
    public MergedSeries(
            List<SeriesSource> sources, long fromMillis, long toMillis, QueryBudget budget, Runnable checkReadable) {
        this.sources = sources.toArray(new SeriesSource[0]);
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.budget = budget;
        this.checkReadable = checkReadable;
        chunks = new ChunkList(budget);
        samples = new MergedSamples(chunks, budget);
        trimmed = new TrimmedChunks(chunks);
        alive = new boolean[this.sources.length];
        shown = new boolean[this.sources.length];
    }

    @Override
    public boolean next() throws IOException {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
        checkReadable.run();
        budget.check();
        samples.giveBackUnused();
        for (int i = 0; i < sources.length; i++) {
            if (!started || shown[i]) {
                alive[i] = sources[i].next();
            }
        }
        started = true;
        chunksCollected = false;
        current = first();
        if (current == null) {
            return false;
        }
        budget.takeSeries();
        return true;
    }

    private @Nullable SeriesSource first() {
        SeriesSource first = null;
        for (int i = 0; i < sources.length; i++) {
            shown[i] = false;
            if (!alive[i]) {
                continue;
            }
            int order = first == null ? -1 : compare(sources[i], first);
            if (order < 0) {
                first = sources[i];
                Arrays.fill(shown, 0, i, false);
            }
            shown[i] = order <= 0;
        }
        return first;
    }

    private static int compare(SeriesSource a, SeriesSource b) {
        return PackedLabels.compare(a.labels(), 0, a.labelsLength(), b.labels(), 0, b.labelsLength());
    }

    @Override
    public Labels labels() {
        SeriesSource series = present();
        return Labels.ofPacked(series.labels(), 0, series.labelsLength());
    }

    /** Packed labels of the present series, from index 0. */
    public byte[] packedLabels() {
        return present().labels();
    }

    public int packedLabelsLength() {
        return present().labelsLength();
    }

    private SeriesSource present() {
        checkReadable.run();
        SeriesSource series = current;
        if (series == null) {
            throw new IllegalStateException("the cursor is not at a series");
        }
        return series;
    }

    @Override
    public SampleCursor samples() throws IOException {
        collectChunks();
        samples.reset(fromMillis, toMillis);
        return samples;
    }

    @Override
    public ChunkCursor chunks() throws IOException {
        collectChunks();
        return new Chunks(chunks, budget, checkReadable);
    }

    @Override
    public ChunkCursor trimmedChunks() throws IOException {
        collectChunks();
        trimmed.reset(fromMillis, toMillis);
        return rangeChunks;
    }

    /** The chunks of the present series, ordered by their start. */
    public ChunkList chunkList() throws IOException {
        collectChunks();
        return chunks;
    }

    private void collectChunks() throws IOException {
        SeriesSource unused = present();
        if (chunksCollected) {
            return;
        }
        chunks.clear();
        for (int i = 0; i < sources.length; i++) {
            if (shown[i]) {
                sources[i].addChunks(chunks);
            }
        }
        chunksCollected = true;
    }

    @Override
    public void close() {
        samples.giveBackUnused();
        closed = true;
        current = null;
    }

    /** Chunks as they are stored, but for those with deleted samples. */
    private static final class Chunks implements ChunkCursor {
        private final ChunkList list;
        private final EncodedChunk chunk = new EncodedChunk();
        private final ReencodedChunks reencoded = new ReencodedChunks();
        private final QueryBudget budget;
        private final Runnable checkReadable;
        private int next;
        private boolean reencoding;

        Chunks(ChunkList list, QueryBudget budget, Runnable checkReadable) {
            this.list = list;
            this.budget = budget;
            this.checkReadable = checkReadable;
        }

        @Override
        public boolean next() throws IOException {
            boolean found = advance();
            if (found) {
                budget.takeSamples(chunk.sampleCount());
            }
            return found;
        }

        private boolean advance() throws IOException {
            checkReadable.run();
            while (!reencoding || !reencoded.next(chunk)) {
                reencoding = false;
                if (next == list.size()) {
                    return false;
                }
                int index = next++;
                list.load(index, chunk);
                if (list.deleted(index) == null) {
                    return true;
                }
                reencoded.trim(list, index, chunk, Long.MIN_VALUE, Long.MAX_VALUE);
                reencoding = true;
            }
            return true;
        }

        @Override
        public EncodedChunk chunk() {
            return chunk;
        }
    }

    /** The chunks of the range, for as long as the sources may be read. */
    private final class RangeChunks implements ChunkCursor {
        @Override
        public boolean next() throws IOException {
            checkReadable.run();
            boolean found = trimmed.next();
            if (found) {
                budget.takeSamples(trimmed.chunk().sampleCount());
            }
            return found;
        }

        @Override
        public EncodedChunk chunk() {
            return trimmed.chunk();
        }
    }
}
