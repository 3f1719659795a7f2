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
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A sender with a connection of its own, which sends one request after the other: as fast as they are answered, or at a
 * pace. It does not wait as a refusal tells it to. Not thread-safe.
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

    /**
     * When requests are sent.
     *
     * @param intervalNanos from one to the next; 0: as fast as they are answered
     * @param keeps whether those that it is late with are sent all the same, and their latency counts from when they
     *     should have been sent: what waits behind a pause of the receiver is part of that pause. Otherwise they are
     *     left out
     * @param slowest where the latencies go as well
     */
    record Pace(long intervalNanos, boolean keeps, @Nullable Slowest slowest) {
        static final Pace UNBOUNDED = new Pace(0, false, null);

        static Pace leavingOut(long intervalNanos) {
            return new Pace(intervalNanos, false, null);
        }

        static Pace keeping(long intervalNanos, Slowest slowest) {
            return new Pace(intervalNanos, true, slowest);
        }
    }

    /** Sends each message once. */
    Outcome runOnce(long endNanos) {
        return run(endNanos, messages.size(), Pace.UNBOUNDED);
    }

    Outcome run(long endNanos, Pace pace) {
        return run(endNanos, Long.MAX_VALUE, pace);
    }

    private Outcome run(long endNanos, long requestsMax, Pace pace) {
        Outcome outcome = new Outcome();
        long due = System.nanoTime() + (long) (Math.random() * pace.intervalNanos);
        while (goesOn(outcome, endNanos, requestsMax)) {
            try (Socket socket = new Socket(target.getHost(), target.getPort())) {
                socket.setSoTimeout(TIMEOUT_MILLIS);
                socket.setTcpNoDelay(true);
                InputStream in = new BufferedInputStream(socket.getInputStream());
                boolean open = true;
                while (open && goesOn(outcome, endNanos, requestsMax)) {
                    due = awaitTurn(due, pace);
                    WriteTemplate message = messages.get(turn++ % messages.size());
                    byte[] request = request(message.next());
                    long begin = pace.keeps ? due - pace.intervalNanos : System.nanoTime();
                    socket.getOutputStream().write(request);
                    int status = readAnswer(in, outcome, begin, pace);
                    outcome.samplesAccepted += status / 100 == 2 ? message.samples() : 0;
                    open = !closes;
                }
            } catch (IOException e) {
                outcome.failures++;
            }
        }
        return outcome;
    }

    private static boolean goesOn(Outcome outcome, long endNanos, long requestsMax) {
        return outcome.requests() < requestsMax && System.nanoTime() - endNanos < 0;
    }

    /** Returns when the one after this is due. */
    private static long awaitTurn(long due, Pace pace) {
        if (pace.intervalNanos == 0) {
            return due;
        }
        long now = System.nanoTime();
        if (!pace.keeps && now - due > pace.intervalNanos) {
            return now + pace.intervalNanos;
        }
        for (long left = due - now; left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        return due + pace.intervalNanos;
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
    private int readAnswer(InputStream in, Outcome outcome, long beginNanos, Pace pace) throws IOException {
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
        long end = System.nanoTime();
        outcome.latencies.add(end - beginNanos);
        if (pace.slowest != null) {
            pace.slowest.add(beginNanos, end);
        }
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
