package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.io.Snappy;
import dev.cairndb.remote.ReadRequest.LabelMatcher;
import dev.cairndb.remote.ReadRequest.MatchType;
import dev.cairndb.remote.ReadRequest.Query;
import dev.cairndb.testkit.FormatPage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemoteReadFormatPageTest {
    private static final long ONE_AND_A_HALF = Double.doubleToRawLongBits(1.5);

    private final FormatPage page = FormatPage.read("remote-read.md");

    @Test
    void theRequestIsWhatThePageSays() throws IOException {
        byte[] message = page.bytes("request");
        ReadRequest request = ReadRequestDecoder.decodeDecompressed(message, 0, message.length);
        assertEquals(
                new ReadRequest(
                        List.of(new Query(
                                1000, 2000, List.of(new LabelMatcher(MatchType.EQUAL, "__name__", "up")), null)),
                        List.of(1, 0)),
                request);
        assertEquals(ReadRequest.ResponseType.STREAMED_XOR_CHUNKS, request.responseType());
    }

    @Test
    void theAnswerOfSamplesIsWhatTheEncoderWrites() throws IOException {
        ReadResponseEncoder encoder = new ReadResponseEncoder(0);
        encoder.startResult();
        encoder.startSeries();
        label("__name__", "up", encoder::label);
        label("job", "x", encoder::label);
        encoder.addSamples(new ListedSamples(List.of(new ListedSamples.Sample(1000, ONE_AND_A_HALF, null))));
        encoder.endSeries();
        encoder.endResult();
        encoder.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encoder.writeTo(out);
        byte[] body = out.toByteArray();
        byte[] message = new byte[Snappy.uncompressedSizeBytes(body, 0, body.length)];
        int unused = Snappy.decompress(body, 0, body.length, message, 0, message.length);
        assertEquals(page.hex("samples"), HexFormat.of().formatHex(message));
    }

    @Test
    void theFrameIsWhatTheEncoderWrites() {
        byte[] bytes = new byte[64];
        XorAppender appender = new XorAppender();
        appender.start(bytes, 0);
        appender.append(1000, ONE_AND_A_HALF);
        EncodedChunk chunk = new EncodedChunk();
        chunk.wrap(ChunkEncoding.XOR, 1000, 1000, bytes, 0, appender.byteLength());
        ChunkedReadResponseEncoder encoder = new ChunkedReadResponseEncoder(1 << 20);
        encoder.startSeries(0);
        label("__name__", "up", encoder::label);
        label("job", "x", encoder::label);
        encoder.addChunk(chunk);
        encoder.endSeries();
        assertEquals(
                page.hex("frame"), HexFormat.of().formatHex(encoder.frames().toByteArray()));
    }

    @Test
    void theLimitIsThatOfTheDecoder() {
        assertTrue(page.contains(String.format("%,d", ReadRequestDecoder.PARTS_MAX)));
    }

    private interface Sink {
        void label(byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength);
    }

    private static void label(String name, String value, Sink sink) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
        sink.label(nameBytes, 0, nameBytes.length, valueBytes, 0, valueBytes.length);
    }
}
