package dev.cairndb.receiver;

import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A sender with a connection and series of its own, which sends one request after the other: as fast as they are answered,
 * or at a pace, and then leaves out what it is late with. It does not wait as a refusal tells it to. Not thread-safe.
 */
final class LoadConnection {
    private static final int TIMEOUT_MILLIS = 60_000;
    /** Behind {@code HTTP/1.1} and a blank. */
    private static final int STATUS_AT = 9;

    private final URI target;
    private final String tenant;
    private final String name;
    private final int seriesCount;
    private final int samplesPerSeries;
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder();
    private long timestampMillis;

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

    /** @param beginMillis time of the first sample; the others follow each millisecond */
    LoadConnection(URI target, String tenant, String name, int seriesCount, int samplesPerSeries, long beginMillis) {
        this.target = target;
        this.tenant = tenant;
        this.name = name;
        this.seriesCount = seriesCount;
        this.samplesPerSeries = samplesPerSeries;
        timestampMillis = beginMillis;
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
                    encode();
                    long begin = System.nanoTime();
                    socket.getOutputStream().write(head());
                    socket.getOutputStream().write(encoder.body(), 0, encoder.bodySize());
                    open = readAnswer(in, outcome, begin);
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

    private void encode() {
        encoder.clear();
        for (int series = 0; series < seriesCount; series++) {
            encoder.startSeries()
                    .label("__name__", "load_requests_total")
                    .label("instance", name)
                    .label("job", "load")
                    .label("path", "/api/v1/some/longer/path/" + series);
            double value = series + (int) (timestampMillis % 1000);
            for (int sample = 0; sample < samplesPerSeries; sample++) {
                encoder.sample(timestampMillis + sample, Double.doubleToRawLongBits(value));
            }
            encoder.endSeries();
        }
        encoder.finish();
        timestampMillis += samplesPerSeries;
    }

    private byte[] head() {
        return ("POST " + target.getPath() + " HTTP/1.1\r\nHost: x\r\nTHANOS-TENANT: " + tenant
                        + "\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nContent-Length: "
                        + encoder.bodySize() + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns whether the connection can be used again. */
    private boolean readAnswer(InputStream in, Outcome outcome, long beginNanos) throws IOException {
        String line = readLine(in);
        if (line.length() < STATUS_AT + 3) {
            throw new IOException("not an answer: " + line);
        }
        int status = Integer.parseInt(line.substring(STATUS_AT, STATUS_AT + 3));
        int length = 0;
        boolean open = true;
        for (line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            }
            open &= !header.equals("connection: close");
        }
        in.skipNBytes(length);
        outcome.latencies.add(System.nanoTime() - beginNanos);
        outcome.answers.merge(status, 1L, Long::sum);
        if (status / 100 == 2) {
            outcome.samplesAccepted += (long) seriesCount * samplesPerSeries;
        }
        return open;
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
