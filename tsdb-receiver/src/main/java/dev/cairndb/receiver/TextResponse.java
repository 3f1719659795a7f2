package dev.cairndb.receiver;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/** Writes whole answers. */
final class TextResponse {
    private TextResponse() {}

    static void write(Response response, Callback callback, Answer answer) {
        if (answer.retryAfterSeconds() > 0) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, answer.retryAfterSeconds());
        }
        String text = answer.text().isEmpty() ? "" : answer.text() + "\n";
        write(response, callback, answer.status(), "text/plain; charset=utf-8", text);
    }

    static void write(Response response, Callback callback, int status, String contentType, String text) {
        write(response, callback, status, contentType, text.getBytes(StandardCharsets.UTF_8));
    }

    static void write(Response response, Callback callback, int status, String contentType, byte[] body) {
        response.setStatus(status);
        if (body.length == 0) {
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
            return;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
