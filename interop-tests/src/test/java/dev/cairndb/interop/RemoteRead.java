package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Asks a Prometheus for its samples by remote read, as encoded chunks: the only interface that shows all bits of a
 * value. (Text has one NaN, and the list of samples in the other kind of answer leaves out the sign of a zero.)
 */
final class RemoteRead {
    private static final int TYPE_REGEX = 2;
    private static final int STREAMED_XOR_CHUNKS = 1;
    private static final int WIRE_VARINT = 0;
    private static final int WIRE_FIXED64 = 1;
    private static final int WIRE_BYTES = 2;

    private RemoteRead() {}

    /** What to take of a sample. */
    private interface Sink {
        void sample(Labels labels, SampleCursor sample);
    }

    /** Every sample the server has. */
    static SampleSet all(int port) throws IOException {
        SampleSet samples = new SampleSet();
        read(port, (labels, sample) -> samples.add(labels, sample.timestampMillis(), sample.valueBits()));
        return samples;
    }

    /** The start timestamps of all samples that have one, in place of their values. */
    static SampleSet startTimestamps(int port) throws IOException {
        SampleSet starts = new SampleSet();
        read(port, (labels, sample) -> {
            if (sample.startTimestampMillis() != 0) {
                starts.add(labels, sample.timestampMillis(), sample.startTimestampMillis());
            }
        });
        return starts;
    }

    /** Every sample of every kind, as text that tells all of it but the reset hint of a histogram. */
    static Map<Labels, TreeMap<Long, String>> texts(int port, String... headers) throws IOException {
        Map<Labels, TreeMap<Long, String>> texts = new TreeMap<>();
        read(
                port,
                (labels, sample) -> {
                    String text = sample.kind() == SampleKind.FLOAT
                            ? Long.toHexString(sample.valueBits())
                            : HistogramText.of(sample.histogram());
                    String before = texts.computeIfAbsent(labels, absent -> new TreeMap<>())
                            .put(sample.timestampMillis(), text);
                    assertNull(before, () -> labels + ": two samples at " + sample.timestampMillis());
                },
                headers);
        return texts;
    }

    private static void read(int port, Sink sink, String... headers) throws IOException {
        byte[] body = compressed(request(0, Long.MAX_VALUE / 2_000_000));
        HttpRequest.Builder request = Http.to(port, "/api/v1/read");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        HttpResponse<byte[]> answer = Http.send(request.header("Content-Type", "application/x-protobuf")
                .header("Content-Encoding", "snappy")
                .header("X-Prometheus-Remote-Read-Version", "0.1.0")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build());
        assertEquals(200, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
        decodeFrames(answer.body(), sink);
    }

    private static byte[] request(long fromMillis, long toMillis) {
        ByteWriter matcher = new ByteWriter(64);
        matcher.putByte(1 << 3 | WIRE_VARINT);
        matcher.putUvarint(TYPE_REGEX);
        putBytes(matcher, 2, "__name__".getBytes(StandardCharsets.UTF_8));
        putBytes(matcher, 3, ".*".getBytes(StandardCharsets.UTF_8));
        ByteWriter query = new ByteWriter(64);
        query.putByte(1 << 3 | WIRE_VARINT);
        query.putUvarint(fromMillis);
        query.putByte(2 << 3 | WIRE_VARINT);
        query.putUvarint(toMillis);
        putBytes(query, 3, matcher.toByteArray());
        ByteWriter request = new ByteWriter(64);
        putBytes(request, 1, query.toByteArray());
        request.putByte(2 << 3 | WIRE_VARINT);
        request.putUvarint(STREAMED_XOR_CHUNKS);
        return request.toByteArray();
    }

    private static void putBytes(ByteWriter target, int field, byte[] bytes) {
        target.putByte(field << 3 | WIRE_BYTES);
        target.putUvarint(bytes.length);
        target.putBytes(bytes, 0, bytes.length);
    }

    private static byte[] compressed(byte[] message) {
        byte[] target = new byte[Snappy.compressedSizeBytesMax(message.length)];
        return Arrays.copyOf(target, new SnappyCompressor().compress(message, 0, message.length, target, 0));
    }

    /** Frames of uvarint length, CRC-32C, message. */
    private static void decodeFrames(byte[] body, Sink samples) throws IOException {
        ByteReader frames = reader(body, 0, body.length);
        while (frames.remaining() > 0) {
            int length = (int) frames.readUvarint();
            int checksum = frames.readInt();
            int start = frames.skip(length);
            assertEquals(checksum, Crc32c.of(body, start, length), "checksum of a frame");
            ByteReader frame = reader(body, start, length);
            while (frame.remaining() > 0) {
                int tag = (int) frame.readUvarint();
                if (tag == (1 << 3 | WIRE_BYTES)) {
                    decodeSeries(message(frame), samples);
                } else {
                    skip(frame, tag);
                }
            }
        }
    }

    private static void decodeSeries(ByteReader series, Sink samples) throws IOException {
        Labels.Builder labels = Labels.builder();
        while (series.remaining() > 0) {
            int tag = (int) series.readUvarint();
            if (tag == (1 << 3 | WIRE_BYTES)) {
                decodeLabel(message(series), labels);
            } else if (tag == (2 << 3 | WIRE_BYTES)) { // all labels came before
                decodeChunk(message(series), labels.build(), samples);
            } else {
                skip(series, tag);
            }
        }
    }

    private static void decodeLabel(ByteReader label, Labels.Builder labels) throws IOException {
        String name = "";
        String value = "";
        while (label.remaining() > 0) {
            int tag = (int) label.readUvarint();
            ByteReader text = message(label);
            String string = new String(text.array(), text.position(), text.remaining(), StandardCharsets.UTF_8);
            if (tag == (1 << 3 | WIRE_BYTES)) {
                name = string;
            } else {
                value = string;
            }
        }
        labels.add(name, value);
    }

    private static void decodeChunk(ByteReader chunk, Labels labels, Sink samples) throws IOException {
        long encoding = 0;
        while (chunk.remaining() > 0) {
            int tag = (int) chunk.readUvarint();
            if (tag == (3 << 3 | WIRE_VARINT)) {
                encoding = chunk.readUvarint();
            } else if (tag == (4 << 3 | WIRE_BYTES)) {
                ByteReader data = message(chunk);
                ChunkEncoding known = ChunkEncoding.ofId((int) encoding);
                assertNotNull(known, "encoding " + encoding);
                EncodedChunk encoded = new EncodedChunk();
                encoded.wrap(known, 0, 0, data.array(), data.position(), data.remaining());
                SampleCursor cursor = new ChunkCursors().open(encoded);
                while (cursor.next()) {
                    samples.sample(labels, cursor);
                }
            } else {
                skip(chunk, tag);
            }
        }
    }

    private static void skip(ByteReader reader, int tag) throws IOException {
        switch (tag & 7) {
            case WIRE_VARINT -> {
                long unused = reader.readUvarint();
            }
            case WIRE_FIXED64 -> {
                int unused = reader.skip(8);
            }
            case WIRE_BYTES -> {
                ByteReader unused = message(reader);
            }
            default -> throw new IOException("tag " + tag);
        }
    }

    private static ByteReader message(ByteReader reader) throws IOException {
        int length = (int) reader.readUvarint();
        int start = reader.skip(length);
        return reader(reader.array(), start, length);
    }

    private static ByteReader reader(byte[] bytes, int offset, int length) {
        return new ByteReader("remote read").reset(bytes, offset, length, 0);
    }
}
