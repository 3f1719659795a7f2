package dev.cairndb.receiver;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.QueryStoppedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.remote.ChunkedReadResponseEncoder;
import dev.cairndb.remote.MalformedRequestException;
import dev.cairndb.remote.ReadRequest;
import dev.cairndb.remote.ReadRequestDecoder;
import dev.cairndb.remote.ReadResponseEncoder;
import dev.cairndb.remote.RequestTooLargeException;
import dev.cairndb.remote.SampleLimitException;
import dev.cairndb.tsdb.ChunkCursor;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * One remote read request, from its body to its answer, in one thread. The querier is open from the first series to the
 * last, and closed also when the client goes away: writing to it fails then.
 */
final class RemoteReadExchange {
    private static final String SAMPLES_TYPE = "application/x-protobuf";
    private static final String STREAMED_TYPE = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
    private static final int FIRST_BUFFER_BYTES = 8 << 10;
    /** Frames are sent together up to this size. */
    private static final int WRITE_BYTES = 64 << 10;

    private static final int RETRY_SECONDS = 5;

    private final ReceiverSettings settings;
    private final Tenants tenants;
    private final ByteBudget budget;
    private final String tenantName;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Labels externalLabels;
    private long bytesTaken;
    private final long beganNanos = System.nanoTime();
    private volatile boolean aborted;
    private volatile @Nullable Querier open;

    RemoteReadExchange(
            ReceiverSettings settings,
            Tenants tenants,
            ByteBudget budget,
            String tenantName,
            Request request,
            Response response,
            Callback callback) {
        this.settings = settings;
        this.tenants = tenants;
        this.budget = budget;
        this.tenantName = tenantName;
        this.request = request;
        this.response = response;
        this.callback = callback;
        externalLabels = settings.externalLabels().toBuilder()
                .add(settings.tenantLabel(), tenantName)
                .build();
        request.addFailureListener(failure -> abort());
    }

    private void abort() {
        aborted = true;
        Querier reading = open;
        if (reading != null) {
            reading.cancel();
        }
    }

    /** Answers without having read anything. */
    void refuse(Answer answer) {
        TextResponse.write(response, callback, answer);
    }

    void run() {
        try {
            ReadRequest read = readRequest();
            ReadRequest.ResponseType type = read.responseType();
            if (type == null) {
                refuse(Answer.of(
                        400,
                        "server does not support any of the requested response types: " + read.acceptedResponseTypes()
                                + "; supported: map[SAMPLES:{} STREAMED_XOR_CHUNKS:{}]"));
                return;
            }
            Tsdb db = store();
            if (type == ReadRequest.ResponseType.STREAMED_XOR_CHUNKS) {
                stream(read.queries(), db);
            } else {
                sendSamples(read.queries(), db);
            }
            response.write(true, null, callback);
        } catch (IOException | RuntimeException e) {
            fail(e);
        } catch (Error e) {
            callback.failed(e);
            throw e;
        } finally {
            budget.give(bytesTaken);
        }
    }

    private void fail(Exception failure) {
        boolean expected = aborted || isOfTheAsker(failure) || failure instanceof StoreUnavailableException;
        if (expected) {
            Log.debug("a remote read of tenant " + tenantName + " ended: " + Log.describe(failure));
        } else {
            Log.error("tenant " + tenantName + ": cannot answer a remote read", failure);
        }
        if (response.isCommitted() || aborted) {
            // What was sent cannot be taken back; the client sees that the rest is missing.
            callback.failed(failure);
            return;
        }
        response.reset();
        refuse(answerTo(failure));
    }

    private static boolean isOfTheAsker(Exception failure) {
        return failure instanceof MalformedRequestException
                || failure instanceof RequestTooLargeException
                || failure instanceof SampleLimitException
                || failure instanceof QueryStoppedException
                || failure instanceof BodyTooLargeException
                || failure instanceof BadMatcherException;
    }

    /** Codes as Prometheus has them, also 500 for a bad regex; what is too large is 413 here. */
    private static Answer answerTo(Exception failure) {
        String text = Log.describe(failure);
        if (failure instanceof MalformedRequestException || failure instanceof SampleLimitException) {
            return Answer.of(400, text);
        }
        if (failure instanceof QueryStoppedException stopped) {
            return stopped.reason() == QueryStoppedException.Reason.TIME
                    ? Answer.later(503, RETRY_SECONDS, text)
                    : Answer.of(400, text);
        }
        if (failure instanceof RequestTooLargeException || failure instanceof BodyTooLargeException) {
            return Answer.of(413, text);
        }
        return failure instanceof StoreUnavailableException
                ? Answer.later(503, RETRY_SECONDS, text)
                : Answer.of(500, text);
    }

    /** A matcher that there cannot be. */
    private static final class BadMatcherException extends IOException {
        private static final long serialVersionUID = 1L;

        BadMatcherException(IllegalArgumentException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Refused before it was decompressed. */
    private static final class BodyTooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        BodyTooLargeException(int bytesMax) {
            super("request too large: max=" + bytesMax + " body bytes");
        }
    }

    private ReadRequest readRequest() throws IOException {
        int bytesMax = settings.bodyBytesMax();
        if (request.getLength() > bytesMax) {
            throw new BodyTooLargeException(bytesMax);
        }
        byte[] body = {};
        int size = 0;
        // Not closed: closing it before its end fails the request, and then nothing can be answered.
        InputStream in = Content.Source.asInputStream(request);
        while (true) {
            if (size == body.length) {
                int larger = Math.min(Math.max(FIRST_BUFFER_BYTES, 2 * size), bytesMax + 1);
                take(larger - size);
                body = Arrays.copyOf(body, larger);
            }
            int count = in.read(body, size, body.length - size);
            if (count < 0) {
                break;
            }
            size += count;
            if (size > bytesMax) {
                throw new BodyTooLargeException(bytesMax);
            }
        }
        // Unpacked it is at most 22 times as long, and the texts in it are copied once more.
        take((int) Math.min(44L * size, 2L * bytesMax));
        return ReadRequestDecoder.decode(body, 0, size, bytesMax);
    }

    private void take(int bytes) throws StoreUnavailableException {
        if (!budget.tryTake(bytes)) {
            throw new StoreUnavailableException("the requests under way take too much memory");
        }
        bytesTaken += bytes;
    }

    /** The store of the tenant; null if it has none. */
    private @Nullable Tsdb store() throws StoreUnavailableException {
        Tenant tenant = tenants.known(tenantName);
        if (tenant == null) {
            return null;
        }
        try {
            return tenant.store().join();
        } catch (CompletionException e) {
            throw new StoreUnavailableException(
                    "the store of tenant " + tenantName + " cannot be opened: " + Log.describe(e.getCause()));
        }
    }

    private void sendSamples(List<ReadRequest.Query> queries, @Nullable Tsdb db) throws IOException {
        ReadResponseEncoder encoder =
                new ReadResponseEncoder(settings.remoteRead().samplesMax());
        for (ReadRequest.Query query : queries) {
            encoder.startResult();
            forEachSeries(query, db, series -> {
                encoder.startSeries();
                MergedLabels.forEach(series.labels(), externalLabels, encoder::label);
                encoder.addSamples(series.samples());
                encoder.endSeries();
            });
            encoder.endResult();
        }
        encoder.finish();
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, SAMPLES_TYPE);
        response.getHeaders().put(HttpHeader.CONTENT_ENCODING, "snappy");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, encoder.sizeBytes());
        encoder.writeTo(out());
    }

    private void stream(List<ReadRequest.Query> queries, @Nullable Tsdb db) throws IOException {
        ChunkedReadResponseEncoder encoder =
                new ChunkedReadResponseEncoder(settings.remoteRead().frameBytesMax());
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, STREAMED_TYPE);
        OutputStream out = out();
        for (int i = 0; i < queries.size(); i++) {
            int index = i;
            forEachSeries(queries.get(i), db, series -> {
                encoder.startSeries(index);
                MergedLabels.forEach(series.labels(), externalLabels, encoder::label);
                ChunkCursor chunks = series.trimmedChunks();
                while (chunks.next()) {
                    encoder.addChunk(chunks.chunk());
                    send(encoder, out, WRITE_BYTES);
                }
                encoder.endSeries();
                send(encoder, out, WRITE_BYTES);
            });
        }
        send(encoder, out, 1);
    }

    private static void send(ChunkedReadResponseEncoder encoder, OutputStream out, int bytesLeast) throws IOException {
        if (encoder.frames().size() >= bytesLeast) {
            out.write(encoder.frames().array(), 0, encoder.frames().size());
            encoder.frames().clear();
        }
    }

    private OutputStream out() {
        return Content.Sink.asOutputStream(response);
    }

    private interface SeriesAction {
        void accept(SeriesCursor series) throws IOException;
    }

    private void forEachSeries(ReadRequest.Query query, @Nullable Tsdb db, SeriesAction action) throws IOException {
        Matcher[] matchers = matchers(query.matchers());
        if (db == null || matchers.length == 0 || query.fromMillis() > query.toMillis()) {
            return;
        }
        try (Querier querier = db.querier(TimeRange.ofMillis(query.fromMillis(), query.toMillis()), limitsLeft())) {
            open = querier;
            try (SeriesCursor series = querier.select(matchers)) {
                while (series.next()) {
                    if (aborted || Thread.currentThread().isInterrupted()) {
                        throw new StoreUnavailableException("the remote read was broken off");
                    }
                    action.accept(series);
                }
            } finally {
                open = null;
            }
        }
    }

    /** The time is for all queries of the request together. */
    private QueryLimits limitsLeft() {
        QueryLimits limits = settings.queryLimits();
        if (limits.timeMax().isZero()) {
            return limits;
        }
        // Not less than a little: the first step says that the time is over.
        Duration left = limits.timeMax().minusNanos(System.nanoTime() - beganNanos);
        return new QueryLimits(
                limits.seriesMax(),
                limits.samplesMax(),
                limits.chunkBytesMax(),
                left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left);
    }

    /**
     * An external label is not stored: the question whether it has its value is the question whether it is absent.
     * Other questions about it are left as they are, as in Prometheus.
     */
    private Matcher[] matchers(List<ReadRequest.LabelMatcher> asked) throws BadMatcherException {
        Matcher[] matchers = new Matcher[asked.size()];
        for (int i = 0; i < matchers.length; i++) {
            ReadRequest.LabelMatcher matcher = asked.get(i);
            boolean isExternal = matcher.type() == ReadRequest.MatchType.EQUAL
                    && externalLabels.get(matcher.name()).equals(matcher.value());
            Matcher.Type type = switch (matcher.type()) {
                case EQUAL -> Matcher.Type.EQUAL;
                case NOT_EQUAL -> Matcher.Type.NOT_EQUAL;
                case REGEX -> Matcher.Type.REGEX;
                case NOT_REGEX -> Matcher.Type.NOT_REGEX;
            };
            try {
                matchers[i] = Matcher.of(type, matcher.name(), isExternal ? "" : matcher.value());
            } catch (IllegalArgumentException e) {
                throw new BadMatcherException(e);
            }
        }
        return matchers;
    }
}
