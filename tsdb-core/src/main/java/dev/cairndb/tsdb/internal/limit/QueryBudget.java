package dev.cairndb.tsdb.internal.limit;

import dev.cairndb.io.Clock;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.io.QueryStoppedException.Reason;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What one querier may still read, all its cursors together, and until when. Every check comes before the work it is
 * about. Thread-safe; cursors take samples in small lots, so that a sample costs no shared counter.
 */
public final class QueryBudget {
    private static final int LOT = 256;

    private final QueryLimits limits;
    private final Clock clock;
    private final long beganNanos;
    private final long timeNanosMax;
    private final Consumer<Reason> onStop;
    private final AtomicLong seriesLeft;
    private final AtomicLong samplesLeft;
    private final AtomicLong chunkBytesLeft;
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile boolean cancelled;

    /** @param onStop is told the reason once if the query is stopped */
    public QueryBudget(QueryLimits limits, Clock clock, Consumer<Reason> onStop) {
        this.limits = limits;
        this.clock = clock;
        this.onStop = onStop;
        boolean endless = limits.timeMax().isZero();
        beganNanos = endless ? 0 : clock.monotonicNanos();
        // Seconds first: a limit of centuries has too many nanoseconds.
        timeNanosMax = endless
                ? Long.MAX_VALUE
                : TimeUnit.SECONDS.toNanos(limits.timeMax().toSeconds())
                        + limits.timeMax().toNanosPart();
        seriesLeft = new AtomicLong(orUnlimited(limits.seriesMax()));
        samplesLeft = new AtomicLong(orUnlimited(limits.samplesMax()));
        chunkBytesLeft = new AtomicLong(orUnlimited(limits.chunkBytesMax()));
    }

    private static long orUnlimited(long max) {
        return max == 0 ? Long.MAX_VALUE : max;
    }

    /** From any thread: what reads goes on no further than its next step. */
    public void cancel() {
        cancelled = true;
    }

    /** To be called at every step that may take long. */
    public void check() throws QueryStoppedException {
        if (cancelled) {
            throw stopped(Reason.CANCELLED, 0);
        }
        if (timeNanosMax != Long.MAX_VALUE && clock.monotonicNanos() - beganNanos > timeNanosMax) {
            throw stopped(Reason.TIME, limits.timeMax().toMillis());
        }
    }

    /** Before a series is shown. */
    public void takeSeries() throws QueryStoppedException {
        check();
        if (seriesLeft.getAndDecrement() <= 0) {
            throw stopped(Reason.SERIES, limits.seriesMax());
        }
    }

    /** How many more series may be shown: no more need to be read ahead. */
    public long seriesLeft() {
        return Math.max(0, seriesLeft.get());
    }

    /**
     * Before a chunk is fetched whose length is not known yet: that of any is at least 1.
     *
     * @return bytes of chunks that may still be looked at, at least 1: no more need to be read ahead
     */
    public long chunkBytesLeft() throws QueryStoppedException {
        check();
        long left = chunkBytesLeft.get();
        if (left <= 0) {
            throw stopped(Reason.CHUNK_BYTES, limits.chunkBytesMax());
        }
        return left;
    }

    /** Before a chunk is decoded or shown. */
    public void takeChunk(int bytes) throws QueryStoppedException {
        check();
        if (chunkBytesLeft.addAndGet(-bytes) < 0) {
            throw stopped(Reason.CHUNK_BYTES, limits.chunkBytesMax());
        }
    }

    /** Before a chunk is shown, whose samples the query will not read one by one. */
    public void takeSamples(int count) throws QueryStoppedException {
        if (samplesLeft.addAndGet(-count) < 0) {
            throw stopped(Reason.SAMPLES, limits.samplesMax());
        }
    }

    /** A number of samples, at least one, that may be shown before the next call. */
    public int takeLotOfSamples() throws QueryStoppedException {
        check();
        while (true) {
            long left = samplesLeft.get();
            if (left <= 0) {
                throw stopped(Reason.SAMPLES, limits.samplesMax());
            }
            int lot = (int) Math.min(LOT, left);
            if (samplesLeft.compareAndSet(left, left - lot)) {
                return lot;
            }
        }
    }

    /** What was not needed of a lot. */
    public void giveBackSamples(int count) {
        samplesLeft.addAndGet(count);
    }

    private QueryStoppedException stopped(Reason reason, long max) {
        if (told.compareAndSet(false, true)) {
            onStop.accept(reason);
        }
        return new QueryStoppedException(reason, max);
    }
}
