package dev.cairndb.receiver;

import dev.cairndb.tsdb.Tsdb;
import org.jspecify.annotations.Nullable;

/**
 * A request of the read API, ready to be answered.
 *
 * @param pathValue what stands in the path in place of a name; empty if nothing does
 * @param accept the header of that name
 * @param tenant whose data is asked for
 * @param db the tenant's store; null if nothing was ever written for the tenant
 * @param deadlineNanos of {@link System#nanoTime}
 */
record ApiQuery(
        ApiParameters parameters,
        String pathValue,
        @Nullable String accept,
        String tenant,
        @Nullable Tsdb db,
        long deadlineNanos) {
    /** To be called now and then by what may take long. */
    void checkTime() throws ApiException {
        if (System.nanoTime() - deadlineNanos > 0) {
            throw new ApiException(ApiException.Type.TIMEOUT, "query timed out");
        }
    }
}
