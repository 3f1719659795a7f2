package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Senders that get an answer while they still send. */
@Timeout(value = Patience.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EarlyAnswersTest {
    private static final int PATIENT = Patience.SECONDS * 1_000;
    private static final int PIECE_BYTES = 64 << 10;
    private static final String CLOSE = "\r\nConnection: close\r\n";

    /** Answers without reading; the path says how. */
    private static final class Refusing extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            if (Request.getPathInContext(request).equals("/streamed")) {
                Content.Sink.write(
                        response,
                        false,
                        "begun",
                        Callback.from(() -> callback.failed(new IOException("cut")), callback::failed));
            } else {
                TextResponse.write(response, callback, Answer.of(413, "too large"));
            }
            return true;
        }
    }

    /** A server of its own, since a second is not long enough for a test. */
    private static final class RefusingServer implements AutoCloseable {
        final Server server = new Server();
        private final ServerConnector connector = new ServerConnector(server, 1, 1);

        RefusingServer(int lingerMillisMax) throws Exception {
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            server.setHandler(new EarlyAnswers(new Refusing(), lingerMillisMax));
            server.start();
        }

        void awaitNoConnection() throws Exception {
            Patience.await(
                    "the connection ends",
                    () -> connector.getConnectedEndPoints().isEmpty());
        }

        Socket connect() throws IOException {
            Socket socket = new Socket("127.0.0.1", connector.getLocalPort());
            socket.setSoTimeout(PATIENT);
            return socket;
        }

        @Override
        public void close() throws Exception {
            server.stop();
        }
    }

    /** @param body what is sent at once with the head */
    private static void begin(Socket socket, String path, String headers, String body) throws IOException {
        String request = "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            assertTrue(next >= 0, "the connection ended within the head: " + head);
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void aSenderThatStillSendsIsNotReset() throws Exception {
        try (RefusingServer server = new RefusingServer(PATIENT);
                Socket socket = server.connect()) {
            int pieces = 128;
            begin(socket, "/", "Content-Length: " + (pieces * PIECE_BYTES + 1), "");
            String head = readHead(socket.getInputStream());
            assertTrue(head.startsWith("HTTP/1.1 413 ") && head.contains(CLOSE), head);
            for (int i = 0; i < pieces; i++) {
                socket.getOutputStream().write(new byte[PIECE_BYTES]);
            }
            assertEquals("too large\n", readAll(socket));
        }
    }

    /** Writes until the other end does not take it any more. */
    private static void assertCutOff(Socket socket, byte[] piece) throws IOException {
        OutputStream out = socket.getOutputStream();
        assertThrows(IOException.class, () -> {
            while (true) {
                out.write(piece);
            }
        });
    }

    @Test
    void aSenderThatNeverEndsIsCutOff() throws Exception {
        byte[] chunk = ("10000\r\n" + "x".repeat(PIECE_BYTES) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        try (RefusingServer server = new RefusingServer(500)) {
            for (String headers : List.of("Content-Length: 1000000000000", "Transfer-Encoding: chunked")) {
                try (Socket socket = server.connect()) {
                    begin(socket, "/", headers, "");
                    assertTrue(readHead(socket.getInputStream()).startsWith("HTTP/1.1 413 "));
                    assertCutOff(socket, chunk);
                }
            }
        }
    }

    @Test
    void aSenderThatFallsSilentIsCutOff() throws Exception {
        try (RefusingServer server = new RefusingServer(50);
                Socket socket = server.connect()) {
            begin(socket, "/", "Content-Length: 1000000", "");
            assertEquals("too large\n", readAll(socket).replaceAll("(?s).*\r\n\r\n", ""));
            server.awaitNoConnection();
        }
    }

    @Test
    void nobodyWaitsBehindTheEndOfABody() throws Exception {
        try (RefusingServer server = new RefusingServer(10 * PATIENT);
                Socket socket = server.connect()) {
            begin(socket, "/", "Transfer-Encoding: chunked", "");
            assertTrue(readHead(socket.getInputStream()).contains(CLOSE));
            socket.getOutputStream().write("5\r\nhello\r\n0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            server.awaitNoConnection();
        }
    }

    @Test
    void noMoreThanABoundIsDropped() throws Exception {
        try (RefusingServer server = new RefusingServer(10 * PATIENT);
                Socket socket = server.connect()) {
            begin(socket, "/", "Content-Length: 1000000000000", "");
            assertTrue(readHead(socket.getInputStream()).contains(CLOSE));
            assertCutOff(socket, new byte[PIECE_BYTES]);
        }
    }

    @Test
    void aConnectionWhoseBodyCameWholeGoesOn() throws Exception {
        try (RefusingServer server = new RefusingServer(PATIENT);
                Socket socket = server.connect()) {
            for (int i = 0; i < 3; i++) {
                begin(socket, "/", "Content-Length: 2000", "x".repeat(2000));
                String head = readHead(socket.getInputStream());
                assertTrue(head.startsWith("HTTP/1.1 413 ") && !head.contains(CLOSE), head);
                assertEquals("too large\n", new String(socket.getInputStream().readNBytes(10), StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void moreThanABoundIsNotReadForTheSakeOfAConnection() throws Exception {
        try (RefusingServer server = new RefusingServer(PATIENT);
                Socket socket = server.connect()) {
            int bytes = 8 * EarlyAnswers.DROPPED_BEFORE_BYTES_MAX;
            begin(socket, "/", "Content-Length: " + bytes, "x".repeat(bytes));
            assertTrue(readHead(socket.getInputStream()).contains(CLOSE));
        }
    }

    @Test
    void whoAsksWhetherToSendIsNotToldTo() throws Exception {
        try (RefusingServer server = new RefusingServer(50);
                Socket socket = server.connect()) {
            begin(socket, "/", "Expect: 100-continue\r\nContent-Length: 5000000", "");
            String all = readAll(socket);
            assertTrue(all.startsWith("HTTP/1.1 413 ") && all.contains(CLOSE), all);
        }
    }

    @Test
    void anAnswerInPartsThatIsBrokenOffDoesNotLookWhole() throws Exception {
        try (RefusingServer server = new RefusingServer(50);
                Socket socket = server.connect()) {
            begin(socket, "/streamed", "Content-Length: 10", "");
            String all = readAll(socket);
            assertTrue(all.contains(CLOSE) && all.contains("\r\nTransfer-Encoding: chunked\r\n"), all);
            assertTrue(all.contains("begun") && !all.endsWith("0\r\n\r\n"), all);
        }
    }
}
