package dev.cairndb.receiver;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A request written byte by byte, for what well-behaved clients do not send. */
final class RawRequest {
    record Answer(int status, String head, String body) {
        /** Lower case, or empty. */
        String header(String name) {
            for (String line : head.split("\r\n")) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return "";
        }
    }

    private final String method;
    private final String path;
    private final List<String> headers = new ArrayList<>();
    private byte[] body = {};
    private boolean withLength = true;

    RawRequest(String method, String path) {
        this.method = method;
        this.path = path;
        header("Host", "x");
        header("Connection", "close");
    }

    RawRequest header(String name, String value) {
        headers.add(name + ": " + value);
        return this;
    }

    RawRequest body(byte[] bytes) {
        body = bytes;
        return this;
    }

    /** As the headers are: with Transfer-Encoding, or with a length that is not the body's. */
    RawRequest withoutLength() {
        withLength = false;
        return this;
    }

    Answer send(URI server) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout(Patience.SECONDS * 1_000);
            write(socket.getOutputStream());
            return read(socket);
        }
    }

    void write(OutputStream out) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        String lengthHeader = withLength ? "Content-Length: " + body.length + "\r\n" : "";
        String head =
                method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n" + lengthHeader + "\r\n";
        request.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        request.writeBytes(body);
        out.write(request.toByteArray());
        out.flush();
    }

    static Answer read(Socket socket) throws IOException {
        String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int end = all.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new IOException("no answer: " + all);
        }
        return new Answer(Integer.parseInt(all.substring(9, 12)), all.substring(0, end), all.substring(end + 4));
    }
}
