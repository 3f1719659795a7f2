package dev.cairndb.remote;

import static dev.cairndb.remote.WireWriter.label;
import static dev.cairndb.remote.WireWriter.message;
import static dev.cairndb.remote.WireWriter.sample;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import dev.cairndb.io.Zstd;
import dev.cairndb.remote.MalformedRequestException.Layer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RemoteWriteDecoderTest {
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();

    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();

    @Test
    void aSecondDecodeReplacesTheFirst() throws IOException {
        byte[] first = compress(seriesOf(3, 2));
        byte[] second = compress(seriesOf(1, 1));
        RemoteWriteRequest request = decoder.decode(first, 0, first.length, RemoteWriteVersion.V1, LIMITS);
        assertEquals(3, request.seriesCount());

        assertSame(request, decoder.decode(second, 0, second.length, RemoteWriteVersion.V1, LIMITS));

        assertEquals(1, request.seriesCount());
        assertEquals(1, request.sampleCount());
    }

    @Test
    void labelsThatAreKnownCountToo() throws IOException {
        byte[] message = seriesOf(3, 2).toByteArray();
        ListedLabels known = new ListedLabels();
        RemoteWriteRequest request = decode(message, LIMITS, known);
        int labels = 0;
        for (int series = 0; series < 3; series++) {
            labels += request.labelCount(series);
            assertEquals(KnownLabels.NOWHERE, request.labelsPlace(series));
        }
        known.learn(request);
        RemoteWriteLimits just = new RemoteWriteLimits(1 << 20, 100, labels, 100);
        RemoteWriteLimits less = new RemoteWriteLimits(1 << 20, 100, labels - 1, 100);
        assertThrows(RequestTooLargeException.class, () -> decode(message, less, known));
        assertEquals(2, decode(message, just, known).labelsPlace(2));
        known.forget();
        assertThrows(RequestTooLargeException.class, () -> decode(message, less, known));
        assertEquals(3, decode(message, just, known).seriesCount());
    }

    @Test
    void labelsBehindKnownOnesAreCountedOnce() throws IOException {
        WireWriter first = message().message(1, label("a", "1")).message(1, label("b", "2"));
        ListedLabels known = new ListedLabels();
        known.learn(decode(message().message(1, first).toByteArray(), LIMITS, known));
        byte[] longer = message().message(1, first.message(1, label("c", "3"))).toByteArray();
        RemoteWriteLimits just = new RemoteWriteLimits(1 << 20, 100, 3, 100);
        assertEquals(3, decode(longer, just, known).labelCount(0));
    }

    private RemoteWriteRequest decode(byte[] message, RemoteWriteLimits limits, KnownLabels known) throws IOException {
        return decoder.decode(
                message, 0, message.length, RemoteWriteCompression.NONE, RemoteWriteVersion.V1, limits, known);
    }

    @Test
    void theBodyMayLieAnywhereInAnArray() throws IOException {
        byte[] body = compress(seriesOf(3, 2));
        byte[] around = new byte[body.length + 10];
        Arrays.fill(around, (byte) 0xFF);
        System.arraycopy(body, 0, around, 4, body.length);
        assertEquals(
                6,
                decoder.decode(around, 4, body.length, RemoteWriteVersion.V1, LIMITS)
                        .sampleCount());
    }

    @Test
    void aRequestOfItsOwnOutlivesOtherDecodes() throws IOException {
        RemoteWriteRequest first = RemoteWriteRequest.decode(compress(seriesOf(3, 2)), LIMITS);
        RemoteWriteRequest second = RemoteWriteRequest.decode(compress(seriesOf(1, 1)), LIMITS);
        assertNotSame(first, second);
        assertEquals(3, first.seriesCount());
        assertEquals(1, second.seriesCount());
    }

    @Test
    void afterAnErrorTheRequestIsEmpty() throws IOException {
        byte[] good = compress(seriesOf(3, 2));
        byte[] message = seriesOf(3, 2).toByteArray();
        byte[] cut = compress(Arrays.copyOf(message, message.length - 1));
        RemoteWriteRequest request = decoder.decode(good, 0, good.length, RemoteWriteVersion.V1, LIMITS);

        assertThrows(
                MalformedRequestException.class,
                () -> decoder.decode(cut, 0, cut.length, RemoteWriteVersion.V1, LIMITS));

        assertEquals(0, request.seriesCount());
        assertEquals(0, request.sampleCount());
        assertThrows(
                MalformedRequestException.class,
                () -> decoder.decode(good, 0, good.length - 1, RemoteWriteVersion.V1, LIMITS));
        assertEquals(0, request.seriesCount());
    }

    @Test
    void errorsTellLayerAndOffset() {
        byte[] message = message()
                .message(1, message().message(1, label("a", "b")))
                .integer(1, 5)
                .toByteArray();
        MalformedRequestException error = assertThrows(
                MalformedRequestException.class, () -> RemoteWriteRequest.decode(compress(message), LIMITS));
        assertEquals(Layer.PROTOBUF, error.layer());
        assertEquals(10, error.offset());
        assertEquals(
                "cannot decode body: wire type 0 of field 1 in WriteRequest, layer=protobuf, offset=10",
                error.getMessage());

        byte[] around = new byte[message.length + 3];
        System.arraycopy(message, 0, around, 3, message.length);
        assertEquals(
                10,
                assertThrows(
                                MalformedRequestException.class,
                                () -> decoder.decodeDecompressed(
                                        around, 3, message.length, RemoteWriteVersion.V1, LIMITS))
                        .offset());

        byte[] notSnappy = {3, 0x7C, 1};
        error = assertThrows(MalformedRequestException.class, () -> RemoteWriteRequest.decode(notSnappy, LIMITS));
        assertEquals(Layer.SNAPPY, error.layer());
    }

    @Test
    void limitsAreKeptToTheLast() throws IOException {
        byte[] message = seriesOf(4, 3).toByteArray();
        byte[] body = compress(message);
        RemoteWriteLimits exact = new RemoteWriteLimits(message.length, 4, 8, 12);
        assertEquals(
                12,
                decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, exact)
                        .sampleCount());
        assertTooLarge(body, new RemoteWriteLimits(message.length - 1, 4, 8, 12), message.length, message.length - 1);
        assertTooLarge(body, new RemoteWriteLimits(message.length, 3, 8, 12), 4, 3);
        assertTooLarge(body, new RemoteWriteLimits(message.length, 4, 7, 12), 8, 7);
        assertTooLarge(body, new RemoteWriteLimits(message.length, 4, 8, 11), 12, 11);
        assertThrows(
                RequestTooLargeException.class,
                () -> decoder.decodeDecompressed(
                        message,
                        0,
                        message.length,
                        RemoteWriteVersion.V1,
                        new RemoteWriteLimits(message.length - 1, 4, 8, 12)));
    }

    @Test
    void histogramsCountAsSamplesForTheLimit() throws IOException {
        WireWriter series = message().message(1, label("__name__", "h"));
        series.message(2, sample(1, 1)).message(4, message()).message(4, message());
        byte[] body = compress(message().message(1, series));
        assertEquals(
                2,
                decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, new RemoteWriteLimits(100, 1, 1, 3))
                        .histogramCount());
        assertTooLarge(body, new RemoteWriteLimits(100, 1, 1, 2), 3, 2);
    }

    @Test
    void exemplarsMetadataAndSymbolsAreLimitedToo() throws IOException {
        byte[] exemplars = message()
                .message(
                        1,
                        message()
                                .message(2, sample(1, 1))
                                .message(3, message().message(1, label("a", "b")))
                                .message(3, message()))
                .message(3, message())
                .message(3, message())
                .toByteArray();
        assertEquals(2, decodePlain(exemplars, RemoteWriteVersion.V1, 2, 1, 3).exemplarCount());
        assertThrows(
                RequestTooLargeException.class,
                () -> decodePlain(exemplars, RemoteWriteVersion.V1, 2, 1, 2),
                "samples");
        assertThrows(
                RequestTooLargeException.class,
                () -> decodePlain(exemplars, RemoteWriteVersion.V1, 1, 1, 3),
                "metadata");

        byte[] version2 = message()
                .bytes(4, "")
                .bytes(4, "a")
                .bytes(4, "b")
                .message(5, message().bytes(1, new byte[] {1, 2, 2, 1, 1, 1}).message(4, message()))
                .toByteArray();
        assertEquals(3, decodePlain(version2, RemoteWriteVersion.V2, 1, 3, 1).labelCount(0));
        assertThrows(
                RequestTooLargeException.class, () -> decodePlain(version2, RemoteWriteVersion.V2, 1, 2, 1), "symbols");
        byte[] refs = message().message(5, message().bytes(1, new byte[7])).toByteArray();
        assertThrows(RequestTooLargeException.class, () -> decodePlain(refs, RemoteWriteVersion.V2, 1, 3, 1));
    }

    @Test
    void aHistogramOfTooManyBucketsIsRefused() throws IOException {
        byte[] deltas = new byte[HistogramParser.VALUES_MAX];
        byte[] largest = message()
                .message(1, message().message(4, message().bytes(12, deltas)))
                .toByteArray();
        RemoteWriteRequest request = decodePlain(largest, RemoteWriteVersion.V1, 1, 1, 1);
        HistogramBuffer histogram = new HistogramBuffer();
        request.readHistogram(0, histogram);
        assertEquals(HistogramParser.VALUES_MAX, histogram.positiveBucketCount());
        byte[] tooLarge = message()
                .message(1, message().message(4, message().bytes(12, deltas).fixed64(16, 1)))
                .toByteArray();
        assertThrows(RequestTooLargeException.class, () -> decodePlain(tooLarge, RemoteWriteVersion.V1, 1, 1, 1));
    }

    @Test
    void zstdIsDecompressedWithinTheLimit() throws IOException {
        byte[] message = seriesOf(4, 3).toByteArray();
        ByteWriter frame = new ByteWriter(64);
        Zstd.compress(message, 0, message.length, frame);
        byte[] around = new byte[frame.size() + 20];
        System.arraycopy(frame.array(), 0, around, 10, frame.size());
        assertEquals(12, decodeZstd(around, 10, frame.size(), message.length).sampleCount());
        assertThrows(RequestTooLargeException.class, () -> decodeZstd(around, 10, frame.size(), message.length - 1));
        for (int length = 0; length < frame.size(); length++) {
            int cut = length;
            MalformedRequestException error =
                    assertThrows(MalformedRequestException.class, () -> decodeZstd(around, 10, cut, message.length));
            assertEquals(Layer.ZSTD, error.layer());
        }
    }

    private RemoteWriteRequest decodeZstd(byte[] body, int offset, int length, int bytesMax) throws IOException {
        RemoteWriteLimits limits = new RemoteWriteLimits(bytesMax, 100, 100, 100);
        return decoder.decode(body, offset, length, RemoteWriteCompression.ZSTD, RemoteWriteVersion.V1, limits);
    }

    private RemoteWriteRequest decodePlain(
            byte[] message, RemoteWriteVersion version, int seriesMax, int labelsMax, int samplesMax)
            throws IOException {
        RemoteWriteLimits limits = new RemoteWriteLimits(32 << 20, seriesMax, labelsMax, samplesMax);
        return decoder.decodeDecompressed(message, 0, message.length, version, limits);
    }

    @Test
    void anUnbelievableSizeIsRefusedBeforeMemoryIsTakenForIt() {
        byte[] declares32MiB = {(byte) 0x80, (byte) 0x80, (byte) 0x80, 0x10, 0, 'x'};
        long before = allocatedBytes();
        MalformedRequestException error = assertThrows(
                MalformedRequestException.class,
                () -> decoder.decode(declares32MiB, 0, declares32MiB.length, RemoteWriteVersion.V1, LIMITS));
        assertTrue(allocatedBytes() - before < 1 << 20, "allocated for a declared size");
        assertEquals(Layer.SNAPPY, error.layer());
    }

    @Test
    void theBestRatioSnappyHasIsBelieved() throws IOException {
        byte[] zeros = message().bytes(77, new byte[32 << 10]).toByteArray();
        byte[] body = compress(zeros);
        assertTrue(zeros.length > 20 * body.length, zeros.length + " from " + body.length);
        assertEquals(
                0,
                decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, LIMITS)
                        .seriesCount());
    }

    /** Empty messages cost two bytes each and more than that in memory: 32 MiB of them come as 1.5 MiB of body. */
    @Test
    void bombsOfEmptyMessagesAreRefusedWithinBoundedMemory() throws IOException {
        byte[] emptySeries = new byte[32 << 20];
        fillPairs(emptySeries, 0, 0x0A);
        assertBombIsRefused(compress(emptySeries), "series");

        byte[] emptyLabels = new byte[32 << 20];
        byte[] emptySamples = new byte[32 << 20];
        int start = putSeriesHeader(emptyLabels);
        fillPairs(emptyLabels, start, 0x0A);
        assertBombIsRefused(compress(emptyLabels), "labels");
        putSeriesHeader(emptySamples);
        fillPairs(emptySamples, start, 0x12);
        assertBombIsRefused(compress(emptySamples), "samples");
        fillPairs(emptySamples, start, 0x1A);
        assertBombIsRefused(compress(emptySamples), "samples");
        byte[] emptyMetadata = new byte[32 << 20];
        fillPairs(emptyMetadata, 0, 0x1A);
        assertBombIsRefused(compress(emptyMetadata), "metadata");
        fillPairs(emptySamples, start, 0x22);
        assertBombIsRefused(compress(emptySamples), "samples");
    }

    @Test
    void memoryOfALargeRequestIsGivenBack() throws IOException {
        byte[] large = compress(seriesOf(100_000, 4));
        byte[] small = compress(seriesOf(1, 1));
        decoder.decode(large, 0, large.length, RemoteWriteVersion.V1, LIMITS);
        assertTrue(decoder.retainedBytes() > 12 << 20, decoder.retainedBytes() + " bytes");
        decoder.decode(small, 0, small.length, RemoteWriteVersion.V1, LIMITS);
        assertTrue(decoder.retainedBytes() < 64 << 10, decoder.retainedBytes() + " bytes");
    }

    @Test
    void decodingMakesNoGarbage() throws IOException {
        byte[] body = compress(seriesOf(500, 2));
        for (int warmUp = 0; warmUp < 50; warmUp++) {
            decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, LIMITS);
        }
        long before = allocatedBytes();
        for (int round = 0; round < 200; round++) {
            decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, LIMITS);
        }
        long perDecode = (allocatedBytes() - before) / 200;
        assertTrue(perDecode < 64, perDecode + " bytes a decode");
    }

    @Test
    void everyTruncatedOrFlippedBodyIsRefusedOrDecoded() {
        byte[] body = compress(seriesOf(4, 3));
        for (int length = 0; length < body.length; length++) {
            int cut = length;
            assertThrows(
                    MalformedRequestException.class, () -> decoder.decode(body, 0, cut, RemoteWriteVersion.V1, LIMITS));
        }
        for (int bit = 0; bit < body.length * 8; bit++) {
            byte[] flipped = body.clone();
            flipped[bit >>> 3] ^= (byte) (1 << (bit & 7));
            decodeOrRefuse(flipped);
        }
    }

    @Test
    void mutatedBodiesAreRefusedOrDecoded() {
        Random random = new Random(3);
        byte[] body = compress(seriesOf(4, 3));
        int refused = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] mutated = Arrays.copyOf(body, 1 + random.nextInt(body.length + 8));
            for (int count = 1 + random.nextInt(8); count > 0; count--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            }
            refused += decodeOrRefuse(mutated) ? 0 : 1;
        }
        assertTrue(refused > 10_000 && refused < 50_000, refused + " refused");
    }

    private boolean decodeOrRefuse(byte[] body) {
        try {
            decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, LIMITS);
            return true;
        } catch (MalformedRequestException | RequestTooLargeException e) {
            return false;
        } catch (IOException e) {
            throw new AssertionError("neither malformed nor too large", e);
        }
    }

    @Test
    void bombsOfVersionTwoAreRefusedWithinBoundedMemory() {
        byte[] bomb = new byte[32 << 20];
        fillPairs(bomb, 0, 0x2A);
        assertBombIsRefused(compress(bomb), "series", RemoteWriteVersion.V2);
        fillPairs(bomb, 0, 0x22);
        assertBombIsRefused(compress(bomb), "labels", RemoteWriteVersion.V2);
        int start = putHeader(bomb, 0x2A);
        for (int tag : new int[] {0x12, 0x1A, 0x22}) {
            fillPairs(bomb, start, tag);
            assertBombIsRefused(compress(bomb), "samples", RemoteWriteVersion.V2);
        }
        fillPairs(bomb, start, 0x08);
        assertBombIsRefused(compress(bomb), "labels", RemoteWriteVersion.V2);
    }

    private void assertBombIsRefused(byte[] body, String what) {
        assertBombIsRefused(body, what, RemoteWriteVersion.V1);
    }

    private void assertBombIsRefused(byte[] body, String what, RemoteWriteVersion version) {
        long before = allocatedBytes();
        RequestTooLargeException error = assertThrows(
                RequestTooLargeException.class,
                () -> new RemoteWriteDecoder().decode(body, 0, body.length, version, LIMITS));
        long allocated = allocatedBytes() - before;
        assertTrue(error.getMessage().contains(what), error.getMessage());
        assertTrue(allocated < 300 << 20, allocated + " bytes for " + body.length);
    }

    private void assertTooLarge(byte[] body, RemoteWriteLimits limits, long found, long max) {
        RequestTooLargeException error = assertThrows(
                RequestTooLargeException.class,
                () -> decoder.decode(body, 0, body.length, RemoteWriteVersion.V1, limits));
        assertEquals(found, error.found(), error.getMessage());
        assertEquals(max, error.max(), error.getMessage());
    }

    private static int putSeriesHeader(byte[] target) {
        return putHeader(target, 0x0A);
    }

    private static int putHeader(byte[] target, int tag) {
        byte[] header = message().varint(tag).varint(target.length - 5).toByteArray();
        System.arraycopy(header, 0, target, 0, header.length);
        return header.length;
    }

    private static void fillPairs(byte[] target, int start, int tag) {
        for (int i = start; i < target.length; i++) {
            target[i] = (byte) ((i - start) % 2 == 0 ? tag : 0);
        }
    }

    @Test
    void decodingVersionTwoMakesNoGarbage() throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.addPositiveSpan(0, 1);
        histogram.addPositiveBucket(1);
        for (int s = 0; s < 300; s++) {
            encoder.startSeries().label("__name__", "m" + s % 7).label("i", "" + s);
            encoder.sample(1795247924064L, 1795247900000L, s).histogram(1795247924064L, histogram);
            encoder.startExemplar().label("id", "" + s).endExemplar(1795247924064L, s);
            encoder.metadata(MetricType.COUNTER, "", "help " + s % 7).endSeries();
        }
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
        ByteWriter packed = new ByteWriter(256);
        for (int warmUp = 0; warmUp < 50; warmUp++) {
            readAll(body, packed, histogram);
        }
        long before = allocatedBytes();
        for (int round = 0; round < 200; round++) {
            readAll(body, packed, histogram);
        }
        long perDecode = (allocatedBytes() - before) / 200;
        assertTrue(perDecode < 64, perDecode + " bytes a decode");
    }

    private void readAll(byte[] body, ByteWriter packed, HistogramBuffer histogram) throws IOException {
        RemoteWriteRequest request = decoder.decode(body, 0, body.length, RemoteWriteVersion.V2, LIMITS);
        for (int series = 0; series < request.seriesCount(); series++) {
            packed.clear();
            assertNull(request.packLabels(series, packed));
            assertNull(request.packExemplarLabels(series, packed));
            request.readHistogram(series, histogram);
        }
        assertEquals(300, request.metadataCount());
    }

    private static WireWriter seriesOf(int seriesCount, int samplesEach) {
        WireWriter request = message();
        for (int s = 0; s < seriesCount; s++) {
            WireWriter series =
                    message().message(1, label("__name__", "m" + s % 7)).message(1, label("i", "" + s));
            for (int i = 0; i < samplesEach; i++) {
                series.message(2, sample(1795247924064L + i, s + i / 3.0));
            }
            request.message(1, series);
        }
        return request;
    }

    private static byte[] compress(WireWriter message) {
        return compress(message.toByteArray());
    }

    private static byte[] compress(byte[] message) {
        byte[] target = new byte[Snappy.compressedSizeBytesMax(message.length)];
        return Arrays.copyOf(target, new SnappyCompressor().compress(message, 0, message.length, target, 0));
    }

    private static long allocatedBytes() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
