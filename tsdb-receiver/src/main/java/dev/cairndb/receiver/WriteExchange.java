package dev.cairndb.receiver;

import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.tsdb.AppendResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
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
        services.refused(tenantName, LimitMetrics.REQUEST_BYTES);
        answer(WriteAnswers.tooLarge(bytes, bodyBytesMax).answer());
    }

    private void brokeOff(Throwable failure) {
        Log.debug("a write of tenant " + tenantName + " broke off: " + Log.describe(failure));
        if (failure instanceof TimeoutException) {
            answer(Answer.of(408, "the body did not come in time"));
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
        WriteTurn turn = new WriteTurn(services, tenantName, limits, rejectionStatus, new WholeBody());
        var unused = turn.outcome().whenComplete(this::answer);
        turn.admit();
    }

    private final class WholeBody implements WriteBody {
        private final RemoteWriteLimits bodyLimits = bodyLimits(services.limits());

        private RemoteWriteLimits bodyLimits(RemoteWriteLimits ofAll) {
            return bodyBytesMax >= ofAll.decompressedBytesMax()
                    ? ofAll
                    : new RemoteWriteLimits(bodyBytesMax, ofAll.seriesMax(), ofAll.labelsMax(), ofAll.samplesMax());
        }

        @Override
        public RemoteWriteVersion version() {
            return content.version();
        }

        @Override
        public int size() {
            return body.size();
        }

        @Override
        public long cost() {
            return body.cost(content.compression(), bodyLimits.decompressedBytesMax());
        }

        @Override
        public long decodingBytes() {
            return body.decompressedBytes(content.compression(), bodyLimits.decompressedBytesMax());
        }

        @Override
        public boolean take(long bytes) {
            return budget.tryTake(bytes);
        }

        @Override
        public void giveBack(long bytesTaken) {
            budget.give(bytesTaken);
        }

        @Override
        public RemoteWriteRequest decode(RemoteWriteDecoder decoder, @Nullable KnownLabels known) throws IOException {
            return decoder.decode(
                    body.array(), 0, body.size(), content.compression(), content.version(), bodyLimits, known);
        }

        @Override
        public void release() {
            body.release();
        }
    }

    private void answer(WriteOutcome outcome, @Nullable Throwable failure) {
        if (failure != null) {
            fail(failure);
            return;
        }
        try {
            AppendResult result = outcome.result();
            if (result != null) {
                written = Written.of(result);
            }
            answer(outcome.answer());
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private void fail(Throwable failure) {
        Log.error("a write of tenant " + tenantName + " was not answered", failure);
        body.release();
        callback.failed(failure);
    }

    private Answer tooMuchInFlight() {
        services.refused(tenantName, LimitMetrics.IN_FLIGHT_BYTES);
        return WriteAnswers.tooMuchInFlight(services.budget(), bytesSeen).answer();
    }

    private @Nullable Answer refusalByHeaders() {
        if (!request.getMethod().equals("POST")) {
            return Answer.of(405, "Method not allowed");
        }
        if (!services.ready().getAsBoolean()) {
            return WriteAnswers.notReady().answer();
        }
        if (content.refusal() != null) {
            return content.refusal();
        }
        String problem = TenantName.problem(tenantName);
        return problem == null ? null : WriteAnswers.badTenantName(problem).answer();
    }

    /** What would be refused as soon as it is whole is not kept until then. */
    private @Nullable Answer refusalByLoad() {
        if (services.admission().isFullFor(tenantName)) {
            FairAdmission.Refusal why = FairAdmission.Refusal.TOO_MANY_WAITING;
            services.refused(tenantName, why.name().toLowerCase(Locale.ROOT));
            return WriteAnswers.notAdmitted(why).answer();
        }
        return budget.hasRoomFor(Math.max(0, request.getLength())) ? null : tooMuchInFlight();
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
