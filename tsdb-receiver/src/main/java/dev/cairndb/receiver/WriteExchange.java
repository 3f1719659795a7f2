package dev.cairndb.receiver;

import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * One remote_write request, from its headers to its answer. No thread waits for it: the body is copied as it arrives,
 * the answer is written when the samples are durable.
 *
 * <p>Used by one thread at a time.
 */
final class WriteExchange implements Runnable {
    /** What a request costs beside the bytes of its body, in such bytes. */
    private static final long REQUEST_COST_BYTES = 16 << 10;

    private final WriteServices services;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final String handler;
    private final int rejectionStatus;
    private final long beganNanos = System.nanoTime();
    private final int bodyBytesMax;
    private final WriteContent content;
    private final String tenantName;
    private final TenantLimits limits;
    private final ByteBudget.Share budget;
    private final RequestBody body;

    private @Nullable Answer refusal;
    private long bytesSeen;

    /** What was stored of the request. */
    private Written written = Written.NOTHING;

    /** Counts for the headers of a version 2 answer; what was stored already counts as well. */
    private record Written(int samples, int histograms, int exemplars) {
        static final Written NOTHING = new Written(0, 0, 0);

        static Written of(AppendResult result) {
            return new Written(
                    result.samplesAppended() + result.samplesDuplicate(),
                    result.histogramsAppended() + result.histogramsDuplicate(),
                    result.exemplarsAppended() + result.exemplarsDuplicate());
        }

        void putHeaders(Response response) {
            response.getHeaders().put("X-Prometheus-Remote-Write-Samples-Written", samples);
            response.getHeaders().put("X-Prometheus-Remote-Write-Histograms-Written", histograms);
            response.getHeaders().put("X-Prometheus-Remote-Write-Exemplars-Written", exemplars);
        }
    }

    WriteExchange(
            WriteServices services,
            Request request,
            Response response,
            Callback callback,
            String handler,
            int rejectionStatus) {
        this.services = services;
        this.request = request;
        this.response = response;
        this.handler = handler;
        this.rejectionStatus = rejectionStatus;
        String header = request.getHeaders().get(services.settings().tenantHeader());
        tenantName = header == null || header.isEmpty()
                ? services.settings().defaultTenant()
                : TenantName.fromHeader(header);
        limits = services.tenantLimits().current().of(tenantName);
        long bytesMax = services.settings().bodyBytesMax();
        bodyBytesMax = (int) (limits.requestBytesMax() == 0 ? bytesMax : Math.min(bytesMax, limits.requestBytesMax()));
        content = WriteContent.of(
                request.getHeaders().get(HttpHeader.CONTENT_TYPE),
                request.getHeaders().get(HttpHeader.CONTENT_ENCODING),
                services.settings().acceptedMessages());
        budget = services.budget().join(tenantName);
        body = new RequestBody(budget, services.buffers(), bodyBytesMax, request.getLength());
        this.callback = Callback.from(callback, this::ended);
    }

    private void ended() {
        services.underWay().decrementAndGet();
        budget.leave();
    }

    void begin() {
        // Before the look whether writes are taken: a stop waits for those that are counted.
        services.underWay().incrementAndGet();
        try {
            refusal = refusalByHeaders();
            if (request.getLength() > bodyBytesMax) {
                refuseUnread(request.getLength());
                return;
            }
            if (refusal == null) {
                refusal = refusalByLoad();
            }
            read();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Goes on when more of the body has come. */
    @Override
    public void run() {
        try {
            read();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /**
     * Copies what has come of the body. One that is refused is read and dropped, so that the answer reaches the sender.
     */
    private void read() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                brokeOff(chunk.getFailure());
                return;
            }
            boolean last = chunk.isLast();
            try {
                take(chunk.getByteBuffer());
            } finally {
                chunk.release();
            }
            if (bytesSeen > bodyBytesMax) {
                refuseUnread(bytesSeen);
                return;
            }
            if (last) {
                bodyIsWhole();
                return;
            }
        }
    }

    private void refuseUnread(long bytes) {
        count(LimitMetrics.REQUEST_BYTES);
        answerUnread(WriteAnswers.tooLarge(bytes, bodyBytesMax));
    }

    private void brokeOff(Throwable failure) {
        Log.debug("a write of tenant " + tenantName + " broke off: " + Log.describe(failure));
        if (failure instanceof TimeoutException) {
            answerUnread(Answer.of(408, "the body did not come in time"));
            return;
        }
        body.release();
        // The server answers 400 to what is not HTTP.
        callback.failed(failure);
    }

    private void take(ByteBuffer bytes) {
        bytesSeen += bytes.remaining();
        if (refusal != null || bytesSeen > bodyBytesMax || !bytes.hasRemaining()) {
            return;
        }
        if (!body.add(bytes)) {
            refusal = tooMuchInFlight();
            body.release();
        }
    }

    private void bodyIsWhole() {
        if (refusal != null) {
            answer(refusal);
            return;
        }
        services.admission().admit(tenantName, cost(), new InTurn(this::findStore));
    }

    private long cost() {
        return REQUEST_COST_BYTES
                + body.cost(content.compression(), bodyLimits().decompressedBytesMax());
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
            try {
                answer(notAdmitted(why));
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }
    }

    private Answer notAdmitted(FairAdmission.Refusal why) {
        count(why.name().toLowerCase(Locale.ROOT));
        return WriteAnswers.notAdmitted(why);
    }

    private void findStore() {
        Tenant tenant;
        try {
            if (services.tenants().known(tenantName) == null) {
                // No folder is made for a body that stores nothing.
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
            answer(WriteAnswers.toBody(e));
            return;
        }
        CompletableFuture<Tsdb> store = tenant.store();
        if (store.isDone()) {
            failIfNotAnswered(store.handle((db, failure) -> append(tenant, db, failure)));
        } else {
            // Opening takes long, so the turn is given to others meanwhile.
            failIfNotAnswered(store.handle((db, failure) -> {
                Runnable work = () -> append(tenant, db, failure);
                request.getComponents()
                        .getExecutor()
                        .execute(() -> services.admission().admit(tenantName, cost(), new InTurn(work)));
                return null;
            }));
        }
    }

    private void checkDecodes() throws IOException {
        RemoteWriteDecoder decoder = services.decoders().take();
        long decodedBytes = 0;
        try {
            decodedBytes = takeForDecoding();
            if (decodedBytes < 0) {
                throw new StoreUnavailableException(tooMuchInFlight().text());
            }
            var unused = decode(decoder, null);
        } finally {
            budget.give(Math.max(0, decodedBytes));
            services.decoders().give(decoder);
        }
    }

    private Answer tooMuchInFlight() {
        count(LimitMetrics.IN_FLIGHT_BYTES);
        return WriteAnswers.tooMuchInFlight(services.budget());
    }

    private void count(String reason) {
        // Names that nobody has checked would grow the metrics without end.
        services.limitMetrics().refused(services.tenants().known(tenantName) == null ? "" : tenantName, reason);
    }

    private RemoteWriteRequest decode(RemoteWriteDecoder decoder, @Nullable KnownLabels known) throws IOException {
        return decoder.decode(
                body.array(), 0, body.size(), content.compression(), content.version(), bodyLimits(), known);
    }

    private RemoteWriteLimits bodyLimits() {
        RemoteWriteLimits ofAll = services.limits();
        return bodyBytesMax >= ofAll.decompressedBytesMax()
                ? ofAll
                : new RemoteWriteLimits(bodyBytesMax, ofAll.seriesMax(), ofAll.labelsMax(), ofAll.samplesMax());
    }

    private long takeForDecoding() {
        return body.takeForDecoding(content.compression(), bodyLimits().decompressedBytesMax());
    }

    /** What the tenant's limits say to a request, or null. */
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

    /** What is thrown on the way to an answer must not leave the sender waiting. */
    private void failIfNotAnswered(CompletionStage<?> answered) {
        answered.whenComplete((nothing, failure) -> {
            if (failure != null) {
                fail(failure);
            }
        });
    }

    private void fail(Throwable failure) {
        Log.error("a write of tenant " + tenantName + " was not answered", failure);
        body.release();
        callback.failed(failure);
    }

    private @Nullable Void append(Tenant tenant, @Nullable Tsdb db, @Nullable Throwable openFailure) {
        if (db == null) {
            answer(WriteAnswers.storeNotOpened(tenant, openFailure));
            return null;
        }
        int size = body.size();
        RemoteWriteDecoder decoder = services.decoders().take();
        CompletionStage<AppendResult> appended;
        int emptySeries;
        long decodedBytes = 0;
        try {
            decodedBytes = takeForDecoding();
            if (decodedBytes < 0) {
                answer(tooMuchInFlight());
                return null;
            }
            RemoteWriteRequest decoded = decode(decoder, db.knownLabels());
            Answer over = overLimits(decoded);
            if (over != null) {
                answer(over);
                return null;
            }
            emptySeries = emptySeries(decoded);
            // The request is the store's only until this returns, so the decoder is free again.
            appended = db.appendAsync(decoded);
        } catch (IOException | RuntimeException e) {
            answerFailure(tenant, e);
            return null;
        } finally {
            services.decoders().give(decoder);
            budget.give(Math.max(0, decodedBytes));
            body.release();
        }
        failIfNotAnswered(appended.handle((result, failure) -> {
            if (result == null) {
                answerFailure(tenant, failure);
            } else {
                if (WriteAnswers.isOverSeriesLimit(result)) {
                    services.limitMetrics().seriesLimited(tenantName);
                }
                services.metrics().written(size, result);
                written = Written.of(result);
                answer(WriteAnswers.toResult(result, content.version(), emptySeries, rejectionStatus));
            }
            return null;
        }));
        return null;
    }

    private void answerFailure(Tenant tenant, @Nullable Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (failure instanceof LimitExceededException refused) {
            count(refused.limit().name().toLowerCase(Locale.ROOT));
        } else if (failure instanceof RequestTooLargeException) {
            count(LimitMetrics.REQUEST_BYTES);
        }
        answer(WriteAnswers.toFailure(tenant, failure, services.ready().getAsBoolean()));
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

    private @Nullable Answer refusalByHeaders() {
        if (!request.getMethod().equals("POST")) {
            return Answer.of(405, "Method not allowed");
        }
        if (!services.ready().getAsBoolean()) {
            return WriteAnswers.notReady();
        }
        if (content.refusal() != null) {
            return content.refusal();
        }
        String problem = TenantName.problem(tenantName);
        return problem == null ? null : Answer.of(400, problem);
    }

    /** What would be refused as soon as it is whole is not kept until then. */
    private @Nullable Answer refusalByLoad() {
        if (services.admission().isFullFor(tenantName)) {
            return notAdmitted(FairAdmission.Refusal.TOO_MANY_WAITING);
        }
        return budget.hasRoomFor(Math.max(0, request.getLength())) ? null : tooMuchInFlight();
    }

    /** The rest of the body stays unread, so the connection cannot be used any more. */
    private void answerUnread(Answer answer) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        answer(answer);
    }

    private void answer(Answer answer) {
        body.release();
        services.metrics().answered(handler, request.getMethod(), answer.status(), beganNanos);
        if (answer.status() == 405) {
            response.getHeaders().put(HttpHeader.ALLOW, "POST");
        } else if (content.version() == RemoteWriteVersion.V2) {
            written.putHeaders(response);
        }
        if (answer.status() >= 500) {
            Log.debug("answered " + answer.status() + " to a write of tenant " + tenantName + ": " + answer.text());
        }
        TextResponse.write(response, callback, answer);
    }
}
