package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.testkit.FormatPage;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemoteWriteFormatPageTest {
    private final FormatPage page = FormatPage.read("remote-write-v1.md");
    private final FormatPage page2 = FormatPage.read("remote-write-v2.md");

    @Test
    void theExampleIsWhatTheEncoderWrites() throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries()
                .label("__name__", "up")
                .label("job", "x")
                .sample(1000, bits(1.5))
                .endSeries();
        assertEquals(page.hex("message"), message(encoder, RemoteWriteVersion.V1));
        assertEquals(page.hex("body"), HexFormat.of().formatHex(encoder.body(), 0, encoder.bodySize()));
    }

    @Test
    void theExampleOfOtherKindsIsWhatTheEncoderWrites() throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries().label("__name__", "h").histogram(1000, histogram());
        encoder.startExemplar().label("id", "7").endExemplar(900, bits(2)).endSeries();
        encoder.familyMetadata(MetricType.HISTOGRAM, "h", "s", "Time.");
        assertEquals(page.hex("kinds"), message(encoder, RemoteWriteVersion.V1));
    }

    @Test
    void theExampleOfVersionTwoIsWhatTheEncoderWrites() throws IOException {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        encoder.startSeries().label("job", "x").label("__name__", "up").sample(1000, 400, bits(1.5));
        encoder.startExemplar().label("id", "x").endExemplar(900, bits(2));
        encoder.metadata(MetricType.COUNTER, "s", "Time.").endSeries();
        encoder.startSeries()
                .label("__name__", "h")
                .label("job", "x")
                .histogram(1000, 400, histogram())
                .endSeries();
        assertEquals(page2.hex("message"), message(encoder, RemoteWriteVersion.V2));
    }

    @Test
    void theLimitsAreTheDefaults() {
        RemoteWriteLimits limits = RemoteWriteLimits.defaults();
        assertEquals(
                List.of(
                        limits.decompressedBytesMax(),
                        limits.seriesMax(),
                        limits.labelsMax(),
                        limits.samplesMax(),
                        HistogramParser.VALUES_MAX),
                rows(page, "\\| (?:decompressed|series|labels|samples|spans)[^|]*\\| ([0-9]{5,}) \\|").stream()
                        .map(Integer::valueOf)
                        .toList());
    }

    @Test
    void theProblemsOfLabelsAreAllListed() {
        List<String> all = Arrays.stream(LabelProblem.values()).map(Enum::name).toList();
        assertEquals(all, rows(page, "\\| `([A-Z0-9_]+)` \\|"));
        assertEquals(all.subList(4, 5), rows(page2, "\\| `([A-Z0-9_]+)` \\|"));
    }

    /** Finishes the message and returns it as it was before compression. */
    private static String message(RemoteWriteEncoder encoder, RemoteWriteVersion version) throws IOException {
        int size = encoder.messageSizeBytes();
        encoder.finish();
        byte[] body = Arrays.copyOf(encoder.body(), encoder.bodySize());
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, version, RemoteWriteLimits.defaults());
        return HexFormat.of().formatHex(request.bytes(), 0, size);
    }

    private static HistogramBuffer histogram() {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.setResetHint(CounterResetHint.RESET);
        histogram.setSchema(1);
        histogram.setCount(5);
        histogram.setSumBits(bits(7));
        histogram.setZeroThresholdBits(bits(0.5));
        histogram.setZeroCount(1);
        histogram.addPositiveSpan(-1, 2);
        histogram.addPositiveBucket(3);
        histogram.addPositiveBucket(-2);
        return histogram;
    }

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    private static List<String> rows(FormatPage page, String pattern) {
        return page.find(pattern).stream().map(match -> match.group(1)).toList();
    }
}
