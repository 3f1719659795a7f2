package dev.cairndb.receiver;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.receiver.WriteOutcome.Trouble;
import dev.cairndb.remote.MalformedRequestException;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Rejection;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a sender is answered: by what its status makes it do, and with a text that says what a person must do; and whose
 * trouble it is.
 */
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
    static WriteOutcome toResult(
            AppendResult result, RemoteWriteVersion version, int emptySeries, int rejectionStatus) {
        int samples = result.rejectedTotal() - result.exemplarsRejected();
        boolean badExemplars = version == RemoteWriteVersion.V2
                && result.rejected(Rejection.EXEMPLAR_INVALID_LABELS) + result.rejected(Rejection.EXEMPLAR_OUT_OF_ORDER)
                        > 0;
        if (samples == 0 && emptySeries == 0 && !badExemplars) {
            return new WriteOutcome(Answer.NO_CONTENT, Trouble.NONE, result);
        }
        String text = result.toString();
        if (emptySeries > 0) {
            text += "; " + emptySeries + " series with neither samples nor histograms";
        }
        boolean onlyInvalid = samples > 0 && samples == result.rejected(Rejection.INVALID_HISTOGRAM);
        // Over the limit of series too: senders do not repeat 429, but would what a router makes of the tenant's
        // trouble.
        Answer answer = isOverSeriesLimit(result)
                ? Answer.later(429, RETRY_LATE_SECONDS, text)
                : Answer.of(onlyInvalid ? 400 : rejectionStatus, text);
        return new WriteOutcome(answer, Trouble.MESSAGE, result);
    }

    static boolean isOverSeriesLimit(AppendResult result) {
        return result.rejected(Rejection.SERIES_LIMIT) + result.rejected(Rejection.METRIC_SERIES_LIMIT) > 0;
    }

    /** To a body that could not be decoded, or a tenant's folder that could not be made. */
    static WriteOutcome toFolderFailure(IOException failure) {
        WriteOutcome ofMessage = toMessage(failure);
        return ofMessage != null ? ofMessage : later(Trouble.STORE, RETRY_SECONDS, Log.describe(failure));
    }

    /** To what can never be decoded; null if that is not what went wrong. */
    private static @Nullable WriteOutcome toMessage(@Nullable Throwable failure) {
        if (failure instanceof MalformedRequestException) {
            return ofMessage(400, Log.describe(failure));
        }
        return failure instanceof RequestTooLargeException ? ofMessage(413, Log.describe(failure)) : null;
    }

    /** To anything that went wrong on the way into the store. */
    static WriteOutcome toFailure(Tenant tenant, @Nullable Throwable failure, boolean ready) {
        WriteOutcome ofMessage = toMessage(failure);
        if (ofMessage != null) {
            return ofMessage;
        }
        if (failure instanceof StoreUnavailableException) {
            return later(Trouble.RECEIVER, RETRY_SECONDS, Log.describe(failure));
        }
        if (failure instanceof LimitExceededException refusal) {
            return toRefusal(refusal);
        }
        if (failure instanceof StoreFailedException failed) {
            tenant.storeFailed(failed);
            return later(Trouble.STORE, RETRY_LATE_SECONDS, Log.describe(failure));
        }
        if (!ready) {
            return notReady();
        }
        Log.error("tenant " + tenant.name() + ": cannot append", failure == null ? new IOException("?") : failure);
        return WriteOutcome.of(Trouble.STORE, Answer.of(500, "cannot append: " + Log.describe(failure)));
    }

    /** 429 where the tenant itself is over a limit, 503 where all are together. */
    private static WriteOutcome toRefusal(LimitExceededException refusal) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(refusal.retryAfterMillis() - 1) + 1;
        boolean ofAll = refusal.limit().isOfRuntime();
        return WriteOutcome.of(
                ofAll ? Trouble.RECEIVER : Trouble.TENANT,
                Answer.later(ofAll ? 503 : 429, (int) Math.min(RETRY_SECONDS_MAX, seconds), Log.describe(refusal)));
    }

    static WriteOutcome storeNotOpened(Tenant tenant, @Nullable Throwable failure, boolean ready) {
        return later(
                ready ? Trouble.STORE : Trouble.RECEIVER,
                RETRY_SECONDS,
                "the store of tenant " + tenant.name() + " cannot be opened: " + Log.describe(failure));
    }

    static WriteOutcome notReady() {
        return later(Trouble.RECEIVER, RETRY_SECONDS, "the receiver is starting or stopping");
    }

    static WriteOutcome badTenantName(String problem) {
        return ofMessage(400, problem);
    }

    static WriteOutcome noFolder(String tenantName) {
        return ofMessage(400, "tenant name not valid: no folder can have it here: " + tenantName);
    }

    static WriteOutcome tooLarge(long found, int bodyBytesMax) {
        return ofMessage(413, "request too large: found=" + found + " body bytes, max=" + bodyBytesMax);
    }

    static WriteOutcome tooMany(String what, long found, long max) {
        return ofMessage(413, "request too large: found=" + found + " " + what + ", max=" + max);
    }

    static WriteOutcome tooManyTenants(int max) {
        return WriteOutcome.of(Trouble.TENANT, Answer.later(429, RETRY_LATE_SECONDS, "too many tenants: max=" + max));
    }

    static WriteOutcome notAdmitted(FairAdmission.Refusal why) {
        return switch (why) {
            case TOO_MANY_WAITING -> later(Trouble.TENANT, RETRY_SOON_SECONDS, "too many requests are waiting");
            case WAITED_TOO_LONG ->
                later(Trouble.RECEIVER, RETRY_SOON_SECONDS, "overloaded: the request waited too long");
            case STOPPING -> notReady();
        };
    }

    /** @param bytes that were asked for: if they are free, they are so for other tenants */
    static WriteOutcome tooMuchInFlight(ByteBudget budget, long bytes) {
        return later(
                budget.hasFree(bytes) ? Trouble.TENANT : Trouble.RECEIVER,
                RETRY_SOON_SECONDS,
                "too much in flight: max=" + budget.bytesMax() + " bytes");
    }

    private static WriteOutcome ofMessage(int status, String text) {
        return WriteOutcome.of(Trouble.MESSAGE, Answer.of(status, text));
    }

    private static WriteOutcome later(Trouble trouble, int retryAfterSeconds, String text) {
        return WriteOutcome.of(trouble, Answer.later(503, retryAfterSeconds, text));
    }
}
