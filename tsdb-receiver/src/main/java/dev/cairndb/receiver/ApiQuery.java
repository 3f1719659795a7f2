package dev.cairndb.receiver;

import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request of the read API, ready to be answered.
 *
 * @param pathValue what stands in the path in place of a name; empty if nothing does
 * @param accept the header of that name
 * @param tenant whose data is asked for
 * @param db the tenant's store; null if nothing was ever written for the tenant
 * @param limits what it may read
 * @param deadlineNanos of {@link System#nanoTime}
 */
record ApiQuery(
        ApiParameters parameters,
        String pathValue,
        @Nullable String accept,
        String tenant,
        @Nullable Tsdb db,
        QueryLimits limits,
        long deadlineNanos) {
    /** A view of the tenant's store, {@code store}, within the limits that are left. */
    Querier querier(Tsdb store, long fromMillis, long toMillis) throws IOException {
        // Not less than a little: the first step says that the time is over.
        long nanosLeft = Math.max(1, deadlineNanos - System.nanoTime());
        QueryLimits left = new QueryLimits(
                limits.seriesMax(), limits.samplesMax(), limits.chunkBytesMax(), Duration.ofNanos(nanosLeft));
        return store.querier(TimeRange.ofMillis(fromMillis, toMillis), left);
    }

    /** To be called now and then by what may take long. */
    void checkTime() throws ApiException {
        if (System.nanoTime() - deadlineNanos > 0) {
            throw new ApiException(ApiException.Type.TIMEOUT, "query timed out");
        }
    }
}
