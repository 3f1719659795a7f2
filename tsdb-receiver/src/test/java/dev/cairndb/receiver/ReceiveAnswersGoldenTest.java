package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import dev.cairndb.testkit.GoldenData;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sequence of writes as Thanos Receive answered it, and where we answer otherwise on purpose. */
class ReceiveAnswersGoldenTest {
    /** By the name of the case, or {@code tenant NAME}; Thanos' 200 is our 204 everywhere. */
    private static final Map<String, Answered> DIFFERENT = Map.of(
            "histogram-count-does-not-match",
                    new Answered(400, "an invalid histogram is named; Thanos drops it silently"),
            "good-histogram-and-bad-one", new Answered(400, "an invalid histogram is named; Thanos drops it silently"),
            "invalid-utf8", new Answered(409, "labels must be UTF-8, or Prometheus could not read the block"),
            "no-name-label", new Answered(409, "a series needs a metric name, as for Prometheus' own receiver"),
            "tenant ..", new Answered(400, "no tenant may leave the data directory"));

    private record Answered(int status, String reason) {}

    @Test
    void writesAreAnsweredAsThanosDoesButForTheStatedDifferences(@TempDir Path folder) throws Exception {
        GoldenData golden = new GoldenData(getClass());
        try (RunningReceiver receiver = RunningReceiver.start(
                folder, "--tsdb.too-far-in-future.time-window=0s", "--tsdb.out-of-order.time-window=0s")) {
            for (JsonNode one : JsonLines.of(golden.path("thanos/receive-answers.jsonl"))) {
                String name = one.get("name").asText();
                String tenant = one.path("tenant").asText("");
                byte[] message = one.has("body_hex")
                        ? HexFormat.of().parseHex(one.get("body_hex").asText())
                        : messageOfOneSample();
                RawRequest request = new RawRequest("POST", RunningReceiver.RECEIVE).body(compressed(message));
                RawRequest.Answer answer = (tenant.isEmpty() ? request : request.header("THANOS-TENANT", tenant))
                        .send(receiver.write(RunningReceiver.RECEIVE));
                int status = one.get("status").asInt();
                int expected = status == 200 ? 204 : status;
                Answered otherwise = DIFFERENT.get(tenant.isEmpty() ? name : name + " " + tenant);
                if (otherwise != null) {
                    expected = otherwise.status;
                    golden.checked("other answers (" + otherwise.reason + ")", 1);
                } else {
                    golden.checked("answers as by Thanos", 1);
                }
                assertEquals(expected, answer.status(), one + " -> " + answer.body());
            }
        }
        golden.report(System.out);
    }

    private static byte[] messageOfOneSample() throws Exception {
        byte[] body = RunningReceiver.body("up", System.currentTimeMillis(), 1);
        byte[] message = new byte[Snappy.uncompressedSizeBytes(body, 0, body.length)];
        int unused = Snappy.decompress(body, 0, body.length, message, 0, message.length);
        return message;
    }

    static byte[] compressed(byte[] message) {
        byte[] body = new byte[Snappy.compressedSizeBytesMax(message.length)];
        int size = new SnappyCompressor().compress(message, 0, message.length, body, 0);
        return Arrays.copyOf(body, size);
    }
}
