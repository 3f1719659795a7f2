package dev.cairndb.receiver;

import java.io.IOException;
import java.io.OutputStream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/**
 * The body of an answer, sent in parts while it is made: memory does not depend on its length. Until the first part
 * goes out the answer can still become an error. A write that finds the client gone throws, which ends the query. Not
 * thread-safe.
 */
final class AnswerStream extends OutputStream {
    private static final int PART_BYTES = 32 << 10;

    private final Response response;
    private final byte[] part = new byte[PART_BYTES];
    private final OutputStream sink;
    private int size;
    private boolean begun;

    AnswerStream(Response response) {
        this.response = response;
        sink = Content.Sink.asOutputStream(response);
    }

    /** Before anything is written. */
    void begin(String contentType) {
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    }

    /** Whether a part is out, so that only breaking the connection can tell the client of a failure. */
    boolean hasBegun() {
        return begun;
    }

    /** Forgets what was written; nothing must be out yet. */
    void reset() {
        if (begun) {
            throw new IllegalStateException("BUG: a part of the answer was sent");
        }
        size = 0;
        response.reset();
    }

    @Override
    public void write(int b) throws IOException {
        if (size == part.length) {
            sendPart();
        }
        part[size++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            if (size == part.length) {
                sendPart();
            }
            int count = Math.min(end - at, part.length - size);
            System.arraycopy(bytes, at, part, size, count);
            size += count;
            at += count;
        }
    }

    private void sendPart() throws IOException {
        begun = true;
        sink.write(part, 0, size);
        size = 0;
    }

    /** Sends the rest; the answer is whole. */
    void end() throws IOException {
        if (!begun) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, size);
        }
        sendPart();
        sink.close();
    }
}
