package dev.cairndb.tsdb.internal.limit;

import dev.cairndb.io.Clock;
import dev.cairndb.io.LimitExceededException.Limit;
import dev.cairndb.tsdb.TsdbOptions.WriteLimits;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What is written to a store, or to all stores of a runtime, at a time and per second. Nothing waits here: a request is
 * counted in or refused as a whole. Thread-safe, without locks.
 */
public final class WriteGate {
    /** Nobody knows when those that are in flight will have landed. */
    private static final long RETRY_MILLIS = 1_000;

    private final TokenBucket samples;
    private final TokenBucket bytes;
    private final AtomicInteger requestsInFlight = new AtomicInteger();
    private final AtomicLong bytesInFlight = new AtomicLong();
    private final boolean ofRuntime;
    private final Clock clock;
    private volatile WriteLimits limits;

    public WriteGate(WriteLimits limits, boolean ofRuntime, Clock clock) {
        this.limits = limits;
        this.ofRuntime = ofRuntime;
        this.clock = clock;
        samples = new TokenBucket(clock.monotonicNanos());
        bytes = new TokenBucket(clock.monotonicNanos());
    }

    /** Why a request is refused. */
    record Refusal(Limit limit, long max, long retryAfterMillis) {}

    public WriteLimits limits() {
        return limits;
    }

    /** For requests that come from now on. */
    public void limits(WriteLimits newLimits) {
        limits = newLimits;
    }

    public int requestsInFlight() {
        return requestsInFlight.get();
    }

    public long bytesInFlight() {
        return bytesInFlight.get();
    }

    /** Counts a request in; if it is refused, nothing of it is counted. */
    @Nullable
    Refusal enter(long sampleCount, long byteCount) {
        WriteLimits now = limits;
        int requests = requestsInFlight.incrementAndGet();
        long inFlight = bytesInFlight.addAndGet(byteCount);
        Refusal refusal = null;
        if (now.requestsInFlightMax() > 0 && requests > now.requestsInFlightMax()) {
            refusal = refusal(Limit.REQUESTS_IN_FLIGHT, now.requestsInFlightMax(), RETRY_MILLIS);
        } else if (now.bytesInFlightMax() > 0 && inFlight > now.bytesInFlightMax() && requests > 1) {
            // A request that is alone always passes: it would never pass otherwise.
            refusal = refusal(Limit.BYTES_IN_FLIGHT, now.bytesInFlightMax(), RETRY_MILLIS);
        } else {
            refusal = takeTokens(sampleCount, byteCount, now);
        }
        if (refusal != null) {
            leave(byteCount);
        }
        return refusal;
    }

    private @Nullable Refusal takeTokens(long sampleCount, long byteCount, WriteLimits now) {
        long samplesMax = now.samplesPerSecondMax();
        long bytesMax = now.bytesPerSecondMax();
        if (samplesMax == 0 && bytesMax == 0) {
            return null;
        }
        long nowNanos = clock.monotonicNanos();
        if (samplesMax > 0) {
            long wait = samples.tryTake(sampleCount, samplesMax, burst(now.samplesBurstMax(), samplesMax), nowNanos);
            if (wait > 0) {
                return refusal(Limit.SAMPLES_PER_SECOND, samplesMax, millis(wait));
            }
        }
        if (bytesMax > 0) {
            long wait = bytes.tryTake(byteCount, bytesMax, burst(now.bytesBurstMax(), bytesMax), nowNanos);
            if (wait > 0) {
                if (samplesMax > 0) {
                    samples.giveBack(sampleCount, samplesMax);
                }
                return refusal(Limit.BYTES_PER_SECOND, bytesMax, millis(wait));
            }
        }
        return null;
    }

    private static long burst(long configured, long perSecond) {
        return configured == 0 ? perSecond : configured;
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1;
    }

    private Refusal refusal(Limit limit, long max, long retryAfterMillis) {
        Limit named = ofRuntime ? Limit.valueOf("RUNTIME_" + limit.name()) : limit;
        return new Refusal(named, max, retryAfterMillis);
    }

    /** The request was answered. */
    void leave(long byteCount) {
        requestsInFlight.decrementAndGet();
        bytesInFlight.addAndGet(-byteCount);
    }

    /** A request that was counted in did not take place. */
    void undo(long sampleCount, long byteCount) {
        WriteLimits now = limits;
        if (now.samplesPerSecondMax() > 0) {
            samples.giveBack(sampleCount, now.samplesPerSecondMax());
        }
        if (now.bytesPerSecondMax() > 0) {
            bytes.giveBack(byteCount, now.bytesPerSecondMax());
        }
        leave(byteCount);
    }
}
