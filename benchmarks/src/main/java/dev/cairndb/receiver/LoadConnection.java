package dev.cairndb.receiver;

import dev.cairndb.io.ByteWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A sender with a connection of its own, which sends one request after the other: as fast as they are answered, or at a
 * pace, and then leaves out what it is late with. It does not wait as a refusal tells it to. Not thread-safe.
 */
final class LoadConnection {
    private static final int TIMEOUT_MILLIS = 60_000;
    /** Behind {@code HTTP/1.1} and a blank. */
    private static final int STATUS_AT = 9;

    private final URI target;
    private final String tenant;
    private final List<WriteTemplate> messages;
    private int turn;
    /** Whether the last answer was the last of its connection. */
    private boolean closes;

    /** What came of a run. */
    static final class Outcome {
        final Map<Integer, Long> answers = new TreeMap<>();
        final Latencies latencies = new Latencies();
        long samplesAccepted;
        long failures;

        void add(Outcome other) {
            other.answers.forEach((status, count) -> answers.merge(status, count, Long::sum));
            latencies.add(other.latencies);
            samplesAccepted += other.samplesAccepted;
            failures += other.failures;
        }

        long requests() {
            return answers.values().stream().mapToLong(Long::longValue).sum() + failures;
        }
    }

    /** @param messages sent in turns; no other connection sends them meanwhile */
    LoadConnection(URI target, String tenant, List<WriteTemplate> messages) {
        this.target = target;
        this.tenant = tenant;
        this.messages = messages;
    }

    /** @param intervalNanos from one request to the next; 0: as fast as they are answered */
    Outcome run(long endNanos, long intervalNanos) {
        Outcome outcome = new Outcome();
        long due = System.nanoTime() + (intervalNanos == 0 ? 0 : (long) (Math.random() * intervalNanos));
        while (System.nanoTime() - endNanos < 0) {
            try (Socket socket = new Socket(target.getHost(), target.getPort())) {
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.setTcpNoDelay(true);
                InputStream in = new BufferedInputStream(socket.getInputStream());
                boolean open = true;
                while (open && System.nanoTime() - endNanos < 0) {
                    due = awaitTurn(due, intervalNanos);
                    WriteTemplate message = messages.get(turn++ % messages.size());
                    byte[] request = request(message.next());
                    long begin = System.nanoTime();
                    socket.getOutputStream().write(request);
                    int status = readAnswer(in, outcome, begin);
                    outcome.samplesAccepted += status / 100 == 2 ? message.samples() : 0;
                    open = !closes;
                }
            } catch (IOException e) {
                outcome.failures++;
            }
        }
        return outcome;
    }

    private static long awaitTurn(long due, long intervalNanos) {
        if (intervalNanos == 0) {
            return due;
        }
        long now = System.nanoTime();
        if (now - due > intervalNanos) {
            return now + intervalNanos;
        }
        try {
            Thread.sleep(Math.max(0, (due - now) / 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return due + intervalNanos;
    }

    /** Head and body together, so that they are sent by one call. */
    private byte[] request(ByteWriter body) {
        byte[] head = ("POST " + target.getPath() + " HTTP/1.1\r\nHost: x\r\nTHANOS-TENANT: " + tenant
                        + "\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nContent-Length: "
                        + body.size() + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = Arrays.copyOf(head, head.length + body.size());
        System.arraycopy(body.array(), 0, request, head.length, body.size());
        return request;
    }

    /** Returns the status. */
    private int readAnswer(InputStream in, Outcome outcome, long beginNanos) throws IOException {
        String line = readLine(in);
        if (line.length() < STATUS_AT + 3) {
            throw new IOException("not an answer: " + line);
        }
        int status = Integer.parseInt(line.substring(STATUS_AT, STATUS_AT + 3));
        int length = 0;
        closes = false;
        for (line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            }
            closes |= header.equals("connection: close");
        }
        in.skipNBytes(length);
        outcome.latencies.add(System.nanoTime() - beginNanos);
        outcome.answers.merge(status, 1L, Long::sum);
        return status;
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection was closed");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
