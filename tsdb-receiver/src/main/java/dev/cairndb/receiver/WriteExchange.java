package dev.cairndb.receiver;

import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.remote.MalformedRequestException;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.InvalidPathException;
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
 * One remote_write request, from its headers to its answer. No thread waits for it: the body is copied as it arrives, the
 * answer is written when the samples are durable. The body's buffer grows with what has really come, so that a declared
 * length alone costs nothing.
 *
 * <p>Used by one thread at a time.
 */
final class WriteExchange implements Runnable {
    private static final int FIRST_BUFFER_BYTES_MAX = 256 << 10;
    private static final int RETRY_SOON_SECONDS = 1;
    private static final int RETRY_SECONDS = 5;
    private static final int RETRY_LATE_SECONDS = 30;
    private static final byte[] NONE = {};

    private final WriteServices services;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final String handler;
    private final int rejectionStatus;
    private final long beganNanos = System.nanoTime();
    private final int bodyBytesMax;

    private @Nullable Answer refusal;
    private String tenantName = "";
    private byte[] body = NONE;
    private int bodySize;
    private long bytesSeen;
    private long bytesTaken;

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
        this.callback = Callback.from(callback, services.underWay()::decrementAndGet);
        this.handler = handler;
        this.rejectionStatus = rejectionStatus;
        bodyBytesMax = services.settings().bodyBytesMax();
    }

    void begin() {
        // Before the look whether writes are taken: a stop waits for those that are counted.
        services.underWay().incrementAndGet();
        try {
            refusal = refusalByHeaders();
            if (request.getLength() > bodyBytesMax) {
                answerUnread(tooLarge(request.getLength()));
                return;
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

    /** Copies what has come of the body. One that is refused is read and dropped, so that the answer reaches the sender. */
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
                answerUnread(tooLarge(bytesSeen));
                return;
            }
            if (last) {
                bodyIsWhole();
                return;
            }
        }
    }

    private void brokeOff(Throwable failure) {
        Log.debug("a write of tenant " + tenantName + " broke off: " + Log.describe(failure));
        if (failure instanceof TimeoutException) {
            answerUnread(Answer.of(408, "the body did not come in time"));
            return;
        }
        releaseBody();
        // The server answers 400 to what is not HTTP.
        callback.failed(failure);
    }

    private void take(ByteBuffer bytes) {
        int count = bytes.remaining();
        bytesSeen += count;
        if (refusal != null || bytesSeen > bodyBytesMax || count == 0) {
            return;
        }
        if (count > body.length - bodySize && !grow(bodySize + count)) {
            refusal = tooMuchInFlight();
            releaseBody();
            return;
        }
        bytes.get(body, bodySize, count);
        bodySize += count;
    }

    private boolean grow(int needed) {
        int wanted = Math.max(needed, 2 * bodySize);
        if (bodySize == 0) {
            wanted = Math.max(needed, (int) Math.min(FIRST_BUFFER_BYTES_MAX, request.getLength()));
        }
        long size = BodyBuffers.sizeFor(Math.min(wanted, Math.max(needed, bodyBytesMax)));
        if (!services.budget().tryTake(size)) {
            return false;
        }
        byte[] larger;
        try {
            larger = services.buffers().take((int) size);
        } catch (OutOfMemoryError e) {
            services.budget().give(size);
            throw e;
        }
        System.arraycopy(body, 0, larger, 0, bodySize);
        int kept = bodySize;
        releaseBody();
        body = larger;
        bodySize = kept;
        bytesTaken = size;
        return true;
    }

    private void releaseBody() {
        if (body.length > 0) {
            services.buffers().give(body);
            services.budget().give(bytesTaken);
        }
        body = NONE;
        bodySize = 0;
        bytesTaken = 0;
    }

    private void bodyIsWhole() {
        if (refusal != null) {
            answer(refusal);
            return;
        }
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
        } catch (IOException e) {
            answer(answerToBody(e));
            return;
        }
        CompletableFuture<Tsdb> store = tenant.store();
        CompletionStage<Void> answered = store.isDone()
                ? store.handle((db, failure) -> append(tenant, db, failure))
                : store.handleAsync(
                        (db, failure) -> append(tenant, db, failure),
                        request.getComponents().getExecutor());
        failIfNotAnswered(answered);
    }

    private void checkDecodes() throws IOException {
        RemoteWriteDecoder decoder = services.decoders().take();
        long decodedBytes = 0;
        try {
            decodedBytes = takeForDecoding();
            if (decodedBytes < 0) {
                throw new StoreUnavailableException(tooMuchInFlight().text());
            }
            var unused = decoder.decode(body, 0, bodySize, RemoteWriteVersion.V1, services.limits());
        } finally {
            services.budget().give(Math.max(0, decodedBytes));
            services.decoders().give(decoder);
        }
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
        releaseBody();
        callback.failed(failure);
    }

    private @Nullable Void append(Tenant tenant, @Nullable Tsdb db, @Nullable Throwable openFailure) {
        if (db == null) {
            answer(Answer.later(
                    503,
                    RETRY_SECONDS,
                    "the store of tenant " + tenant.name() + " cannot be opened: " + Log.describe(openFailure)));
            return null;
        }
        int size = bodySize;
        CompletionStage<AppendResult> appended;
        long decodedBytes = 0;
        try {
            decodedBytes = takeForDecoding();
            if (decodedBytes < 0) {
                answer(tooMuchInFlight());
                return null;
            }
            appended = decodeAndAppend(db);
        } catch (IOException | RuntimeException e) {
            answer(answerTo(tenant, e));
            return null;
        } finally {
            services.budget().give(Math.max(0, decodedBytes));
            releaseBody();
        }
        failIfNotAnswered(appended.handle((result, failure) -> {
            if (result == null) {
                answer(answerTo(tenant, failure));
            } else {
                services.metrics()
                        .written(size, result.samplesAppended(), result.samplesDuplicate(), result.rejectedTotal());
                answer(answerTo(result));
            }
            return null;
        }));
        return null;
    }

    /** The request is the store's only until this returns, so the decoder is free again. */
    private CompletionStage<AppendResult> decodeAndAppend(Tsdb db) throws IOException {
        RemoteWriteDecoder decoder = services.decoders().take();
        try {
            return db.appendAsync(decoder.decode(body, 0, bodySize, RemoteWriteVersion.V1, services.limits()));
        } finally {
            services.decoders().give(decoder);
        }
    }

    /** Takes what decompressing will need from the budget; -1 if there is too little. */
    private long takeForDecoding() throws IOException {
        long declared;
        try {
            declared = Snappy.uncompressedSizeBytes(body, 0, bodySize);
        } catch (MalformedSnappyException e) {
            declared = 0; // the decoder says what is wrong
        }
        long bytes = Math.min(declared, services.limits().decompressedBytesMax());
        return services.budget().tryTake(bytes) ? bytes : -1;
    }

    private Answer answerTo(AppendResult result) {
        // As with Prometheus: exemplars are stored if they can be, and are no reason to refuse a request.
        int total = result.rejectedTotal() - result.exemplarsRejected();
        if (total == 0) {
            return Answer.NO_CONTENT;
        }
        if (result.rejected(Rejection.SERIES_LIMIT) > 0) {
            return Answer.later(429, RETRY_LATE_SECONDS, result.toString());
        }
        int notSupported = result.rejected(Rejection.HISTOGRAM_NOT_SUPPORTED);
        return Answer.of(total == notSupported ? 400 : rejectionStatus, result.toString());
    }

    private static Answer answerToBody(Throwable failure) {
        String text = Log.describe(failure);
        if (failure instanceof MalformedRequestException) {
            return Answer.of(400, text);
        }
        return failure instanceof RequestTooLargeException
                ? Answer.of(413, text)
                : Answer.later(503, RETRY_SECONDS, text);
    }

    private Answer answerTo(Tenant tenant, @Nullable Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (failure instanceof MalformedRequestException
                || failure instanceof RequestTooLargeException
                || failure instanceof StoreUnavailableException) {
            return answerToBody(failure);
        }
        if (failure instanceof StoreFailedException failed) {
            tenant.storeFailed(failed);
            return Answer.later(503, RETRY_LATE_SECONDS, Log.describe(failure));
        }
        if (!services.ready().getAsBoolean()) {
            return notReady();
        }
        Log.error("tenant " + tenant.name() + ": cannot append", failure == null ? new IOException("?") : failure);
        return Answer.of(500, "cannot append: " + Log.describe(failure));
    }

    private @Nullable Answer refusalByHeaders() {
        if (!request.getMethod().equals("POST")) {
            return Answer.of(405, "Method not allowed");
        }
        if (!services.ready().getAsBoolean()) {
            return notReady();
        }
        Answer refused = refusalOfContent(request.getHeaders().get(HttpHeader.CONTENT_TYPE));
        if (refused != null) {
            return refused;
        }
        String encoding = request.getHeaders().get(HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.isBlank() && !encoding.strip().equalsIgnoreCase("snappy")) {
            return Answer.of(
                    415,
                    encoding + " encoding (compression) is not accepted by this server; only snappy is acceptable");
        }
        String header = request.getHeaders().get(services.settings().tenantHeader());
        tenantName = header == null || header.isEmpty()
                ? services.settings().defaultTenant()
                : TenantName.fromHeader(header);
        String problem = TenantName.problem(tenantName);
        return problem == null ? null : Answer.of(400, problem);
    }

    private static @Nullable Answer refusalOfContent(@Nullable String contentType) {
        if (contentType == null || contentType.isBlank()) {
            return null;
        }
        MediaType mediaType = MediaType.parse(contentType);
        if (mediaType == null || !mediaType.type().equals("application/x-protobuf")) {
            return Answer.of(415, "got " + contentType + " content-type; expected application/x-protobuf");
        }
        String message = mediaType.parameters().get("proto");
        if (message == null || message.equals("prometheus.WriteRequest")) {
            return null;
        }
        if (message.equals("io.prometheus.write.v2.Request")) {
            return Answer.of(
                    415,
                    "remote_write 2.0 is not received by this version; set protobuf_message:"
                            + " prometheus.WriteRequest in the sender's remote_write section");
        }
        return Answer.of(415, "unknown remote_write message " + message + "; expected prometheus.WriteRequest");
    }

    private static Answer notReady() {
        return Answer.later(503, RETRY_SECONDS, "the receiver is starting or stopping");
    }

    private Answer tooLarge(long found) {
        return Answer.of(413, "request too large: found=" + found + " body bytes, max=" + bodyBytesMax);
    }

    private Answer tooMuchInFlight() {
        return Answer.later(
                503,
                RETRY_SOON_SECONDS,
                "too much in flight: max=" + services.budget().bytesMax() + " bytes");
    }

    /** The rest of the body stays unread, so the connection cannot be used any more. */
    private void answerUnread(Answer answer) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        answer(answer);
    }

    private void answer(Answer answer) {
        releaseBody();
        services.metrics().answered(handler, request.getMethod(), answer.status(), beganNanos);
        if (answer.status() == 405) {
            response.getHeaders().put(HttpHeader.ALLOW, "POST");
        }
        if (answer.status() >= 500) {
            Log.debug("answered " + answer.status() + " to a write of tenant " + tenantName + ": " + answer.text());
        }
        TextResponse.write(response, callback, answer);
    }
}
