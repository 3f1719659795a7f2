package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.receiver.grpc.RawCalls;
import dev.cairndb.remote.RemoteWriteEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Messages of Thanos' services, and what is in their answers. */
final class GrpcMessages {
    static final String SERIES = "thanos.Store/Series";
    static final long NOW = System.currentTimeMillis();
    static final int EQUAL = 0;
    static final int REGEX = 2;

    private GrpcMessages() {}

    static Consumer<ByteWriter> matcher(int field, int type, String name, String value) {
        return message -> RawCalls.bytes(message, field, RawCalls.message(matcher -> {
            RawCalls.number(matcher, 1, type);
            RawCalls.bytes(matcher, 2, name.getBytes(StandardCharsets.UTF_8));
            RawCalls.bytes(matcher, 3, value.getBytes(StandardCharsets.UTF_8));
        }));
    }

    static Consumer<ByteWriter> number(int field, long value) {
        return message -> RawCalls.number(message, field, value);
    }

    static Consumer<ByteWriter> text(int field, String value) {
        return message -> RawCalls.bytes(message, field, value.getBytes(StandardCharsets.UTF_8));
    }

    @SafeVarargs
    static byte[] request(Consumer<ByteWriter>... fields) {
        return RawCalls.message(message -> {
            RawCalls.number(message, 1, NOW - 3_600_000);
            RawCalls.number(message, 2, NOW + 60_000);
            for (Consumer<ByteWriter> field : fields) {
                field.accept(message);
            }
        });
    }

    static byte[] body(List<Labels> series) {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        for (Labels labels : series) {
            encoder.startSeries();
            labels.forEach(encoder::label);
            encoder.sample(NOW, Double.doubleToRawLongBits(1)).endSeries();
        }
        encoder.finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    static void post(RunningReceiver receiver, String tenant, List<Labels> series) throws Exception {
        HttpResponse<String> answer = receiver.post(
                RunningReceiver.RECEIVE,
                body(series),
                "Content-Type",
                "application/x-protobuf",
                "Content-Encoding",
                "snappy",
                "THANOS-TENANT",
                tenant);
        assertEquals(204, answer.statusCode(), answer.body());
    }

    static Labels labels(byte[] message, int field) {
        Labels.Builder labels = Labels.builder();
        for (byte[] label : RawCalls.all(message, field)) {
            labels.add(
                    string(RawCalls.all(label, 1).get(0)),
                    string(RawCalls.all(label, 2).get(0)));
        }
        return labels.build();
    }

    static String string(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Series one by one and in batches. */
    static List<byte[]> series(RawCalls.Answer answer) {
        assertEquals("OK", answer.code(), () -> String.valueOf(answer.status()));
        List<byte[]> series = new ArrayList<>();
        for (byte[] message : answer.messages()) {
            series.addAll(RawCalls.all(message, 1));
            RawCalls.all(message, 4).forEach(batch -> series.addAll(RawCalls.all(batch, 1)));
        }
        return series;
    }

    static List<Labels> labelSets(RawCalls.Answer answer) {
        return series(answer).stream().map(series -> labels(series, 1)).toList();
    }

    @SafeVarargs
    static byte[] labelsRequest(int startField, Consumer<ByteWriter>... fields) {
        return RawCalls.message(message -> {
            RawCalls.number(message, startField, NOW - 3_600_000);
            RawCalls.number(message, startField + 1, NOW + 60_000);
            for (Consumer<ByteWriter> field : fields) {
                field.accept(message);
            }
        });
    }

    static List<String> texts(RawCalls.Answer answer) {
        assertEquals("OK", answer.code(), () -> String.valueOf(answer.status()));
        return RawCalls.all(answer.messages().get(0), 1).stream()
                .map(GrpcMessages::string)
                .toList();
    }

    static Consumer<ByteWriter> writeSeries(String name, long timestampMillis, double value) {
        byte[] label = RawCalls.message(text(1, "__name__").andThen(text(2, name)));
        byte[] sample = RawCalls.message(message -> {
            message.putByte(1 << 3 | 1);
            message.putLong(Long.reverseBytes(Double.doubleToRawLongBits(value)));
            RawCalls.number(message, 2, timestampMillis);
        });
        byte[] series = RawCalls.message(message -> {
            RawCalls.bytes(message, 1, label);
            RawCalls.bytes(message, 2, sample);
        });
        return message -> RawCalls.bytes(message, 1, series);
    }
}
