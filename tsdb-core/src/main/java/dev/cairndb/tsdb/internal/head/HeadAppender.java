package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.Clock;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appends in two phases. {@link #resolve} runs in the caller's thread beside others: it finds or creates the rows. {@link
 * #commit} holds the commit lock: it judges each sample, appends it to its row's open chunk, forms the log records and
 * takes the log's ticket, so that for every series the order in memory is the order in the log. Compression, checksums and
 * I/O are the log's, outside the lock.
 */
final class HeadAppender {
    private final Rows rows;
    private final SeriesRegistry registry;
    private final OpenChunks chunks;
    private final HeadBounds bounds;
    private final HeadSettings settings;
    private final Clock clock;
    private final WriteAheadLog log;
    private final ReentrantLock commitLock;
    private final ExemplarAppender exemplars;
    private final MetadataAppender metadata;
    private volatile @Nullable Throwable failure;
    private long appended;
    private long duplicates;
    private long exemplarsAppended;
    private long exemplarsDuplicate;
    private final long[] rejected = new long[Rejection.values().length];

    HeadAppender(HeadState state, Clock clock, WriteAheadLog log) {
        rows = state.rows;
        registry = state.registry;
        chunks = state.chunks;
        bounds = state.bounds;
        settings = state.settings;
        commitLock = state.commitLock;
        exemplars = new ExemplarAppender(state);
        metadata = new MetadataAppender(state);
        this.clock = clock;
        this.log = log;
    }

    /**
     * Both phases. The caller holds an epoch pin and waits for {@link AppendScratch#ticket} afterwards.
     *
     * @throws StoreFailedException if an earlier append ended between memory and log
     */
    void append(Samples samples, AppendScratch scratch) throws StoreFailedException {
        Throwable cause = failure;
        if (cause != null) {
            throw new StoreFailedException("an append failed between memory and log; open the store again", cause);
        }
        long newestValidMillis = newestValid();
        resolve(samples, scratch, newestValidMillis);
        RemoteWriteRequest request = samples.request();
        if (request != null) {
            metadata.prepare(request, scratch);
        }
        LogBatch batch = log.newBatch();
        commitLock.lock();
        try {
            commit(samples, scratch, batch, newestValidMillis);
            if (request != null) {
                metadata.append(request, scratch, batch);
                exemplars.append(request, samples, scratch, batch, newestValidMillis);
            }
            // A batch without records gets the last ticket: what made a sample a duplicate may still be on its way.
            scratch.ticket = log.submit(batch);
            count(scratch);
        } catch (RuntimeException | Error e) {
            // Memory may hold samples that the log will never have.
            failure = e;
            throw e;
        } finally {
            commitLock.unlock();
        }
    }

    private long newestValid() {
        long now = clock.wallMillis();
        long guard = settings.futureGuardMillis();
        return now > Long.MAX_VALUE - guard ? Long.MAX_VALUE : now + guard;
    }

    private void resolve(Samples samples, AppendScratch scratch, long newestValidMillis) {
        int seriesCount = samples.seriesCount();
        scratch.begin(seriesCount);
        long oldestValidMillis = bounds.minValidMillis();
        for (int series = 0; series < seriesCount; series++) {
            int from = samples.firstSample(series);
            int to = samples.firstSample(series + 1);
            if (from == to) {
                // It may have exemplars or metadata, which are kept if there is such a series.
                scratch.slots[series] = samples.request() == null
                        ? SeriesRegistry.ABSENT
                        : samples.resolve(series, registry, scratch, false);
                continue;
            }
            boolean create = false;
            for (int i = from; i < to && !create; i++) {
                long t = samples.timestampMillis(i);
                create = t >= oldestValidMillis && t <= newestValidMillis;
            }
            scratch.slots[series] = samples.resolve(series, registry, scratch, create);
        }
    }

    private void commit(Samples samples, AppendScratch scratch, LogBatch batch, long newestValidMillis) {
        boolean keepsStartTimestamps = chunks.keepsStartTimestamps();
        long oldestValidMillis = bounds.minValidMillis();
        int seriesCount = samples.seriesCount();
        long min = Long.MAX_VALUE;
        long max = Long.MIN_VALUE;
        for (int series = 0; series < seriesCount; series++) {
            int slot = scratch.slots[series];
            int to = samples.firstSample(series + 1);
            int from = samples.firstSample(series);
            if (slot >= 0 && from < to && rows.has(slot, Rows.DEAD)) {
                // Removed from the head since the first phase.
                slot = samples.resolve(series, registry, scratch, true);
                scratch.slots[series] = slot;
            }
            for (int i = from; i < to; i++) {
                long t = samples.timestampMillis(i);
                long bits = samples.valueBits(i);
                Rejection reason = judge(slot, t, bits, oldestValidMillis, newestValidMillis);
                if (reason != null) {
                    scratch.reject(series, t, reason);
                } else if (isDuplicate(slot, t)) {
                    scratch.samplesDuplicate++;
                } else {
                    if (!rows.has(slot, Rows.LOGGED)) {
                        logSeries(slot, scratch, batch);
                    }
                    long start = keepsStartTimestamps ? samples.startTimestampMillis(i) : 0;
                    chunks.append(rows.page(slot), slot, t, start, bits);
                    if (start == 0) {
                        batch.addSample(registry.ref(slot), t, bits);
                    } else {
                        batch.addSample(registry.ref(slot), t, start, bits);
                    }
                    scratch.samplesAppended++;
                    min = Math.min(min, t);
                    max = Math.max(max, t);
                }
            }
        }
        if (scratch.samplesAppended > 0) {
            bounds.include(min, max);
        }
    }

    /** The rules of Prometheus without a window for late samples. Null: store it, unless {@link #isDuplicate}. */
    private @Nullable Rejection judge(
            int slot, long timestampMillis, long valueBits, long oldestValidMillis, long newestValidMillis) {
        if (AppendScratch.isRefusal(slot)) {
            return AppendScratch.reasonOf(slot);
        }
        if (timestampMillis > newestValidMillis) {
            return Rejection.TOO_FAR_IN_FUTURE;
        }
        if (timestampMillis < oldestValidMillis || slot < 0) {
            return Rejection.OUT_OF_BOUNDS;
        }
        if (!rows.has(slot, Rows.HAS_SAMPLE)) {
            return null;
        }
        long last = rows.getLong(slot, Rows.LAST_TIMESTAMP);
        if (timestampMillis > last) {
            return null;
        }
        if (timestampMillis < last) {
            return Rejection.OUT_OF_ORDER;
        }
        return rows.getLong(slot, Rows.LAST_VALUE) == valueBits ? null : Rejection.DUPLICATE_TIMESTAMP;
    }

    /** For a sample that was not rejected: it is there already. */
    private boolean isDuplicate(int slot, long timestampMillis) {
        return rows.has(slot, Rows.HAS_SAMPLE) && rows.getLong(slot, Rows.LAST_TIMESTAMP) == timestampMillis;
    }

    private void logSeries(int slot, AppendScratch scratch, LogBatch batch) {
        scratch.packed.clear();
        registry.packLabels(slot, scratch.packed);
        batch.addSeries(registry.ref(slot), scratch.packed.array(), 0, scratch.packed.size());
        rows.setFlag(slot, Rows.LOGGED);
    }

    private void count(AppendScratch scratch) {
        appended += scratch.samplesAppended;
        duplicates += scratch.samplesDuplicate;
        exemplarsAppended += scratch.exemplarsAppended;
        exemplarsDuplicate += scratch.exemplarsDuplicate;
        for (int i = 0; i < rejected.length; i++) {
            rejected[i] += scratch.rejected[i];
        }
    }

    /** Under the commit lock. */
    long appended() {
        return appended;
    }

    /** Under the commit lock. */
    long duplicates() {
        return duplicates;
    }

    /** Under the commit lock. */
    long exemplarsAppended() {
        return exemplarsAppended;
    }

    /** Under the commit lock. */
    long exemplarsDuplicate() {
        return exemplarsDuplicate;
    }

    /** Under the commit lock. */
    long rejected(Rejection reason) {
        return rejected[reason.ordinal()];
    }
}
