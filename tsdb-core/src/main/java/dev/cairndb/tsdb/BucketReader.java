package dev.cairndb.tsdb;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreObserver;
import dev.cairndb.objstore.ObjectStores;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.bucket.BucketSources;
import dev.cairndb.tsdb.internal.bucket.BucketView;
import dev.cairndb.tsdb.internal.bucket.PageCache;
import dev.cairndb.tsdb.internal.bucket.SideBySide;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Reads blocks where they lie in a bucket, in Thanos' layout: by themselves, or, given to
 * {@link TsdbBuilder#bucketReader}, together with what a store has here. Of a block only the header of its index is
 * kept on the disk, in the form of Thanos' store gateway; the rest is read in ranges when a query needs it, into a
 * cache of bounded size. Everything that is read is compared with its checksum.
 *
 * <p>Series are shown without external labels: a reader shows the blocks of the streams it was given, that is blocks
 * whose external labels are equal to these, and samples of several streams as one series.
 *
 * <p>Which blocks there are is looked up by {@link #refresh}, which the host calls again and again; a store that was
 * given the reader does it by itself. Blocks without a meta.json are not seen, those marked for deletion for a day are
 * no longer seen, and of a block and the blocks it was made of, it alone is.
 *
 * <p>Thread-safe. Has no threads of its own: work is done by those that query, and by those of {@link Builder#executor}.
 */
public final class BucketReader implements AutoCloseable {
    static final long CACHE_BYTES_DEFAULT = 128 << 20;
    static final Duration IGNORE_MARKED_DEFAULT = Duration.ofHours(24);
    static final Duration IDLE_MAX = Duration.ofMinutes(5);
    /** As long does a store that has a reader wait before it looks for blocks again. */
    static final Duration REFRESH_INTERVAL = Duration.ofMinutes(3);

    private final BucketView view;
    private final PageCache cache;
    private final Clock clock;
    private final boolean raw;
    private final LongAdder reads = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong refreshes = new AtomicLong();
    private volatile long refreshedNanos;

    private BucketReader(Builder builder) {
        clock = builder.clock;
        raw = builder.resolution.isZero();
        cache = new PageCache(builder.cacheBytesMax);
        view = new BucketView(
                ObjectStores.observed(builder.bucket, this::count),
                builder.storage,
                builder.headers,
                builder.clock,
                cache,
                new SideBySide(builder.executor, builder.readsAtOnceMax - 1),
                new BucketView.Settings(
                        builder.streams,
                        builder.resolution.toMillis(),
                        builder.aggregate,
                        builder.ignoreMarked.toMillis(),
                        IDLE_MAX.toMillis()));
    }

    private void count(
            ObjectStoreObserver.Operation operation, long durationNanos, long bytes, @Nullable Exception failure) {
        if (operation == ObjectStoreObserver.Operation.READ) {
            reads.increment();
            bytesRead.add(bytes);
        }
    }

    /**
     * @param bucket stays the host's to close; blocks lie at its top, see {@link ObjectStores#prefixed} for others
     * @param headers folder for the headers of indexes, those of this bucket alone: those of blocks that it does not have
     *     are deleted; that of a Thanos store gateway can be taken over
     * @param stream external labels of the blocks to read
     * @param more those of other streams to be read as one with it, such as that of late blocks
     */
    public static Builder builder(ObjectStore bucket, Path headers, Labels stream, Labels... more) {
        return new Builder(bucket, headers, stream, more);
    }

    /** Settings of a reader. Not thread-safe. */
    public static final class Builder {
        private final ObjectStore bucket;
        private final Path headers;
        private final Set<Labels> streams = new LinkedHashSet<>();
        private long cacheBytesMax = CACHE_BYTES_DEFAULT;
        private Duration ignoreMarked = IGNORE_MARKED_DEFAULT;
        private Duration resolution = Duration.ZERO;
        private Aggregate aggregate = Aggregate.SUM;
        private @Nullable Executor executor;
        private int readsAtOnceMax = 1;
        private Clock clock = Clock.system();
        private Storage storage = FileStorage.instance();

        private Builder(ObjectStore bucket, Path headers, Labels stream, Labels... more) {
            this.bucket = bucket;
            this.headers = headers;
            streams.add(stream);
            streams.addAll(List.of(more));
        }

        /** Memory for what was read of all blocks; 128 MiB unless set. */
        public Builder cacheBytesMax(long value) {
            if (value < 0) {
                throw new IllegalArgumentException("bytes of the cache: expected=0 or more, found=" + value);
            }
            cacheBytesMax = value;
            return this;
        }

        /** How long a block is read after it was marked for deletion; a day unless set, as in Thanos. */
        public Builder ignoreMarkedAfter(Duration value) {
            ignoreMarked = value;
            return this;
        }

        /**
         * Reads blocks that Thanos downsampled, and of them one aggregate as the value of each sample, in place of raw
         * samples. A series without that aggregate has no samples; native histograms have counts, as numbers, and
         * sums, as histograms.
         *
         * @param value 5 minutes or an hour; no block of another resolution is read
         */
        public Builder downsampled(Duration value, Aggregate which) {
            resolution = value;
            aggregate = which;
            return this;
        }

        /**
         * Reads several ranges of a bucket at a time, so that a query waits for it a few times instead of a few times for
         * each block. Without this, a query reads one after the other in the thread that asks.
         *
         * @param value the host's; may be the one in which queries run, as nobody waits for a thread of it to be free
         * @param atOnceMax so many by one query alone, itself among them, and so many but one in the executor by all
         */
        public Builder executor(Executor value, int atOnceMax) {
            if (atOnceMax < 1) {
                throw new IllegalArgumentException("reads at a time: expected=1 or more, found=" + atOnceMax);
            }
            executor = value;
            readsAtOnceMax = atOnceMax;
            return this;
        }

        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** What does the file work; the default is the file system. */
        public Builder storage(Storage value) {
            storage = value;
            return this;
        }

        /** Makes the reader and looks which blocks there are. No block is opened before it is queried. */
        public BucketReader open() throws IOException {
            storage.createDirectories(headers);
            BucketReader reader = new BucketReader(this);
            reader.refresh();
            return reader;
        }
    }

    /**
     * What a reader has done, and has.
     *
     * @param blocks blocks that can be read
     * @param blocksOpen those that are open now
     * @param blocksDamaged whose meta.json cannot be read
     * @param headersMade headers of indexes that were made, as they were not on the disk
     * @param headersDamaged headers that were there and could not be read, so that they were made anew
     * @param headersLeft headers of blocks that are gone, which could not be deleted when last it was tried
     * @param cacheBytes bytes of the cache in use
     * @param cacheHits pieces found in it
     * @param cacheMisses pieces not found in it
     * @param reads calls to the bucket that read
     * @param bytesRead bytes read from the bucket
     */
    public record Stats(
            int blocks,
            int blocksOpen,
            int blocksDamaged,
            long headersMade,
            long headersDamaged,
            int headersLeft,
            long cacheBytes,
            long cacheHits,
            long cacheMisses,
            long reads,
            long bytesRead) {}

    public Stats stats() {
        BucketView.Figures figures = view.figures();
        return new Stats(
                figures.blocks(),
                figures.blocksOpen(),
                figures.blocksDamaged(),
                figures.headersMade(),
                figures.headersDamaged(),
                figures.headersLeft(),
                cache.bytes(),
                cache.hits(),
                cache.misses(),
                reads.sum(),
                bytesRead.sum());
    }

    /**
     * Looks which blocks there are now. Queriers that are open go on with those they have, as long as the bucket has
     * them.
     */
    public void refresh() throws IOException {
        checkOpen();
        refreshedNanos = clock.monotonicNanos();
        view.refresh();
        refreshes.incrementAndGet();
    }

    /** How often it was looked which blocks there are. */
    long refreshes() {
        return refreshes.get();
    }

    void refreshIfDue() throws IOException {
        if (clock.monotonicNanos() - refreshedNanos >= REFRESH_INTERVAL.toNanos()) {
            refresh();
        }
    }

    /** A view of the samples in a range of time, within the limits given; see {@link Querier}. */
    public Querier querier(TimeRange range, QueryLimits limits) throws IOException {
        checkOpen();
        QueryBudget budget = new QueryBudget(limits, clock, reason -> {});
        return new BucketQuerier(sources(range, List.of(), budget), range, budget);
    }

    /** @param local blocks that are read elsewhere */
    BucketSources sources(TimeRange range, List<BlockMeta> local, QueryBudget budget) throws IOException {
        checkOpen();
        return view.acquire(range.minTimestampMillis(), range.maxTimestampMillis(), local, budget);
    }

    boolean covers(BlockMeta meta) {
        return view.covers(meta);
    }

    boolean isRaw() {
        return raw;
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the reader is closed");
        }
    }

    /** Closes the blocks; those that a querier reads are closed with it. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            view.close();
        }
    }
}
