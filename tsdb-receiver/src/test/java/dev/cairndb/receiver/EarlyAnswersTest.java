package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Senders that get an answer while they still send. */
class EarlyAnswersTest {
    private static final int PIECE_BYTES = 64 << 10;

    @TempDir
    Path folder;

    private RunningReceiver start() throws IOException {
        return RunningReceiver.start(folder, "--limits.request-body-size=1KB");
    }

    private static List<URI> writeAndRead(RunningReceiver receiver) {
        return List.of(receiver.write("/api/v1/receive"), receiver.admin(RemoteReadHandler.PATH));
    }

    private static Socket connect(URI target) throws IOException {
        Socket socket = new Socket(target.getHost(), target.getPort());
        socket.setSoTimeout(Patience.SECONDS * 1_000);
        return socket;
    }

    /** @param body what is sent at once with the head */
    private static void begin(Socket socket, URI target, String headers, String body) throws IOException {
        String request = "POST " + target.getPath() + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n" + body;
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The answer without what comes behind its head. */
    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        String end = "\r\n\r\n";
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith(end)) {
            int next = in.read();
            assertTrue(next >= 0, "the connection ended within the head: " + head);
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aSenderThatStillSendsIsNotReset() throws Exception {
        try (RunningReceiver receiver = start()) {
            for (URI target : writeAndRead(receiver)) {
                try (Socket socket = connect(target)) {
                    int pieces = 128;
                    begin(socket, target, "Content-Length: " + (pieces * PIECE_BYTES + 1), "");
                    String head = readHead(socket.getInputStream());
                    assertTrue(head.startsWith("HTTP/1.1 413 "), head);
                    assertTrue(head.contains("\r\nConnection: close\r\n"), head);
                    for (int i = 0; i < pieces; i++) {
                        socket.getOutputStream().write(new byte[PIECE_BYTES]);
                    }
                    String body = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    assertTrue(body.startsWith("request too large: "), body);
                }
            }
        }
    }

    @Test
    void aSenderThatNeverEndsIsCutOff() throws Exception {
        try (RunningReceiver receiver = start()) {
            for (URI target : writeAndRead(receiver)) {
                for (String headers : List.of("Content-Length: 1000000000000", "Transfer-Encoding: chunked")) {
                    byte[] piece = ("1000\r\n" + "x".repeat(0x1000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
                    try (Socket socket = connect(target)) {
                        begin(socket, target, headers, "");
                        OutputStream out = socket.getOutputStream();
                        long latest = System.nanoTime() + Patience.SECONDS * 1_000_000_000L;
                        assertThrows(
                                IOException.class,
                                () -> {
                                    while (System.nanoTime() < latest) {
                                        out.write(piece);
                                        Thread.sleep(5);
                                    }
                                },
                                headers);
                    }
                }
            }
        }
    }

    @Test
    void aConnectionWhoseRequestCameWholeGoesOn() throws Exception {
        try (RunningReceiver receiver = start()) {
            URI target = receiver.admin(RemoteReadHandler.PATH);
            try (Socket socket = connect(target)) {
                for (int i = 0; i < 3; i++) {
                    begin(socket, target, "THANOS-TENANT: a/b\r\nContent-Length: 2000", "x".repeat(2000));
                    String head = readHead(socket.getInputStream());
                    assertTrue(head.startsWith("HTTP/1.1 400 "), head);
                    assertTrue(!head.contains("\r\nConnection: close\r\n"), head);
                    int length = Integer.parseInt(head.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
                    assertEquals(length, socket.getInputStream().readNBytes(length).length);
                }
            }
        }
    }
}
