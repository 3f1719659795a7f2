package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Questions that a real Prometheus answered about a directory, asked of a receiver on a copy of it. */
class RemoteReadGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FOLDER = "remote_read";
    private static final int TAG_SAMPLE = 0x12;
    private static final int TAG_VALUE = 0x09;

    private final GoldenData golden = new GoldenData(getClass());

    @Test
    void answersAsPrometheusDoesByteForByte(@TempDir Path folder) throws Exception {
        JsonNode server = JSON.readTree(golden.path(FOLDER + "/server.json").toFile());
        List<String> failures = new ArrayList<>();
        try (RunningReceiver usual = start(folder.resolve("usual"), server.get("max_bytes_in_frame"));
                RunningReceiver small =
                        start(folder.resolve("small"), server.get("max_bytes_in_frame_of_small_frames_cases"))) {
            for (String name : golden.names(FOLDER, ".request.snappy")) {
                try {
                    check(name, name.startsWith("small-frames") ? small : usual);
                } catch (AssertionError e) {
                    failures.add(name + ": " + e.getMessage());
                }
            }
        }
        assertEquals(List.of(), failures);
        golden.report(System.out);
    }

    /** The external labels of the Prometheus are those of our tenant: one of them is the tenant's own. */
    private RunningReceiver start(Path folder, JsonNode frameBytes) throws IOException {
        DirectoryCopy.copy(
                golden.path(FOLDER + "/data"),
                Files.createDirectories(folder.resolve("data")).resolve("z"));
        return RunningReceiver.start(
                folder,
                "--label=replica=\"a\"",
                "--receive.tenant-label-name=zone",
                "--receive.default-tenant-id=z",
                "--tsdb.retention=0d",
                "--storage.remote.read-max-bytes-in-frame=" + frameBytes.asInt());
    }

    private void check(String name, RunningReceiver receiver) throws Exception {
        JsonNode expected =
                JSON.readTree(golden.path(FOLDER + "/" + name + ".json").toFile());
        byte[] expectedBody = Files.readAllBytes(golden.path(FOLDER + "/" + name + ".response"));
        HttpResponse<byte[]> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(receiver.admin(RemoteReadHandler.PATH))
                                .header("Content-Type", "application/x-protobuf")
                                .header("Content-Encoding", "snappy")
                                .POST(HttpRequest.BodyPublishers.ofFile(
                                        golden.path(FOLDER + "/" + name + ".request.snappy")))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(expected.get("status").asInt(), answer.statusCode(), () -> new String(answer.body()));
        if (answer.statusCode() != 200) {
            golden.checked("errors", 1);
            return;
        }
        assertEquals(
                expected.get("content_type").asText(),
                answer.headers().firstValue("Content-Type").orElse(""));
        assertEquals(
                expected.get("content_encoding").asText(),
                answer.headers().firstValue("Content-Encoding").orElse(""));
        if (expected.get("content_encoding").asText().equals("snappy")) {
            assertSameBytes(decompressed(expectedBody), withoutNegativeZeros(decompressed(answer.body()), 0));
            golden.checked("answers of samples", 1);
        } else {
            assertSameBytes(expectedBody, answer.body());
            golden.checked("streams of frames", 1);
        }
    }

    private static void assertSameBytes(byte[] expected, byte[] found) {
        if (expected.length < 200) {
            assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(found));
        }
        assertArrayEquals(expected, found);
    }

    /**
     * Prometheus leaves -0 out of samples as it does 0; here it is kept. Results hold series, and these hold samples.
     */
    private static byte[] withoutNegativeZeros(byte[] message, int depth) throws IOException {
        ByteReader in = new ByteReader("answer").reset(message, 0, message.length, 0);
        ByteWriter out = new ByteWriter(message.length);
        while (in.remaining() > 0) {
            int tag = in.readByte();
            int length = in.readUvarintInt(in.remaining());
            int start = in.skip(length);
            byte[] content = Arrays.copyOfRange(message, start, start + length);
            if (depth < 2) {
                content = withoutNegativeZeros(content, depth + 1);
            } else if (tag == TAG_SAMPLE && length > 9 && content[0] == TAG_VALUE && isNegativeZero(content)) {
                content = Arrays.copyOfRange(content, 9, length);
            }
            out.putByte(tag);
            out.putUvarint(content.length);
            out.putBytes(content, 0, content.length);
        }
        return out.toByteArray();
    }

    /** Little-endian, behind the tag. */
    private static boolean isNegativeZero(byte[] sample) {
        return BigEndian.getLong(sample, 1) == 0x80;
    }

    private static byte[] decompressed(byte[] body) throws IOException {
        byte[] message = new byte[Snappy.uncompressedSizeBytes(body, 0, body.length)];
        int unused = Snappy.decompress(body, 0, body.length, message, 0, message.length);
        return message;
    }
}
