package dev.cairndb.receiver;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

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

    EarlyAnswers(Handler handler) {
        super(handler);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (request.getLength() <= 0 && !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
            return super.handle(request, response, callback);
        }
        Body body = new Body(request);
        return super.handle(body, new Answered(body, response), new Ended(body, callback));
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
                    getHeaders().put(HttpHeader.CONNECTION, "close");
                }
            }
            super.write(last, bytes, callback);
        }
    }

    /** What is done when the answer is on its way: ends the exchange, or drops the rest of the body first. */
    private static final class Ended implements Callback, Runnable {
        private final Body body;
        private final Callback callback;
        private final AtomicBoolean isOver = new AtomicBoolean();

        Ended(Body body, Callback callback) {
            this.body = body;
            this.callback = callback;
        }

        @Override
        public void succeeded() {
            if (body.isWhole) {
                callback.succeeded();
                return;
            }
            body.getComponents().getScheduler().schedule(this::end, LINGER_MILLIS_MAX, TimeUnit.MILLISECONDS);
            run();
        }

        @Override
        public void failed(Throwable failure) {
            callback.failed(failure);
        }

        @Override
        public void run() {
            while (!isOver.get()) {
                Content.Chunk chunk = body.read();
                if (chunk == null) {
                    body.demand(this);
                    return;
                }
                boolean isLast = chunk.isLast() || Content.Chunk.isFailure(chunk);
                chunk.release();
                if (isLast) {
                    end();
                }
            }
        }

        private void end() {
            if (isOver.compareAndSet(false, true)) {
                callback.succeeded();
            }
        }
    }
}
