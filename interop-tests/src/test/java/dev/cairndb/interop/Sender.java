package dev.cairndb.interop;

import dev.cairndb.index.Labels;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends samples of some past hours as fast as they are taken, a round of a few requests for each timestamp, and
 * remembers what was acknowledged. What is not is sent again, as Prometheus does, also when the receiver is away for a
 * while. A sample's value follows from its series and time, so that also what was stored without an answer can be
 * checked.
 */
final class Sender implements AutoCloseable {
    private static final int REQUESTS_PER_ROUND = 3;
    private static final int SERIES_PER_REQUEST = 20;
    private static final int ROUNDS_PER_GENERATION = 150;
    private static final long STEP_MILLIS = 60_000;
    private static final long ROUND_PAUSE_MILLIS = 5;
    private static final long RETRY_PAUSE_MILLIS = 50;
    private static final Duration REQUEST_TIME_MAX = Duration.ofSeconds(20);

    /** An answer that was not an acknowledgement. */
    record Refusal(int status, @Nullable String retryAfter, String body) {}

    private final URI target;
    private final long firstMillis;
    private final Thread thread = new Thread(this::send, "sender");
    private final BitSet acknowledged = new BitSet();
    private final List<Refusal> refusals = new ArrayList<>();
    private int roundsBegun;
    private volatile boolean stopped;
    private volatile @Nullable Throwable failure;

    private Sender(int port, Duration past) {
        target = URI.create("http://127.0.0.1:" + port + "/api/v1/receive");
        firstMillis = (System.currentTimeMillis() - past.toMillis()) / STEP_MILLIS * STEP_MILLIS;
    }

    /** @param past how long before now the first sample is; at most what can be sent until the test's end */
    static Sender start(int port, Duration past) {
        Sender sender = new Sender(port, past);
        sender.thread.start();
        return sender;
    }

    private void send() {
        try {
            RemoteWriteEncoder encoder = new RemoteWriteEncoder();
            for (int round = 0; !stopped; round++) {
                if (timestampMillis(round) > System.currentTimeMillis()) {
                    throw new AssertionError("the past is used up");
                }
                synchronized (this) {
                    roundsBegun = round + 1;
                }
                while (!stopped && !sendRound(round, encoder)) {
                    Waiting.sleep(RETRY_PAUSE_MILLIS);
                }
                Waiting.sleep(ROUND_PAUSE_MILLIS);
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    /** Sends what was not acknowledged yet; returns whether everything is now. */
    private boolean sendRound(int round, RemoteWriteEncoder encoder) {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        for (int request = 0; request < REQUESTS_PER_ROUND; request++) {
            int number = round * REQUESTS_PER_ROUND + request;
            if (!isAcknowledged(number)) {
                answers.add(Http.CLIENT
                        .sendAsync(request(number, encoder), HttpResponse.BodyHandlers.ofString())
                        .handle((answer, broken) -> answer != null && taken(number, answer)));
            }
        }
        boolean all = true;
        for (CompletableFuture<Boolean> answer : answers) {
            all &= answer.join();
        }
        return all;
    }

    private HttpRequest request(int number, RemoteWriteEncoder encoder) {
        int round = number / REQUESTS_PER_ROUND;
        for (int series = 0; series < SERIES_PER_REQUEST; series++) {
            encoder.startSeries();
            labels(number, series).forEach(encoder::label);
            encoder.sample(timestampMillis(round), valueBits(number, series)).endSeries();
        }
        encoder.finish();
        return HttpRequest.newBuilder(target)
                .timeout(REQUEST_TIME_MAX)
                .header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Arrays.copyOf(encoder.body(), encoder.bodySize())))
                .build();
    }

    private synchronized boolean taken(int number, HttpResponse<String> answer) {
        if (answer.statusCode() == 204) {
            acknowledged.set(number);
            return true;
        }
        refusals.add(new Refusal(
                answer.statusCode(), answer.headers().firstValue("Retry-After").orElse(null), answer.body()));
        return false;
    }

    private synchronized boolean isAcknowledged(int number) {
        return acknowledged.get(number);
    }

    private long timestampMillis(int round) {
        return firstMillis + round * STEP_MILLIS;
    }

    private static Labels labels(int number, int series) {
        int request = number % REQUESTS_PER_ROUND;
        int generation = series % 4 == 0 ? number / REQUESTS_PER_ROUND / ROUNDS_PER_GENERATION : 0;
        return Labels.of(
                "__name__", "sent_total", "pod", "pod-" + generation, "request", "" + request, "series", "" + series);
    }

    private static long valueBits(int number, int series) {
        SplittableRandom random = new SplittableRandom(number * 1_000L + series);
        return switch (random.nextInt(30)) {
            case 0 -> 0;
            case 1 -> SampleSet.STALE;
            case 2 -> Double.doubleToRawLongBits(-0.0);
            case 3 -> random.nextLong();
            case 4 -> 0x7ff0000000000001L | random.nextLong() & 0xfffff_ffff_ffffL; // NaN with a payload
            default -> Double.doubleToRawLongBits(number + random.nextInt(5));
        };
    }

    /** Every sample of an acknowledged request, as of now. */
    synchronized SampleSet acknowledged() {
        SampleSet samples = new SampleSet();
        acknowledged.stream().forEach(number -> addTo(samples, number));
        return samples;
    }

    /** Every sample that may have reached the receiver. */
    synchronized SampleSet attempted() {
        SampleSet samples = new SampleSet();
        for (int number = 0; number < roundsBegun * REQUESTS_PER_ROUND; number++) {
            addTo(samples, number);
        }
        return samples;
    }

    private void addTo(SampleSet samples, int number) {
        for (int series = 0; series < SERIES_PER_REQUEST; series++) {
            samples.add(
                    labels(number, series), timestampMillis(number / REQUESTS_PER_ROUND), valueBits(number, series));
        }
    }

    synchronized int acknowledgedRequests() {
        return acknowledged.cardinality();
    }

    synchronized List<Refusal> refusals() {
        return List.copyOf(refusals);
    }

    /** The receiver may have stored more than it acknowledged, but nothing that was never sent. */
    static void check(SampleSet found, SampleSet acknowledged, SampleSet attempted, String where) {
        found.assertContains(acknowledged, where + ", acknowledged samples");
        attempted.assertContains(found, where + ", samples that were sent");
    }

    /** Ends with the requests under way. */
    void stop() {
        stopped = true;
        try {
            thread.join(REQUEST_TIME_MAX.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (failure != null || thread.isAlive()) {
            throw new AssertionError("the sender failed", failure);
        }
    }

    @Override
    public void close() {
        stopped = true;
    }
}
