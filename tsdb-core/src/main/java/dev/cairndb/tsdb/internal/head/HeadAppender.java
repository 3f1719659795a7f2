package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HistogramChecks;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.Clock;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import org.jspecify.annotations.Nullable;

/**
 * Appends in two phases. {@link #resolve} runs in the caller's thread beside others: it finds or creates the rows.
 * {@link #commit} holds the commit lock: it judges each sample, appends it to its row's open chunk or to the late
 * samples, forms the log records and takes the log's ticket, so that for every series the order in memory is the order
 * in the log. Compression, checksums and I/O are the log's, outside the lock.
 */
final class HeadAppender {
    private final Rows rows;
    private final SeriesRegistry registry;
    private final OpenChunks chunks;
    private final HeadBounds bounds;
    private final HeadSettings settings;
    private final Clock clock;
    private final WriteAheadLog log;
    private final CommitLock commitLock;
    private final ExemplarAppender exemplars;
    private final MetadataAppender metadata;
    private final LateAppender late;
    private final SentAgain sentAgain;
    private final HeadTombstones tombstones;
    private final boolean takesLate;
    private volatile @Nullable Throwable failure;
    private final AppendCounts.Totals totals = new AppendCounts.Totals();

    HeadAppender(HeadState state, Clock clock, WriteAheadLog log, WriteAheadLog lateLog) {
        rows = state.rows;
        registry = state.registry;
        chunks = state.chunks;
        bounds = state.bounds;
        settings = state.settings;
        commitLock = state.commitLock;
        exemplars = new ExemplarAppender(state);
        metadata = new MetadataAppender(state);
        late = new LateAppender(state, lateLog);
        sentAgain = new SentAgain(state.slab, chunks.floats(), chunks.histograms());
        tombstones = state.tombstones;
        takesLate = settings.lateWindowMillis() > 0;
        this.clock = clock;
        this.log = log;
    }

    /**
     * Both phases. The caller holds an epoch pin, goes on to {@link WriteAheadLog#writeAdded} of both logs without it,
     * whatever happened, and waits for {@link AppendScratch#ticket}.
     *
     * @throws StoreFailedException if an earlier append ended between memory and log
     */
    void append(Samples samples, AppendScratch scratch) throws StoreFailedException {
        checkWhole();
        scratch.newestValidMillis = newestValid();
        resolve(samples, scratch);
        RemoteWriteRequest request = samples.request();
        if (request != null) {
            metadata.prepare(request, scratch);
        }
        LogBatch batch = log.newBatch();
        commitLock.lock();
        try {
            commit(samples, scratch, batch);
            if (request != null) {
                metadata.append(request, scratch, batch);
                exemplars.append(request, samples, scratch, batch, scratch.newestValidMillis);
            }
            // A batch without records gets the last ticket: what made a sample a duplicate may still be on its way.
            scratch.ticket = log.add(batch);
            late.log(scratch);
            totals.add(scratch.counts);
        } catch (RuntimeException | Error e) {
            // Memory may hold samples that the log will never have.
            failure = e;
            throw e;
        } finally {
            commitLock.unlock();
        }
    }

    /** @throws StoreFailedException if memory may hold what the log will never have */
    void checkWhole() throws StoreFailedException {
        Throwable cause = failure;
        if (cause != null) {
            throw new StoreFailedException("an append failed between memory and log; open the store again", cause);
        }
    }

    private long newestValid() {
        long now = clock.wallMillis();
        long guard = settings.futureGuardMillis();
        return now > Long.MAX_VALUE - guard ? Long.MAX_VALUE : now + guard;
    }

    private void resolve(Samples samples, AppendScratch scratch) {
        int seriesCount = samples.seriesCount();
        scratch.begin(seriesCount);
        setOldest(scratch);
        samples.findKnown(registry, scratch);
        boolean haveHistograms = samples.firstHistogram(seriesCount) > 0;
        for (int series = 0; series < seriesCount; series++) {
            // All histograms are looked at in any case.
            boolean create = haveHistograms && hasStorableHistogram(samples, series, scratch);
            if (scratch.slots[series] >= 0) {
                continue;
            }
            create = create || hasStorableFloat(samples, series, scratch);
            // A series without samples may have exemplars or metadata, which are kept if there is such a series.
            boolean mayExist = samples.request() != null || !isEmpty(samples, series);
            scratch.slots[series] =
                    mayExist ? samples.resolve(series, registry, scratch, create) : SeriesRegistry.ABSENT;
        }
        scratch.touched = chunks.touch(scratch.slots, seriesCount);
    }

    private void setOldest(AppendScratch scratch) {
        scratch.oldestValidMillis = bounds.minValidMillis();
        scratch.oldestLateMillis = takesLate ? bounds.oldestLateMillis(settings.lateWindowMillis()) : Long.MAX_VALUE;
    }

    /** Whether a series comes without samples. */
    private static boolean isEmpty(Samples samples, int series) {
        return samples.firstSample(series) == samples.firstSample(series + 1)
                && samples.firstHistogram(series) == samples.firstHistogram(series + 1);
    }

    private static boolean hasStorableFloat(Samples samples, int series, AppendScratch scratch) {
        int to = samples.firstSample(series + 1);
        for (int i = samples.firstSample(series); i < to; i++) {
            if (scratch.isValidTime(samples.timestampMillis(i))) {
                return true;
            }
        }
        return false;
    }

    /** Looks at all histograms of the series, so that none has to be judged under the commit lock. */
    private static boolean hasStorableHistogram(Samples samples, int series, AppendScratch scratch) {
        int to = samples.firstHistogram(series + 1);
        boolean found = false;
        for (int h = samples.firstHistogram(series); h < to; h++) {
            scratch.readHistogram(samples, h);
            String problem = HistogramChecks.problem(scratch.histogram);
            if (problem != null) {
                scratch.markInvalid(h, problem);
            }
            found |= problem == null && scratch.isValidTime(samples.histogramTimestampMillis(h));
        }
        return found;
    }

    private void commit(Samples samples, AppendScratch scratch, LogBatch batch) {
        setOldest(scratch);
        int seriesCount = samples.seriesCount();
        for (int series = 0; series < seriesCount; series++) {
            int slot = scratch.slots[series];
            if (slot >= 0 && rows.has(slot, Rows.DEAD) && !isEmpty(samples, series)) {
                // Removed from the head since the first phase.
                slot = samples.resolve(series, registry, scratch, true);
                scratch.slots[series] = slot;
                scratch.metadataCurrent = false;
            }
            commitFloats(samples, series, slot, scratch, batch);
            commitHistograms(samples, series, slot, scratch, batch);
        }
        if (scratch.minMillis <= scratch.maxMillis) {
            bounds.include(scratch.minMillis, scratch.maxMillis);
        }
    }

    private void commitFloats(Samples samples, int series, int slot, AppendScratch scratch, LogBatch batch) {
        int from = samples.firstSample(series);
        int to = samples.firstSample(series + 1);
        Rows.@Nullable Page page = slot >= 0 && from < to ? rows.page(slot) : null;
        boolean keepsStartTimestamps = chunks.keepsStartTimestamps();
        for (int i = from; i < to; i++) {
            long t = samples.timestampMillis(i);
            Rejection reason = judgeTime(page, slot, t, scratch);
            if (page == null || reason != null) {
                scratch.reject(series, t, reason != null ? reason : Rejection.OUT_OF_BOUNDS);
                continue;
            }
            long bits = samples.valueBits(i);
            Outcome outcome;
            if (bits == HistogramSample.STALE_NAN_BITS && OpenHistograms.isHistogram(late.kindEnded(page, slot))) {
                // A stale marker takes the kind of what it ends.
                scratch.histogram.clear(late.kindEnded(page, slot) == ChunkEncoding.FLOAT_HISTOGRAM.id());
                scratch.histogram.setSumBits(bits);
                outcome = offerHistogram(page, slot, t, scratch, batch);
            } else {
                long start = keepsStartTimestamps ? samples.startTimestampMillis(i) : 0;
                outcome = offerFloat(page, slot, t, start, bits, scratch, batch);
            }
            switch (outcome) {
                case STORED -> scratch.counts.add(AppendCount.SAMPLES_APPENDED);
                case STORED_LATE -> {
                    scratch.counts.add(AppendCount.SAMPLES_APPENDED);
                    scratch.counts.add(AppendCount.SAMPLES_LATE);
                }
                case DUPLICATE -> scratch.counts.add(AppendCount.SAMPLES_DUPLICATE);
                case CONFLICT -> scratch.reject(series, t, Rejection.DUPLICATE_TIMESTAMP);
            }
        }
    }

    private void commitHistograms(Samples samples, int series, int slot, AppendScratch scratch, LogBatch batch) {
        int from = samples.firstHistogram(series);
        int to = samples.firstHistogram(series + 1);
        Rows.@Nullable Page page = slot >= 0 && from < to ? rows.page(slot) : null;
        for (int h = from; h < to; h++) {
            long t = samples.histogramTimestampMillis(h);
            if (scratch.isInvalid(h) && !AppendScratch.isRefusal(slot)) {
                scratch.reject(series, t, Rejection.INVALID_HISTOGRAM);
                continue;
            }
            Rejection reason = judgeTime(page, slot, t, scratch);
            if (page == null || reason != null) {
                scratch.reject(series, t, reason != null ? reason : Rejection.OUT_OF_BOUNDS);
                continue;
            }
            scratch.readHistogram(samples, h);
            switch (offerHistogram(page, slot, t, scratch, batch)) {
                case STORED -> scratch.counts.add(AppendCount.HISTOGRAMS_APPENDED);
                case STORED_LATE -> {
                    scratch.counts.add(AppendCount.HISTOGRAMS_APPENDED);
                    scratch.counts.add(AppendCount.HISTOGRAMS_LATE);
                }
                case DUPLICATE -> scratch.counts.add(AppendCount.HISTOGRAMS_DUPLICATE);
                case CONFLICT -> scratch.reject(series, t, Rejection.DUPLICATE_TIMESTAMP);
            }
        }
    }

    /**
     * The rules of Prometheus (tsdb/head_append.go, memSeries.appendable). Null: it can be stored, if it is not there.
     */
    private @Nullable Rejection judgeTime(
            Rows.@Nullable Page page, int slot, long timestampMillis, AppendScratch scratch) {
        if (AppendScratch.isRefusal(slot)) {
            return AppendScratch.reasonOf(slot);
        }
        if (timestampMillis > scratch.newestValidMillis) {
            return Rejection.TOO_FAR_IN_FUTURE;
        }
        if (page == null || timestampMillis < scratch.oldestValidMillis) {
            return judgeLate(slot, timestampMillis, scratch, Rejection.OUT_OF_BOUNDS);
        }
        if (isBehindLast(page, slot, timestampMillis)) {
            return judgeLate(slot, timestampMillis, scratch, Rejection.OUT_OF_ORDER);
        }
        // The newest once more is none that is there, if it was deleted.
        boolean isLast = Rows.hasSample(page, slot) && timestampMillis == Rows.lastTimestampMillis(page, slot);
        return isLast && isDeleted(slot, timestampMillis) ? Rejection.DELETED : null;
    }

    private boolean isDeleted(int slot, long timestampMillis) {
        return slot >= 0 && tombstones.of(slot).contains(timestampMillis);
    }

    private @Nullable Rejection judgeLate(
            int slot, long timestampMillis, AppendScratch scratch, Rejection withoutWindow) {
        if (!takesLate) {
            return withoutWindow;
        }
        if (timestampMillis < scratch.oldestLateMillis) {
            return Rejection.TOO_OLD;
        }
        // It would be stored, acknowledged and never seen.
        return isDeleted(slot, timestampMillis) ? Rejection.DELETED : null;
    }

    /** Whether a time is before the newest sample in order of the series. */
    private static boolean isBehindLast(Rows.Page page, int slot, long timestampMillis) {
        return Rows.hasSample(page, slot) && timestampMillis < Rows.lastTimestampMillis(page, slot);
    }

    private static boolean isLate(Rows.Page page, int slot, long timestampMillis, AppendScratch scratch) {
        return timestampMillis < scratch.oldestValidMillis || isBehindLast(page, slot, timestampMillis);
    }

    /** For a time that was not rejected and is not late: whether it is that of the series' newest sample. */
    private static boolean isLast(Rows.Page page, int slot, long timestampMillis) {
        return Rows.hasSample(page, slot) && timestampMillis == Rows.lastTimestampMillis(page, slot);
    }

    private Outcome offerFloat(
            Rows.Page page,
            int slot,
            long timestampMillis,
            long startTimestampMillis,
            long valueBits,
            AppendScratch scratch,
            LogBatch batch) {
        if (isLate(page, slot, timestampMillis, scratch)) {
            if (sentAgain.isThere(page, slot, timestampMillis, valueBits)) {
                return Outcome.DUPLICATE;
            }
            logSeriesIfNew(page, slot, scratch, batch);
            return late.offer(page, slot, timestampMillis, startTimestampMillis, valueBits, scratch);
        }
        if (isLast(page, slot, timestampMillis)) {
            return chunks.isLast(page, slot, valueBits) ? Outcome.DUPLICATE : Outcome.CONFLICT;
        }
        storeFloat(page, slot, timestampMillis, startTimestampMillis, valueBits, scratch, batch);
        return Outcome.STORED;
    }

    /** Takes {@link AppendScratch#histogram}. */
    private Outcome offerHistogram(
            Rows.Page page, int slot, long timestampMillis, AppendScratch scratch, LogBatch batch) {
        if (isLate(page, slot, timestampMillis, scratch)) {
            if (sentAgain.isThere(page, slot, timestampMillis, scratch.histogram)) {
                return Outcome.DUPLICATE;
            }
            logSeriesIfNew(page, slot, scratch, batch);
            return late.offerHistogram(page, slot, timestampMillis, scratch);
        }
        if (isLast(page, slot, timestampMillis)) {
            return chunks.isLast(page, slot, scratch.histogram) ? Outcome.DUPLICATE : Outcome.CONFLICT;
        }
        storeHistogram(page, slot, timestampMillis, scratch, batch);
        return Outcome.STORED;
    }

    private void storeFloat(
            Rows.Page page,
            int slot,
            long timestampMillis,
            long startTimestampMillis,
            long valueBits,
            AppendScratch scratch,
            LogBatch batch) {
        prepareLog(page, slot, OpenHistograms.FLOAT_RANK, scratch, batch);
        chunks.append(page, slot, timestampMillis, startTimestampMillis, valueBits);
        LateAppender.log(batch, Rows.ref(page, slot), timestampMillis, startTimestampMillis, valueBits);
        scratch.include(timestampMillis);
    }

    /** Stores {@link AppendScratch#histogram}. */
    private void storeHistogram(Rows.Page page, int slot, long timestampMillis, AppendScratch scratch, LogBatch batch) {
        prepareLog(page, slot, OpenHistograms.rank(scratch.histogram), scratch, batch);
        chunks.appendHistogram(page, slot, timestampMillis, scratch.histogram);
        batch.addHistogram(Rows.ref(page, slot), timestampMillis, scratch.histogram);
        scratch.include(timestampMillis);
    }

    /**
     * Logs the series if it is new, and begins another group of records if the series' last sample is of a kind that a
     * reader would meet later than this one although it is older.
     */
    private void prepareLog(Rows.Page page, int slot, int rank, AppendScratch scratch, LogBatch batch) {
        logSeriesIfNew(page, slot, scratch, batch);
        if (rank < scratch.rankInGroup && chunks.rankOfLast(page, slot) > rank) {
            batch.beginGroup();
            scratch.rankInGroup = rank;
        }
        scratch.rankInGroup = Math.max(scratch.rankInGroup, rank);
    }

    private void logSeriesIfNew(Rows.Page page, int slot, AppendScratch scratch, LogBatch batch) {
        if (!Rows.has(page, slot, Rows.LOGGED)) {
            scratch.packed.clear();
            registry.packLabels(slot, scratch.packed);
            batch.addSeries(registry.ref(slot), scratch.packed.array(), 0, scratch.packed.size());
            rows.setFlag(slot, Rows.LOGGED);
        }
    }

    /** Under the commit lock. */
    AppendCounts.Totals totals() {
        return totals;
    }
}
