package dev.cairndb.receiver;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.receiver.grpc.WriteAccess;
import dev.cairndb.remote.RemoteWriteCompression;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Stores what a router forwards, in the same turns and within the same limits as what comes by HTTP. Thread-safe.
 *
 * <p>A router understands two answers besides OK: UNAVAILABLE, after which it leaves this receiver alone for a while,
 * and ALREADY_EXISTS, for what can never be stored. After any other it has the sender try again; so
 * trouble of one tenant alone is never UNAVAILABLE, as it is by HTTP.
 */
final class GrpcWrites implements WriteAccess {
    /** What a request costs beside the bytes of its message, in such bytes. */
    private static final long REQUEST_COST_BYTES = 16 << 10;

    private static final int REJECTED = 409;

    private final WriteServices services;

    GrpcWrites(WriteServices services) {
        this.services = services;
    }

    @Override
    public CompletionStage<Status> write(String tenant, byte[] message, int offset, int length) {
        String name = tenant.isEmpty() ? services.settings().defaultTenant() : tenant;
        Write write = new Write(name, message, offset, length);
        services.underWay().incrementAndGet();
        try {
            write.begin();
        } catch (RuntimeException | Error e) {
            write.fail(e);
            if (e instanceof Error error) {
                throw error;
            }
        }
        return write.answered.whenComplete(
                (status, failure) -> services.underWay().decrementAndGet());
    }

    private static Status statusOf(Answer answer) {
        return switch (answer.status()) {
            case 200, 204 -> Status.OK;
            case 400, 409, 413 -> Status.ALREADY_EXISTS;
            case 429 -> Status.RESOURCE_EXHAUSTED;
            case 503 -> Status.UNAVAILABLE;
            default -> Status.INTERNAL;
        };
    }

    /** Series of one tenant, from their bytes to the answer. */
    private final class Write {
        private final String tenantName;
        private final byte[] message;
        private final int offset;
        private final int length;
        private final TenantLimits limits;
        private final CompletableFuture<Status> answered = new CompletableFuture<>();
        private ByteBudget.@Nullable Share budget;

        Write(String tenantName, byte[] message, int offset, int length) {
            this.tenantName = tenantName;
            this.message = message;
            this.offset = offset;
            this.length = length;
            limits = services.tenantLimits().current().of(tenantName);
        }

        void begin() {
            String problem = TenantName.problem(tenantName);
            if (!services.ready().getAsBoolean()) {
                answer(WriteAnswers.notReady());
            } else if (problem != null) {
                answer(Answer.of(400, problem));
            } else if (limits.requestBytesMax() > 0 && length > limits.requestBytesMax()) {
                count(LimitMetrics.REQUEST_BYTES);
                answer(WriteAnswers.tooLarge(length, (int) Math.min(Integer.MAX_VALUE, limits.requestBytesMax())));
            } else if (!takeBudget()) {
                count(LimitMetrics.IN_FLIGHT_BYTES);
                Answer answer = WriteAnswers.tooMuchInFlight(services.budget());
                // What is free is for other tenants.
                answer(services.budget().hasFree(length) ? Status.RESOURCE_EXHAUSTED : statusOf(answer), answer.text());
            } else {
                // Not here: this thread has many connections to go on with.
                services.admission().submit(tenantName, REQUEST_COST_BYTES + length, new InTurn(this::findStore));
            }
        }

        private boolean takeBudget() {
            ByteBudget.Share share = services.budget().join(tenantName);
            if (share.tryTake(length)) {
                budget = share;
                return true;
            }
            share.leave();
            return false;
        }

        /** A part of the way that other requests wait for. */
        private final class InTurn implements FairAdmission.Work {
            private final Runnable work;

            InTurn(Runnable work) {
                this.work = work;
            }

            @Override
            public void run() {
                try {
                    work.run();
                } catch (RuntimeException | Error e) {
                    fail(e);
                }
            }

            @Override
            public void refuse(FairAdmission.Refusal why) {
                count(why.name().toLowerCase(Locale.ROOT));
                Answer answer = WriteAnswers.notAdmitted(why);
                boolean ofTenant = why == FairAdmission.Refusal.TOO_MANY_WAITING;
                answer(ofTenant ? Status.RESOURCE_EXHAUSTED : statusOf(answer), answer.text());
            }
        }

        private void findStore() {
            Tenant tenant;
            try {
                if (services.tenants().known(tenantName) == null) {
                    // No folder is made for a message that stores nothing.
                    checkDecodes();
                }
                tenant = services.tenants().tenant(tenantName);
            } catch (InvalidPathException e) {
                answer(Answer.of(400, "tenant name not valid: no folder can have it here: " + tenantName));
                return;
            } catch (TooManyTenantsException e) {
                count(LimitMetrics.TENANTS);
                answer(WriteAnswers.tooManyTenants(e.max()));
                return;
            } catch (IOException e) {
                Answer answer = WriteAnswers.toBody(e);
                // What is not the message's fault is that of the tenant's folder.
                answer(answer.status() == 503 ? Status.INTERNAL : statusOf(answer), answer.text());
                return;
            }
            CompletableFuture<Tsdb> store = tenant.store();
            boolean opened = store.isDone();
            var unused = store.handle((db, failure) -> {
                InTurn work = new InTurn(() -> append(tenant, db, failure));
                if (opened) {
                    work.run();
                } else {
                    // Opening takes long, so the turn was given to others meanwhile.
                    services.admission().submit(tenantName, REQUEST_COST_BYTES + length, work);
                }
                return null;
            });
        }

        private void checkDecodes() throws IOException {
            RemoteWriteDecoder decoder = services.decoders().take();
            try {
                var unused = decode(decoder, null);
            } finally {
                services.decoders().give(decoder);
            }
        }

        private RemoteWriteRequest decode(RemoteWriteDecoder decoder, @Nullable Tsdb db) throws IOException {
            return decoder.decode(
                    message,
                    offset,
                    length,
                    RemoteWriteCompression.NONE,
                    RemoteWriteVersion.V1,
                    services.limits(),
                    db == null ? null : db.knownLabels());
        }

        private void append(Tenant tenant, @Nullable Tsdb db, @Nullable Throwable openFailure) {
            if (db == null) {
                answer(
                        services.ready().getAsBoolean() ? Status.INTERNAL : Status.UNAVAILABLE,
                        WriteAnswers.storeNotOpened(tenant, openFailure).text());
                return;
            }
            RemoteWriteDecoder decoder = services.decoders().take();
            CompletionStage<AppendResult> appended;
            try {
                RemoteWriteRequest decoded = decode(decoder, db);
                Answer over = overLimits(decoded);
                if (over != null) {
                    answer(over);
                    return;
                }
                // The request is the store's only until this returns, so the decoder is free again.
                appended = db.appendAsync(decoded);
            } catch (IOException | RuntimeException e) {
                answerFailure(tenant, e);
                return;
            } finally {
                services.decoders().give(decoder);
            }
            var unused = appended.handle((result, failure) -> {
                answerResult(tenant, result, failure);
                return null;
            });
        }

        private @Nullable Answer overLimits(RemoteWriteRequest decoded) {
            if (limits.requestSeriesMax() > 0 && decoded.seriesCount() > limits.requestSeriesMax()) {
                count(LimitMetrics.REQUEST_SERIES);
                return WriteAnswers.tooMany("series", decoded.seriesCount(), limits.requestSeriesMax());
            }
            long samples = (long) decoded.sampleCount() + decoded.histogramCount();
            if (limits.requestSamplesMax() > 0 && samples > limits.requestSamplesMax()) {
                count(LimitMetrics.REQUEST_SAMPLES);
                return WriteAnswers.tooMany("samples", samples, limits.requestSamplesMax());
            }
            return null;
        }

        private void answerResult(Tenant tenant, @Nullable AppendResult result, @Nullable Throwable failure) {
            if (result == null) {
                answerFailure(tenant, failure);
                return;
            }
            services.metrics().written(length, result);
            if (WriteAnswers.isOverSeriesLimit(result)) {
                services.limitMetrics().seriesLimited(tenantName);
                // Not 429 as by HTTP, which senders do not repeat: they would repeat what becomes of it here.
                answer(Answer.of(REJECTED, result.toString()));
                return;
            }
            answer(WriteAnswers.toResult(result, RemoteWriteVersion.V1, 0, REJECTED));
        }

        private void answerFailure(Tenant tenant, @Nullable Throwable thrown) {
            Throwable failure =
                    thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
            if (failure instanceof LimitExceededException refused) {
                count(refused.limit().name().toLowerCase(Locale.ROOT));
            }
            Answer answer =
                    WriteAnswers.toFailure(tenant, failure, services.ready().getAsBoolean());
            answer(failure instanceof StoreFailedException ? Status.INTERNAL : statusOf(answer), answer.text());
        }

        private void count(String reason) {
            // Names that nobody has checked would grow the metrics without end.
            services.limitMetrics().refused(services.tenants().known(tenantName) == null ? "" : tenantName, reason);
        }

        private void fail(Throwable failure) {
            Log.error("a forwarded write of tenant " + tenantName + " was not answered", failure);
            answer(Answer.of(500, Log.describe(failure)));
        }

        private void answer(Answer answer) {
            answer(statusOf(answer), answer.text());
        }

        private void answer(Status status, String text) {
            ByteBudget.Share share = budget;
            budget = null;
            if (share != null) {
                share.give(length);
                share.leave();
            }
            answered.complete(status.isOk() ? status : status.withDescription(text));
        }
    }
}
