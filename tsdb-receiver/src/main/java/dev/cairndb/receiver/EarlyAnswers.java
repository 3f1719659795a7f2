package dev.cairndb.receiver;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Lets an answer that is given before the request's body has ended reach the sender. A connection that is closed while
 * its sender still sends is reset: the sender sees that in place of the answer, and sends again what was refused for
 * good. So the connection is said to end with the answer, and stays open for what comes behind it until the sender
 * ends it, for a moment at most (RFC 9112, section 9.6). Thread-safe.
 */
final class EarlyAnswers extends Handler.Wrapper {
    static final int LINGER_MILLIS_MAX = 1_000;
    /** More than this is not read for the sake of the connection. */
    static final int DROPPED_BEFORE_BYTES_MAX = 256 << 10;

    static final int DROPPED_BEHIND_BYTES_MAX = 64 << 20;

    private final int lingerMillisMax;

    EarlyAnswers(Handler handler) {
        this(handler, LINGER_MILLIS_MAX);
    }

    /** For tests. */
    EarlyAnswers(Handler handler, int lingerMillisMax) {
        super(handler);
        this.lingerMillisMax = lingerMillisMax;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (request.getLength() <= 0 && !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
            return super.handle(request, response, callback);
        }
        Body body = new Body(request);
        return super.handle(body, new Answered(body, response), new Ended(body, callback, lingerMillisMax));
    }

    /** The request, which knows whether its body has been read to the end. */
    private static final class Body extends Request.Wrapper {
        private volatile boolean isWhole;

        Body(Request request) {
            super(request);
        }

        @Override
        public Content.Chunk read() {
            Content.Chunk chunk = super.read();
            if (chunk != null && chunk.isLast() && !Content.Chunk.isFailure(chunk)) {
                isWhole = true;
            }
            return chunk;
        }

        /** Drops what has come, up to a bound; nobody else reads any more. */
        void dropWhatCame() {
            long dropped = 0;
            while (!isWhole && dropped <= DROPPED_BEFORE_BYTES_MAX) {
                Content.Chunk chunk = read();
                if (chunk == null || Content.Chunk.isFailure(chunk)) {
                    return;
                }
                dropped += chunk.remaining();
                chunk.release();
            }
        }
    }

    private static final class Answered extends Response.Wrapper {
        private final Body body;

        Answered(Body body, Response response) {
            super(body, response);
            this.body = body;
        }

        @Override
        public void write(boolean last, ByteBuffer bytes, Callback callback) {
            if (!body.isWhole && !isCommitted()) {
                body.dropWhatCame();
                if (!body.isWhole) {
                    endConnection(last);
                }
            }
            super.write(last, bytes, callback);
        }

        private void endConnection(boolean last) {
            getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
            if (!last && !getHeaders().contains(HttpHeader.CONTENT_LENGTH)) {
                // An answer that ends with its connection would look whole when it is broken off.
                getHeaders().put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED);
            }
        }
    }

    /** Ends the exchange when the answer is on its way, or when the rest of the body has been dropped behind it. */
    private static final class Ended implements Callback, Runnable {
        private final Body body;
        private final Callback callback;
        private final int lingerMillisMax;
        private long deadlineNanos;
        private long dropped;
        private boolean isOver;
        private Scheduler.@Nullable Task atDeadline;

        Ended(Body body, Callback callback, int lingerMillisMax) {
            this.body = body;
            this.callback = callback;
            this.lingerMillisMax = lingerMillisMax;
        }

        @Override
        public void succeeded() {
            if (body.isWhole) {
                callback.succeeded();
                return;
            }
            synchronized (this) {
                deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(lingerMillisMax);
                atDeadline = body.getComponents()
                        .getScheduler()
                        .schedule(this::endAtDeadline, lingerMillisMax, TimeUnit.MILLISECONDS);
            }
            // Not in this thread: it may be the one that ends it, or one that queries wait for.
            body.getComponents().getExecutor().execute(this);
        }

        @Override
        public void failed(Throwable failure) {
            callback.failed(failure);
        }

        /** Drops what has come of the body, and goes on when there is more. */
        @Override
        public void run() {
            if (dropUntilEnd()) {
                callback.succeeded();
            }
        }

        /** False if more may come, or if somebody else has ended it: an exchange must not end while it is read from. */
        private synchronized boolean dropUntilEnd() {
            while (!isOver) {
                Content.Chunk chunk = body.read();
                if (chunk == null) {
                    body.demand(this);
                    return false;
                }
                dropped += chunk.remaining();
                boolean isLast = chunk.isLast() || Content.Chunk.isFailure(chunk);
                chunk.release();
                if (isLast || dropped > DROPPED_BEHIND_BYTES_MAX || System.nanoTime() - deadlineNanos >= 0) {
                    return end();
                }
            }
            return false;
        }

        private void endAtDeadline() {
            if (end()) {
                callback.succeeded();
            }
        }

        private synchronized boolean end() {
            if (isOver) {
                return false;
            }
            isOver = true;
            if (atDeadline != null) {
                atDeadline.cancel();
            }
            return true;
        }
    }
}
