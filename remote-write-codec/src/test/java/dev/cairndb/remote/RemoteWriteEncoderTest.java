package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.cairndb.chunks.HistogramBuffer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RemoteWriteEncoderTest {
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();

    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder();

    @Test
    void bytesAreThoseOfTheFormat() throws IOException {
        encoder.startSeries().label("job", "x").label("__name__", "up").sample(1000, 0x3FF8000000000000L);
        encoder.endSeries();
        int messageSize = encoder.messageSizeBytes();
        encoder.finish();
        RemoteWriteRequest request = RemoteWriteRequest.decode(finished(), LIMITS);
        assertEquals(
                "0a28" + "0a0e" + "0a085f5f6e616d655f5f" + "12027570" + "0a08" + "0a036a6f62" + "120178" + "120c"
                        + "09000000000000f83f" + "10e807",
                HexFormat.of().formatHex(request.bytes(), 0, messageSize));
    }

    @Test
    void zerosAreLeftOutButNotNegativeZero() throws IOException {
        encoder.startSeries()
                .label("a", "b")
                .sample(0, 0)
                .sample(5, 0x8000000000000000L)
                .endSeries();
        assertEquals(2 + 2 + 6 + 2 + 2 + 11, encoder.messageSizeBytes());
        encoder.finish();
        RemoteWriteRequest request = RemoteWriteRequest.decode(finished(), LIMITS);
        assertEquals(0, request.timestampMillis(0));
        assertEquals(0, request.valueBits(0));
        assertEquals(5, request.timestampMillis(1));
        assertEquals(0x8000000000000000L, request.valueBits(1));
    }

    @Test
    void labelsWithEmptyValuesAreLeftOut() throws IOException {
        encoder.startSeries().label("a", "").label("b", "c").endSeries();
        encoder.finish();
        RemoteWriteRequest request = RemoteWriteRequest.decode(finished(), LIMITS);
        assertEquals(1, request.labelCount(0));
    }

    @Test
    void anEmptyRequestIsOneByte() {
        encoder.finish();
        assertEquals(1, encoder.bodySize());
        assertEquals(0, encoder.body()[0]);
    }

    @Test
    void aSeriesThatIsRefusedLeavesTheOthersAlone() throws IOException {
        encoder.startSeries().label("a", "1").sample(1, 1).endSeries();
        encoder.startSeries().label("x", "1").label("y", "1").label("x", "1").sample(1, 1);
        IllegalArgumentException error = assertThrows(IllegalArgumentException.class, encoder::endSeries);
        assertTrue(error.getMessage().endsWith("the name x"), error.getMessage());
        encoder.startSeries().sample(1, 1);
        assertThrows(IllegalArgumentException.class, encoder::endSeries);
        encoder.startSeries().label("b", "1").sample(1, 1).endSeries();
        assertEquals(2, encoder.seriesCount());
        assertEquals(2, encoder.sampleCount());

        encoder.finish();
        assertEquals(2, RemoteWriteRequest.decode(finished(), LIMITS).seriesCount());
        assertEquals(0, encoder.seriesCount());
        assertEquals(0, encoder.sampleCount());
    }

    @Test
    void wrongUseIsRefused() {
        assertThrows(IllegalStateException.class, () -> encoder.label("a", "b"));
        assertThrows(IllegalStateException.class, () -> encoder.sample(1, 1));
        assertThrows(IllegalStateException.class, encoder::endSeries);
        encoder.startSeries();
        assertThrows(IllegalStateException.class, encoder::startSeries);
        assertThrows(IllegalStateException.class, encoder::finish);
        assertThrows(IllegalArgumentException.class, () -> encoder.label("", "b"));
        encoder.clear();
        encoder.finish();
        assertEquals(1, encoder.bodySize());
    }

    @Test
    void wrongUseOfExemplarsAndMetadataIsRefused() {
        RemoteWriteEncoder version2 = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        for (RemoteWriteEncoder each : List.of(encoder, version2)) {
            assertThrows(IllegalStateException.class, each::startExemplar);
            each.startSeries().label("a", "b");
            assertThrows(IllegalStateException.class, () -> each.endExemplar(1, 1));
            each.startExemplar();
            assertThrows(IllegalStateException.class, each::startExemplar);
            assertThrows(IllegalStateException.class, each::endSeries);
            assertThrows(IllegalStateException.class, () -> each.sample(1, 1));
            assertThrows(IllegalStateException.class, () -> each.histogram(1, new HistogramBuffer()));
            each.label("x", "1").label("x", "2").endExemplar(1, 1);
            assertThrows(IllegalArgumentException.class, each::endSeries, "an exemplar with a name twice");
            assertEquals(0, each.seriesCount());
            assertEquals(0, each.messageSizeBytes());
        }
        encoder.startSeries();
        assertThrows(IllegalStateException.class, () -> encoder.metadata(MetricType.GAUGE, "", ""));
        assertThrows(
                IllegalStateException.class,
                () -> encoder.familyMetadata(MetricType.GAUGE, "a", "", ""),
                "in a series");
        assertThrows(IllegalStateException.class, () -> version2.familyMetadata(MetricType.GAUGE, "a", "", ""));
    }

    @Test
    void aSeriesThatIsRefusedLeavesNoSymbolsBehind() throws IOException {
        RemoteWriteEncoder version2 = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        version2.startSeries().label("x", "first").label("x", "second");
        assertThrows(IllegalArgumentException.class, version2::endSeries);
        version2.startSeries().label("a", "b").sample(1, 0).endSeries();
        assertEquals(2 + 3 + 3 + 2 + 4 + 4 + 2, version2.messageSizeBytes());
        version2.finish();
        assertEquals(0, version2.messageSizeBytes());
        version2.finish();
        assertEquals(1, version2.bodySize(), "an empty request has no symbols either");
    }

    @Test
    void thousandsOfSymbolsAreEachWrittenOnce() throws IOException {
        RemoteWriteEncoder version2 = new RemoteWriteEncoder(RemoteWriteVersion.V2);
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 5000; i++) {
                version2.startSeries().label("name", "value " + i).sample(1, 1).endSeries();
            }
        }
        version2.finish();
        byte[] body = Arrays.copyOf(version2.body(), version2.bodySize());
        RemoteWriteRequest request = RemoteWriteRequest.decode(body, RemoteWriteVersion.V2, LIMITS);
        assertEquals(5002, request.symbols().size());
        for (int series = 0; series < 10_000; series++) {
            int offset = request.labelValueOffset(series, 0);
            String value =
                    new String(request.bytes(), offset, request.labelValueLength(series, 0), StandardCharsets.UTF_8);
            assertEquals("value " + series % 5000, value);
        }
    }

    @Test
    void encodingMakesNoGarbage() {
        assertNoGarbage(encoder);
        assertNoGarbage(new RemoteWriteEncoder(RemoteWriteVersion.V2));
    }

    private static void assertNoGarbage(RemoteWriteEncoder encoder) {
        byte[] name = "__name__".getBytes(StandardCharsets.UTF_8);
        byte[] job = "job".getBytes(StandardCharsets.UTF_8);
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.addPositiveSpan(0, 2);
        histogram.addPositiveBucket(1);
        histogram.addPositiveBucket(300);
        for (int warmUp = 0; warmUp < 50; warmUp++) {
            encode(encoder, name, job, histogram);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(thread);
        for (int round = 0; round < 200; round++) {
            encode(encoder, name, job, histogram);
        }
        long perRequest = (threads.getThreadAllocatedBytes(thread) - before) / 200;
        assertTrue(perRequest < 64, perRequest + " bytes a request");
    }

    private byte[] finished() {
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private static void encode(RemoteWriteEncoder encoder, byte[] name, byte[] job, HistogramBuffer histogram) {
        for (int series = 0; series < 300; series++) {
            encoder.startSeries()
                    .label(name, 0, name.length, job, 0, 3)
                    .label(job, 0, job.length, name, 0, 4)
                    .sample(1795247924064L, series)
                    .histogram(1795247924064L, histogram)
                    .startExemplar()
                    .label(job, 0, job.length, name, 0, 4)
                    .endExemplar(1795247924064L, series)
                    .endSeries();
        }
        encoder.finish();
    }
}
