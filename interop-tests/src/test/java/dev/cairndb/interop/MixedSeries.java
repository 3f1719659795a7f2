package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Series of all kinds, the same for every program that they are sent to; up to a moment ago. */
final class MixedSeries {
    static final long STEP_MILLIS = 15_000;
    static final int STEPS = 220;
    static final int STEPS_PER_REQUEST = 20;
    static final long END = System.currentTimeMillis() / STEP_MILLIS * STEP_MILLIS - 30_000;
    static final long BEGIN = END - STEPS * STEP_MILLIS;

    private MixedSeries() {}

    /** Sends all of them. */
    static void send(int port, String path, int expectedStatus) throws IOException {
        for (int step = 0; step < STEPS; step += STEPS_PER_REQUEST) {
            post(port, path, body(step), expectedStatus);
        }
    }

    static void post(int port, String path, byte[] body, int expected, String... headers) throws IOException {
        HttpRequest.Builder request = Http.to(port, path)
                .header("Content-Encoding", "snappy")
                .header("Content-Type", "application/x-protobuf")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<byte[]> answer = Http.send(request.build());
        assertEquals(expected, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
    }

    /** Some steps of all series, in the order of time. */
    private static byte[] body(int firstStep) {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        for (int instance = 0; instance < 4; instance++) {
            for (String metric : List.of("gauge", "steady_total", "resetting_total", "with_more")) {
                encoder.startSeries().label("__name__", metric);
                encoder.label("instance", "i" + instance).label("job", instance < 2 ? "one" : "two");
                if (metric.equals("with_more") && instance % 2 == 0) {
                    // comes between the external labels of others when both are in one answer
                    encoder.label("path", "/").label("zone", "z");
                }
                for (int step = firstStep; step < firstStep + STEPS_PER_REQUEST; step++) {
                    addFloat(encoder, metric, instance, step);
                }
                encoder.endSeries();
            }
            addClassicHistogram(encoder, instance, firstStep);
            encoder.startSeries().label("__name__", "native").label("instance", "i" + instance);
            encoder.label("job", "one");
            for (int step = firstStep; step < firstStep + STEPS_PER_REQUEST; step++) {
                encoder.histogram(BEGIN + step * STEP_MILLIS, histogram(instance, step));
            }
            encoder.endSeries();
        }
        encoder.finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private static void addFloat(RemoteWriteEncoder encoder, String metric, int instance, int step) {
        double random = new SplittableRandom(31L * step + instance).nextInt(400) / 8.0;
        double value = switch (metric) {
            case "steady_total" -> step * (instance + 1) * 2 + step % 3;
            case "resetting_total" -> step % (50 + instance) * (instance + 1);
            default -> random;
        };
        // instance 3 is gone for a while, with a stale marker
        if (instance == 3 && step > 90 && step < 120) {
            return;
        }
        long bits = instance == 3 && step == 90 ? SampleSet.STALE : Double.doubleToRawLongBits(value);
        encoder.sample(BEGIN + step * STEP_MILLIS, bits);
    }

    private static void addClassicHistogram(RemoteWriteEncoder encoder, int instance, int firstStep) {
        for (String le : List.of("0.1", "1", "+Inf", "sum", "count")) {
            boolean isBucket = !le.equals("sum") && !le.equals("count");
            encoder.startSeries().label("__name__", "latency_" + (isBucket ? "bucket" : le));
            encoder.label("instance", "i" + instance).label("job", "one");
            if (isBucket) {
                encoder.label("le", le);
            }
            int factor = le.equals("0.1") ? 2 : le.equals("1") ? 5 : le.equals("sum") ? 3 : 9;
            for (int step = firstStep; step < firstStep + STEPS_PER_REQUEST; step++) {
                encoder.sample(
                        BEGIN + step * STEP_MILLIS,
                        Double.doubleToRawLongBits((double) factor * step * (instance + 1)));
            }
            encoder.startExemplar()
                    .label("trace_id", le + "-" + instance + "-" + firstStep)
                    .endExemplar(BEGIN + firstStep * STEP_MILLIS, Double.doubleToRawLongBits(0.5));
            encoder.endSeries();
        }
    }

    private static HistogramBuffer histogram(int instance, int step) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setSchema(1);
        int one = step * (instance + 1);
        histogram.addPositiveSpan(0, 2);
        histogram.addPositiveSpan(2, 1);
        histogram.addPositiveBucket(one);
        // differences from bucket to bucket: two times one, and step
        histogram.addPositiveBucket(one);
        histogram.addPositiveBucket(step - 2L * one);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(0.001));
        histogram.setZeroCount(step);
        histogram.setCount(3L * one + 2L * step);
        histogram.setSumBits(Double.doubleToRawLongBits(2.5 * one));
        return histogram;
    }
}
