package dev.cairndb.receiver;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.remote.MalformedRequestException;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Rejection;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a sender is answered: by what its status makes it do, and with a text that says what a person must do. */
final class WriteAnswers {
    private static final int RETRY_SOON_SECONDS = 1;
    private static final int RETRY_SECONDS = 5;
    private static final int RETRY_LATE_SECONDS = 30;
    private static final int RETRY_SECONDS_MAX = 3600;

    private WriteAnswers() {}

    /**
     * To a body that was appended. Exemplars are stored if they can be, and are no reason to refuse a request, as with
     * Prometheus; in version 2 those with invalid labels, and those out of order, are.
     *
     * @param emptySeries series that have neither samples nor histograms, which version 2 forbids
     * @param rejectionStatus if not all was stored
     */
    static Answer toResult(AppendResult result, RemoteWriteVersion version, int emptySeries, int rejectionStatus) {
        int samples = result.rejectedTotal() - result.exemplarsRejected();
        boolean badExemplars = version == RemoteWriteVersion.V2
                && result.rejected(Rejection.EXEMPLAR_INVALID_LABELS) + result.rejected(Rejection.EXEMPLAR_OUT_OF_ORDER)
                        > 0;
        if (samples == 0 && emptySeries == 0 && !badExemplars) {
            return Answer.NO_CONTENT;
        }
        String text = result.toString();
        if (emptySeries > 0) {
            text += "; " + emptySeries + " series with neither samples nor histograms";
        }
        if (isOverSeriesLimit(result)) {
            return Answer.later(429, RETRY_LATE_SECONDS, text);
        }
        boolean onlyInvalid = samples > 0 && samples == result.rejected(Rejection.INVALID_HISTOGRAM);
        return Answer.of(onlyInvalid ? 400 : rejectionStatus, text);
    }

    static boolean isOverSeriesLimit(AppendResult result) {
        return result.rejected(Rejection.SERIES_LIMIT) + result.rejected(Rejection.METRIC_SERIES_LIMIT) > 0;
    }

    /** To a body that could not be decoded, or that there is no room for. */
    static Answer toBody(Throwable failure) {
        String text = Log.describe(failure);
        if (failure instanceof MalformedRequestException) {
            return Answer.of(400, text);
        }
        return failure instanceof RequestTooLargeException
                ? Answer.of(413, text)
                : Answer.later(503, RETRY_SECONDS, text);
    }

    /** To anything that went wrong on the way into the store. */
    static Answer toFailure(Tenant tenant, @Nullable Throwable failure, boolean ready) {
        if (failure instanceof MalformedRequestException
                || failure instanceof RequestTooLargeException
                || failure instanceof StoreUnavailableException) {
            return toBody(failure);
        }
        if (failure instanceof LimitExceededException refusal) {
            return toRefusal(refusal);
        }
        if (failure instanceof StoreFailedException failed) {
            tenant.storeFailed(failed);
            return Answer.later(503, RETRY_LATE_SECONDS, Log.describe(failure));
        }
        if (!ready) {
            return notReady();
        }
        Log.error("tenant " + tenant.name() + ": cannot append", failure == null ? new IOException("?") : failure);
        return Answer.of(500, "cannot append: " + Log.describe(failure));
    }

    /** 429 where the tenant itself is over a limit, 503 where all are together. */
    private static Answer toRefusal(LimitExceededException refusal) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(refusal.retryAfterMillis() - 1) + 1;
        return Answer.later(
                refusal.limit().isOfRuntime() ? 503 : 429,
                (int) Math.min(RETRY_SECONDS_MAX, seconds),
                Log.describe(refusal));
    }

    static Answer storeNotOpened(Tenant tenant, @Nullable Throwable failure) {
        return Answer.later(
                503,
                RETRY_SECONDS,
                "the store of tenant " + tenant.name() + " cannot be opened: " + Log.describe(failure));
    }

    static Answer notReady() {
        return Answer.later(503, RETRY_SECONDS, "the receiver is starting or stopping");
    }

    static Answer tooLarge(long found, int bodyBytesMax) {
        return Answer.of(413, "request too large: found=" + found + " body bytes, max=" + bodyBytesMax);
    }

    static Answer tooMany(String what, long found, long max) {
        return Answer.of(413, "request too large: found=" + found + " " + what + ", max=" + max);
    }

    static Answer tooManyTenants(int max) {
        return Answer.later(429, RETRY_LATE_SECONDS, "too many tenants: max=" + max);
    }

    static Answer notAdmitted(FairAdmission.Refusal why) {
        return switch (why) {
            case TOO_MANY_WAITING -> Answer.later(503, RETRY_SOON_SECONDS, "too many requests are waiting");
            case WAITED_TOO_LONG -> Answer.later(503, RETRY_SOON_SECONDS, "overloaded: the request waited too long");
            case STOPPING -> notReady();
        };
    }

    static Answer tooMuchInFlight(ByteBudget budget) {
        return Answer.later(503, RETRY_SOON_SECONDS, "too much in flight: max=" + budget.bytesMax() + " bytes");
    }
}
