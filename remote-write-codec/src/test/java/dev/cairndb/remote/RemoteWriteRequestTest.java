package dev.cairndb.remote;

import static dev.cairndb.remote.WireWriter.label;
import static dev.cairndb.remote.WireWriter.message;
import static dev.cairndb.remote.WireWriter.sample;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RemoteWriteRequestTest {
    @Test
    void columnsTellWhatTheMessageHolds() throws IOException {
        RemoteWriteRequest request = decode(message()
                .message(
                        1,
                        message()
                                .message(1, label("__name__", "up"))
                                .message(1, label("job", "api"))
                                .message(2, sample(1000, 1.5))
                                .message(2, sample(2000, -2)))
                .message(3, message().bytes(2, "up"))
                .message(
                        1,
                        message()
                                .message(1, label("__name__", "down"))
                                .message(3, message())
                                .message(4, message())
                                .message(2, sample(3000, Double.NaN))));

        assertEquals(2, request.seriesCount());
        assertEquals(3, request.sampleCount());
        assertEquals(1, request.histogramCount());
        assertEquals(1, request.exemplarCount());
        assertEquals(1, request.metadataCount());
        assertEquals(2, request.labelCount(0));
        assertEquals("job", text(request, request.labelNameOffset(0, 1), request.labelNameLength(0, 1)));
        assertEquals("api", text(request, request.labelValueOffset(0, 1), request.labelValueLength(0, 1)));
        assertEquals(1, request.labelCount(1));
        assertEquals("down", text(request, request.labelValueOffset(1, 0), request.labelValueLength(1, 0)));
        assertEquals(0, request.sampleStart(0));
        assertEquals(2, request.sampleCount(0));
        assertEquals(2, request.sampleStart(1));
        assertEquals(1, request.sampleCount(1));
        assertEquals(0, request.histogramCount(0));
        assertEquals(1, request.histogramCount(1));
        assertEquals(2000, request.timestampMillis(1));
        assertEquals(Double.doubleToRawLongBits(-2), request.valueBits(1));
    }

    @Test
    void seriesOfBadReferencesAreThereWithTheirSamples() throws IOException {
        byte[] message = message()
                .message(5, message().bytes(1, new byte[] {1, 2, 3}).message(2, sample(1, 1)))
                .message(5, message().bytes(1, new byte[] {1, 9}).message(2, sample(2, 1)))
                .message(
                        5,
                        message()
                                .bytes(1, new byte[] {1, 2})
                                .message(2, sample(3, 1).integer(3, 7))
                                .message(5, message().integer(1, 2).integer(3, 9)))
                .message(
                        5,
                        message()
                                .bytes(1, new byte[] {1, 2})
                                .message(4, message().bytes(1, new byte[] {3}))
                                .message(4, message().bytes(1, new byte[] {2, 3}))
                                .message(5, message().integer(1, 99).integer(4, 3)))
                .bytes(4, "")
                .bytes(4, "__name__")
                .bytes(4, "up")
                .bytes(4, "s")
                .toByteArray();
        RemoteWriteRequest request = new RemoteWriteDecoder()
                .decodeDecompressed(message, 0, message.length, RemoteWriteVersion.V2, RemoteWriteLimits.defaults());

        ByteWriter packed = new ByteWriter(16);
        assertEquals(4, request.seriesCount());
        for (int series = 0; series < 3; series++) {
            assertEquals(LabelProblem.INVALID_REFERENCE, request.packLabels(series, packed));
            assertEquals(series < 2 ? 0 : 1, request.labelCount(series));
            assertEquals(1, request.sampleCount(series));
            assertEquals(-1, request.labelsStart(series));
            assertEquals(-1, request.labelRefsStart(series));
        }
        int[] refs = Arrays.copyOfRange(request.labelRefs(), request.labelRefsStart(3), request.labelRefsEnd(3));
        assertArrayEquals(new int[] {1, 2}, refs);
        assertEquals(4, request.symbolCount());
        assertEquals("up", text(request, request.symbolOffset(2), request.symbolLength(2)));
        assertThrows(IndexOutOfBoundsException.class, () -> request.symbolOffset(4));
        assertEquals(0, packed.size());
        assertEquals(0, request.startTimestampMillis(1));
        assertEquals(7, request.startTimestampMillis(2));
        assertNull(request.packLabels(3, packed));
        assertEquals(0, request.exemplarStart(3));
        assertEquals(2, request.exemplarCount(3));
        assertEquals(LabelProblem.INVALID_REFERENCE, request.packExemplarLabels(0, packed));
        assertNull(request.packExemplarLabels(1, packed));
        assertEquals(1, request.metadataCount());
        assertEquals(3, request.metadataSeries(0));
        assertEquals(99, request.metadataType(0));
        assertEquals(MetricType.UNKNOWN, MetricType.ofWireId(request.metadataType(0)));
        assertEquals("s", text(request, request.metadataUnitOffset(0), request.metadataUnitLength(0)));
        assertEquals(0, request.metadataHelpLength(0));
        assertThrows(IndexOutOfBoundsException.class, () -> request.metadataType(1));
        assertThrows(IndexOutOfBoundsException.class, () -> request.exemplarValueBits(2));
        assertThrows(IndexOutOfBoundsException.class, () -> request.histogramTimestampMillis(0));
    }

    @Test
    void everyMetricTypeIsFoundByItsId() {
        for (MetricType type : MetricType.values()) {
            assertEquals(type, MetricType.ofWireId(type.wireId()));
        }
    }

    @Test
    void anIndexOutsideTheRequestIsRefusedEvenIfTheColumnsAreLonger() throws IOException {
        RemoteWriteRequest request = decode(series(label("__name__", "up")));
        assertThrows(IndexOutOfBoundsException.class, () -> request.labelCount(1));
        assertThrows(IndexOutOfBoundsException.class, () -> request.labelCount(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> request.labelNameOffset(0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> request.labelsStart(1));
        assertThrows(IndexOutOfBoundsException.class, () -> request.sampleCount(1));
        assertThrows(IndexOutOfBoundsException.class, () -> request.timestampMillis(0));
        assertThrows(IndexOutOfBoundsException.class, () -> request.valueBits(0));
    }

    @Test
    void labelsThatLieTogetherHaveARange() throws IOException {
        WireWriter labels = message().message(1, label("__name__", "up")).message(1, label("a", "b"));
        byte[] bytes = labels.toByteArray();
        RemoteWriteRequest request = decode(message()
                .bytes(1, bytes)
                .message(
                        1,
                        message()
                                .message(2, sample(1, 1))
                                .message(1, label("__name__", "up"))
                                .message(1, label("a", "b"))
                                .message(2, sample(2, 1))));

        for (int series = 0; series < 2; series++) {
            assertArrayEquals(
                    bytes, Arrays.copyOfRange(request.bytes(), request.labelsStart(series), request.labelsEnd(series)));
        }
    }

    @Test
    void labelsThatDoNotLieTogetherHaveNoRange() throws IOException {
        RemoteWriteRequest request = decode(message()
                .message(
                        1,
                        message()
                                .message(1, label("__name__", "up"))
                                .message(2, sample(1, 1))
                                .message(1, label("a", "b")))
                .message(
                        1,
                        message()
                                .message(1, label("__name__", "up"))
                                .integer(77, 5)
                                .message(1, label("a", "b"))
                                .message(1, label("c", "d")))
                .message(1, message().message(2, sample(1, 1))));

        for (int series = 0; series < 3; series++) {
            assertEquals(-1, request.labelsStart(series));
            assertEquals(-1, request.labelsEnd(series));
        }
        assertEquals(List.of("__name__", "a"), names(request, 0));
        assertEquals(List.of("__name__", "a", "c"), names(request, 1));
    }

    @Test
    void packedLabelsAscendAndHaveNoEmptyValues() throws IOException {
        RemoteWriteRequest request =
                decode(series(label("job", "x"), label("__name__", "up"), label("b", ""), label("Z", "1")));

        assertFalse(request.labelsAreSorted(0));
        ByteWriter packed = new ByteWriter(1);
        packed.putByte(7);
        assertNull(request.packLabels(0, packed));

        assertArrayEquals(
                "\u0007\u0001Z\u00011\u0008__name__\u0002up\u0003job\u0001x".getBytes(StandardCharsets.UTF_8),
                packed.toByteArray());
    }

    @Test
    void labelsOfTheStoredFormAreFoundSorted() throws IOException {
        RemoteWriteRequest request = decode(series(label("Z", "1"), label("__name__", "up"), label("job", "x")));
        assertTrue(request.labelsAreSorted(0));
    }

    @Test
    void orderIsThatOfUnsignedBytes() throws IOException {
        // In UTF-16, U+FF5E comes after the surrogates of U+1F600; as bytes it comes before.
        RemoteWriteRequest request =
                decode(series(label("\uD83D\uDE00", "1"), label("\uFF5E", "2"), label("__name__", "up")));
        ByteWriter packed = new ByteWriter(64);
        assertNull(request.packLabels(0, packed));
        assertArrayEquals(
                "\u0008__name__\u0002up\u0003\uFF5E\u00012\u0004\uD83D\uDE00\u00011".getBytes(StandardCharsets.UTF_8),
                packed.toByteArray());
    }

    @Test
    void badLabelsAreAProblemAndNothingIsPacked() throws IOException {
        assertProblem(LabelProblem.NO_METRIC_NAME);
        assertProblem(LabelProblem.NO_METRIC_NAME, label("job", "x"));
        assertProblem(LabelProblem.NO_METRIC_NAME, label("__name__", ""));
        assertProblem(LabelProblem.EMPTY_NAME, label("__name__", "up"), label("", "x"));
        assertProblem(LabelProblem.EMPTY_NAME, label("__name__", "up"), message());
        assertProblem(LabelProblem.DUPLICATE_NAME, label("__name__", "up"), label("a", "x"), label("a", "y"));
        assertProblem(LabelProblem.DUPLICATE_NAME, label("a", "x"), label("__name__", "up"), label("a", "x"));
        assertProblem(LabelProblem.DUPLICATE_NAME, label("a", ""), label("__name__", "up"), label("a", "x"));
        byte[] bad = {'x', (byte) 0xFF};
        assertProblem(
                LabelProblem.INVALID_UTF8,
                label("__name__", "up"),
                message().bytes(1, "a").bytes(2, bad));
        assertProblem(
                LabelProblem.INVALID_UTF8,
                label("__name__", "up"),
                message().bytes(1, bad).bytes(2, "a"));
    }

    @Test
    void manyLabelsInTheWorstOrderAreSortedInTime() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < 200_000; i++) {
            numbers.add(i);
        }
        Collections.reverse(numbers);
        WireWriter series = message().message(1, label("__name__", "many"));
        for (int number : numbers) {
            series.message(1, label(String.format("l%06d", number), "v"));
        }
        RemoteWriteRequest request = decode(message().message(1, series));

        ByteWriter packed = new ByteWriter(1 << 20);
        assertNull(request.packLabels(0, packed));

        List<String> labels = PackedLabels.list(packed.array(), 0, packed.size());
        assertEquals(200_001, labels.size());
        List<String> sorted = new ArrayList<>(labels);
        Collections.sort(sorted);
        assertEquals(sorted, labels);
    }

    @Test
    void aSortOfAnyOrderIsASort() throws IOException {
        for (int count = 0; count < 300; count += 1 + count / 8) {
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                numbers.add(i);
            }
            Collections.shuffle(numbers, new Random(count));
            WireWriter series = message();
            for (int number : numbers) {
                series.message(1, label(String.format("l%04d", number), "v"));
            }
            series.message(1, label("__name__", "m"));
            ByteWriter packed = new ByteWriter(16);
            assertNull(decode(message().message(1, series)).packLabels(0, packed));
            List<String> labels = PackedLabels.list(packed.array(), 0, packed.size());
            List<String> sorted = new ArrayList<>(labels);
            Collections.sort(sorted);
            assertEquals(sorted, labels);
            assertEquals(count + 1, labels.size());
        }
    }

    private static void assertProblem(LabelProblem expected, WireWriter... labels) throws IOException {
        ByteWriter packed = new ByteWriter(4);
        packed.putByte(1);
        assertEquals(expected, decode(series(labels)).packLabels(0, packed));
        assertEquals(1, packed.size());
    }

    private static WireWriter series(WireWriter... labels) {
        WireWriter series = message();
        for (WireWriter label : labels) {
            series.message(1, label);
        }
        return message().message(1, series);
    }

    private static RemoteWriteRequest decode(WireWriter message) throws IOException {
        byte[] bytes = message.toByteArray();
        return new RemoteWriteDecoder()
                .decodeDecompressed(bytes, 0, bytes.length, RemoteWriteVersion.V1, RemoteWriteLimits.defaults());
    }

    private static List<String> names(RemoteWriteRequest request, int series) {
        List<String> names = new ArrayList<>();
        for (int label = 0; label < request.labelCount(series); label++) {
            names.add(text(request, request.labelNameOffset(series, label), request.labelNameLength(series, label)));
        }
        return names;
    }

    private static String text(RemoteWriteRequest request, int offset, int length) {
        return new String(request.bytes(), offset, length, StandardCharsets.UTF_8);
    }
}
