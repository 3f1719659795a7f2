package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
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
    void encodingMakesNoGarbage() {
        byte[] name = "__name__".getBytes(StandardCharsets.UTF_8);
        byte[] job = "job".getBytes(StandardCharsets.UTF_8);
        for (int warmUp = 0; warmUp < 50; warmUp++) {
            encode(name, job);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(thread);
        for (int round = 0; round < 200; round++) {
            encode(name, job);
        }
        long perRequest = (threads.getThreadAllocatedBytes(thread) - before) / 200;
        assertTrue(perRequest < 64, perRequest + " bytes a request");
    }

    private byte[] finished() {
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private void encode(byte[] name, byte[] job) {
        for (int series = 0; series < 300; series++) {
            encoder.startSeries()
                    .label(name, 0, name.length, job, 0, 3)
                    .label(job, 0, job.length, name, 0, 4)
                    .sample(1795247924064L, series)
                    .endSeries();
        }
        encoder.finish();
    }
}
