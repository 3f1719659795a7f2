package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class Xor2AppenderTest {
    private final Xor2Appender appender = new Xor2Appender();

    @Test
    void aFullChunkRefusesMore() throws IOException {
        byte[] buffer = new byte[1 << 20];
        appender.start(buffer, 0);
        for (int i = 0; i < FloatAppender.SAMPLES_MAX; i++) {
            appender.append(i * 1000L, -5, i % 7);
        }
        assertThrows(IllegalStateException.class, () -> appender.append(1L << 40, 0, 0));
        Xor2Cursor cursor = new Xor2Cursor().reset(buffer, 0, appender.byteLength());
        int count = 0;
        while (cursor.next()) {
            assertEquals(count * 1000L, cursor.timestampMillis());
            assertEquals(count % 7, cursor.valueBits());
            assertEquals(-5, cursor.startTimestampMillis());
            count++;
        }
        assertEquals(FloatAppender.SAMPLES_MAX, count);
    }

    @Test
    void theLargestSampleStaysWithinTheBound() {
        byte[] buffer = new byte[256];
        appender.start(buffer, 0);
        long[] times = {0, -1, Long.MAX_VALUE, 0, Long.MIN_VALUE, 5};
        int largest = 0;
        for (int i = 0; i < times.length; i++) {
            int before = appender.byteLength();
            long start = i == 0 ? 0 : (i & 1) == 0 ? Long.MAX_VALUE / 3 : Long.MIN_VALUE / 3;
            appender.append(times[i], start, (i & 1) == 0 ? 0x8000000000000001L : 0);
            largest = Math.max(largest, appender.byteLength() - before);
        }
        assertEquals(Xor2Appender.MAX_BYTES_PER_SAMPLE, largest);
    }

    /** The header has 7 bits for where start timestamps begin: at the last place it can name they begin in any case. */
    @Test
    void startTimestampsBeginAtSample127AtTheLatest() throws IOException {
        byte[] buffer = new byte[1 << 14];
        appender.start(buffer, 0);
        for (int i = 0; i < 200; i++) {
            appender.append(i * 1000L, i < 150 ? 0 : 77, 1);
            int header = buffer[Xor2Chunk.START_TIMESTAMPS_AT];
            assertEquals(i < 127 ? 0 : 127, header, "header after sample " + i);
        }
        Xor2Cursor cursor = new Xor2Cursor().reset(buffer, 0, appender.byteLength());
        for (int i = 0; cursor.next(); i++) {
            assertEquals(i < 150 ? 0 : 77, cursor.startTimestampMillis());
        }
    }

    /** A window is kept over a stale marker, and so is the value that the next one is compared with. */
    @Test
    void aStaleMarkerMovesNothing() {
        byte[] buffer = new byte[64];
        appender.start(buffer, 0);
        long value = Double.doubleToRawLongBits(42);
        appender.append(1000, 0, value);
        appender.append(2000, 0, Xor2Chunk.STALE_NAN);
        assertEquals(value, appender.baselineBits());
        assertEquals(Xor2Chunk.STALE_NAN, appender.lastValueBits());
        assertEquals(FloatAppender.NO_WINDOW, appender.leading());
        int before = appender.bitPosition();
        appender.append(3000, 0, value);
        assertEquals(before + 1, appender.bitPosition());
    }
}
