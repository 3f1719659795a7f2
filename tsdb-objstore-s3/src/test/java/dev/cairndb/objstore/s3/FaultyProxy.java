package dev.cairndb.objstore.s3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a server: passes requests on, one to a connection, writes them down, and does to them what a test
 * wants.
 */
final class FaultyProxy implements AutoCloseable {
    /** What happens to a request. */
    enum Fault {
        /** 503 SlowDown, and the server sees nothing. */
        SLOW_DOWN,
        /** 500 InternalError, and the server sees nothing. */
        INTERNAL_ERROR,
        /** 403 AccessDenied, and the server sees nothing. */
        DENIED,
        /** The same, answered without waiting for the request's body, as AWS does. */
        DENIED_EARLY,
        /** The connection is cut before the server sees anything. */
        CUT_BEFORE,
        /** The server does it, and the connection is cut before the answer. */
        CUT_ANSWER,
        /** The answer breaks off in the middle of its body. */
        CUT_BODY
    }

    interface Plan {
        /** @param line such as {@code PUT /bucket/key} */
        @Nullable
        Fault faultOf(int request, String line);
    }

    private static final String EXPECT = "\r\nExpect: 100-continue";
    private static final int BUFFER_BYTES = 64 << 10;

    private final ServerSocket socket;
    private final int targetPort;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger count = new AtomicInteger();
    final List<String> requests = new CopyOnWriteArrayList<>();
    volatile Plan plan = (request, line) -> null;

    FaultyProxy(int targetPort) throws IOException {
        this.targetPort = targetPort;
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                threads.execute(() -> serve(client));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            String head = readHead(in);
            if (head.isEmpty()) {
                return;
            }
            String line = head.substring(0, head.indexOf(" HTTP/"));
            requests.add(line.replaceAll("[?].*", ""));
            @Nullable Fault fault = plan.faultOf(count.incrementAndGet(), line);
            if (fault == Fault.CUT_BEFORE) {
                return;
            }
            if (fault == Fault.DENIED_EARLY) {
                client.getOutputStream().write(error(fault, line.startsWith("HEAD")));
                return;
            }
            if (head.contains(EXPECT)) {
                client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            }
            if (fault == Fault.SLOW_DOWN || fault == Fault.INTERNAL_ERROR || fault == Fault.DENIED) {
                copy(in, OutputStream.nullOutputStream(), lengthOf(head));
                client.getOutputStream().write(error(fault, line.startsWith("HEAD")));
                return;
            }
            pass(head, in, client.getOutputStream(), fault);
        } catch (IOException e) {
            // The client has gone.
        }
    }

    private void pass(String head, InputStream in, OutputStream out, @Nullable Fault fault) throws IOException {
        try (Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort)) {
            server.getOutputStream()
                    .write(head.replace(EXPECT, "")
                            .replaceFirst("(?i)\r\nconnection: [^\r]*", "")
                            .replaceFirst("\r\n", "\r\nConnection: close\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            copy(in, server.getOutputStream(), lengthOf(head));
            InputStream answer = server.getInputStream();
            if (fault == Fault.CUT_ANSWER) {
                copy(answer, OutputStream.nullOutputStream(), Long.MAX_VALUE);
                return;
            }
            String answerHead = readHead(answer);
            out.write(answerHead.getBytes(StandardCharsets.ISO_8859_1));
            copy(answer, out, fault == Fault.CUT_BODY ? lengthOf(answerHead) / 2 : Long.MAX_VALUE);
        }
    }

    private static byte[] error(Fault fault, boolean withoutBody) {
        boolean denied = fault == Fault.DENIED || fault == Fault.DENIED_EARLY;
        String status = fault == Fault.SLOW_DOWN ? "503" : denied ? "403" : "500";
        String code = fault == Fault.SLOW_DOWN ? "SlowDown" : denied ? "AccessDenied" : "InternalError";
        String body = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>made to fail</Message></Error>";
        return ("HTTP/1.1 " + status + " X\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + (withoutBody ? "" : body))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    /** With the empty line; empty if nothing comes. */
    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int matched = 0;
        while (matched < 4) {
            int value = in.read();
            if (value < 0) {
                return "";
            }
            head.write(value);
            matched = value == "\r\n\r\n".charAt(matched) ? matched + 1 : value == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static long lengthOf(String head) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                return Long.parseLong(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        return 0;
    }

    private static void copy(InputStream in, OutputStream out, long count) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (long left = count; left > 0; ) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                return;
            }
            out.write(buffer, 0, read);
            left -= read;
        }
        out.flush();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
