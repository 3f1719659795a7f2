package dev.cairndb.receiver;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A write whose bytes are all here, from its turn to its outcome: finds the tenant's store, decodes, appends. No thread
 * waits for the store to be opened, nor for the samples to be durable.
 *
 * <p>Used by one thread at a time.
 */
final class WriteTurn implements FairAdmission.Work {
    /** What a request costs beside the bytes of its body, in such bytes. */
    private static final long REQUEST_COST_BYTES = 16 << 10;

    private final WriteServices services;
    private final String tenantName;
    private final TenantLimits limits;
    private final int rejectionStatus;
    private final WriteBody body;
    private final CompletableFuture<WriteOutcome> outcome = new CompletableFuture<>();

    /** @param rejectionStatus of the answer if not all was stored */
    WriteTurn(WriteServices services, String tenantName, TenantLimits limits, int rejectionStatus, WriteBody body) {
        this.services = services;
        this.tenantName = tenantName;
        this.limits = limits;
        this.rejectionStatus = rejectionStatus;
        this.body = body;
    }

    /** Completes exceptionally only with what nobody foresaw. */
    CompletionStage<WriteOutcome> outcome() {
        return outcome;
    }

    /** Begins in this thread if there is room, else later in another. */
    void admit() {
        try {
            services.admission().admit(tenantName, cost(), this);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Begins in another thread. */
    void submit() {
        try {
            services.admission().submit(tenantName, cost(), this);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private long cost() {
        return REQUEST_COST_BYTES + body.cost();
    }

    @Override
    public void run() {
        try {
            findStore();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    @Override
    public void refuse(FairAdmission.Refusal why) {
        services.refused(tenantName, why.name().toLowerCase(Locale.ROOT));
        outcome.complete(WriteAnswers.notAdmitted(why));
    }

    private void findStore() {
        Tenant tenant;
        try {
            if (services.tenants().known(tenantName) == null && !decodes()) {
                return;
            }
            tenant = services.tenants().tenant(tenantName);
        } catch (InvalidPathException e) {
            outcome.complete(WriteAnswers.noFolder(tenantName));
            return;
        } catch (TooManyTenantsException e) {
            services.refused(tenantName, LimitMetrics.TENANTS);
            outcome.complete(WriteAnswers.tooManyTenants(e.max()));
            return;
        } catch (IOException e) {
            outcome.complete(WriteAnswers.toFolderFailure(e));
            return;
        }
        CompletableFuture<Tsdb> store = tenant.store();
        boolean opened = store.isDone();
        failIfThrown(store.handle((db, failure) -> {
            AppendTurn turn = new AppendTurn(tenant, db, failure);
            if (opened) {
                turn.run();
            } else {
                // Opening takes long, so the turn was given to others meanwhile.
                services.admission().submit(tenantName, cost(), turn);
            }
            return null;
        }));
    }

    /** What is thrown on the way to the outcome must not leave the sender waiting. */
    private void failIfThrown(CompletionStage<?> stage) {
        stage.whenComplete((nothing, thrown) -> {
            if (thrown != null) {
                fail(thrown);
            }
        });
    }

    /** Of what is thrown behind the outcome nobody else would hear. */
    private void fail(Throwable thrown) {
        if (!outcome.completeExceptionally(thrown)) {
            Log.error("a write of tenant " + tenantName + " failed when it had its outcome", thrown);
        }
    }

    /** Whether the body can be decoded: no folder is made for one that stores nothing. If there is no room, it ends. */
    private boolean decodes() throws IOException {
        long wanted = body.decodingBytes();
        if (!body.take(wanted)) {
            outcome.complete(tooMuchInFlight(wanted));
            return false;
        }
        RemoteWriteDecoder decoder = services.decoders().take();
        try {
            var unused = body.decode(decoder, null);
            return true;
        } finally {
            body.giveBack(wanted);
            services.decoders().give(decoder);
        }
    }

    private WriteOutcome tooMuchInFlight(long wanted) {
        services.refused(tenantName, LimitMetrics.IN_FLIGHT_BYTES);
        return WriteAnswers.tooMuchInFlight(services.budget(), wanted);
    }

    /** The part of the way behind the opening of the store. */
    private final class AppendTurn implements FairAdmission.Work {
        private final Tenant tenant;
        private final @Nullable Tsdb db;
        private final @Nullable Throwable openFailure;

        AppendTurn(Tenant tenant, @Nullable Tsdb db, @Nullable Throwable openFailure) {
            this.tenant = tenant;
            this.db = db;
            this.openFailure = openFailure;
        }

        @Override
        public void run() {
            try {
                if (db == null) {
                    outcome.complete(WriteAnswers.storeNotOpened(
                            tenant, openFailure, services.ready().getAsBoolean()));
                } else {
                    append(tenant, db);
                }
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }

        @Override
        public void refuse(FairAdmission.Refusal why) {
            WriteTurn.this.refuse(why);
        }
    }

    private void append(Tenant tenant, Tsdb db) {
        int size = body.size();
        RemoteWriteDecoder decoder = services.decoders().take();
        CompletionStage<AppendResult> appended;
        int emptySeries;
        long taken = 0;
        try {
            long wanted = body.decodingBytes();
            if (!body.take(wanted)) {
                outcome.complete(tooMuchInFlight(wanted));
                return;
            }
            taken = wanted;
            RemoteWriteRequest decoded = body.decode(decoder, db.knownLabels());
            WriteOutcome over = overLimits(decoded);
            if (over != null) {
                outcome.complete(over);
                return;
            }
            emptySeries = emptySeries(decoded);
            // The request is the store's only until this returns, so the decoder is free again.
            appended = db.appendAsync(decoded);
        } catch (IOException | RuntimeException e) {
            outcome.complete(failed(tenant, e));
            return;
        } finally {
            services.decoders().give(decoder);
            body.giveBack(taken);
            body.release();
        }
        failIfThrown(appended.handle((result, failure) ->
                outcome.complete(result == null ? failed(tenant, failure) : stored(result, size, emptySeries))));
    }

    /** What the tenant's limits say to a request, or null. */
    private @Nullable WriteOutcome overLimits(RemoteWriteRequest decoded) {
        if (limits.requestSeriesMax() > 0 && decoded.seriesCount() > limits.requestSeriesMax()) {
            services.refused(tenantName, LimitMetrics.REQUEST_SERIES);
            return WriteAnswers.tooMany("series", decoded.seriesCount(), limits.requestSeriesMax());
        }
        long samples = (long) decoded.sampleCount() + decoded.histogramCount();
        if (limits.requestSamplesMax() > 0 && samples > limits.requestSamplesMax()) {
            services.refused(tenantName, LimitMetrics.REQUEST_SAMPLES);
            return WriteAnswers.tooMany("samples", samples, limits.requestSamplesMax());
        }
        return null;
    }

    /**
     * Series that version 2 forbids. Those with exemplars alone are none of them, though they should be: Prometheus'
     * sender sends exemplars in series of their own.
     */
    private static int emptySeries(RemoteWriteRequest decoded) {
        int count = 0;
        if (decoded.version() == RemoteWriteVersion.V2) {
            for (int series = 0; series < decoded.seriesCount(); series++) {
                int things =
                        decoded.sampleCount(series) + decoded.histogramCount(series) + decoded.exemplarCount(series);
                count += things == 0 ? 1 : 0;
            }
        }
        return count;
    }

    private WriteOutcome stored(AppendResult result, int size, int emptySeries) {
        if (WriteAnswers.isOverSeriesLimit(result)) {
            services.limitMetrics().seriesLimited(tenantName);
        }
        services.metrics().written(size, result);
        return WriteAnswers.toResult(result, body.version(), emptySeries, rejectionStatus);
    }

    private WriteOutcome failed(Tenant tenant, @Nullable Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (failure instanceof LimitExceededException refused) {
            services.refused(tenantName, refused.limit().name().toLowerCase(Locale.ROOT));
        } else if (failure instanceof RequestTooLargeException) {
            services.refused(tenantName, LimitMetrics.REQUEST_BYTES);
        }
        return WriteAnswers.toFailure(tenant, failure, services.ready().getAsBoolean());
    }
}
