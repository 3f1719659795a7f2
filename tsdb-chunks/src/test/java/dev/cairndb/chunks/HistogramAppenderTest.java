package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import org.junit.jupiter.api.Test;

class HistogramAppenderTest {
    private final HistogramAppender appender = new HistogramAppender();

    private static HistogramBuffer histogram(boolean floats, long count) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        long value = floats ? Double.doubleToRawLongBits(count) : count;
        histogram.setCount(value);
        histogram.addPositiveSpan(0, 1);
        histogram.addPositiveBucket(value);
        return histogram;
    }

    private static int flags(HistogramAppender appender) {
        return appender.array()[HistogramChunk.FLAGS_AT] & 0xFF;
    }

    @Test
    void anEmptyChunkIsItsHeader() {
        for (ChunkEncoding encoding : new ChunkEncoding[] {ChunkEncoding.HISTOGRAM, ChunkEncoding.FLOAT_HISTOGRAM}) {
            appender.start(encoding);
            assertEquals(encoding, appender.encoding());
            assertEquals(3, appender.byteLength());
            assertEquals(24, appender.bitLength());
            assertEquals(0, appender.sampleCount());
        }
        assertThrows(IllegalArgumentException.class, () -> appender.start(ChunkEncoding.XOR));
        assertThrows(IllegalArgumentException.class, () -> appender.startNext(ChunkEncoding.XOR2));
    }

    @Test
    void samplesThatAreNotOfTheChunksKindAreWrongUse() {
        appender.start(ChunkEncoding.HISTOGRAM);
        assertThrows(IllegalArgumentException.class, () -> appender.append(1, histogram(true, 1)));
        HistogramBuffer missing = histogram(false, 1);
        missing.addPositiveSpan(0, 1);
        assertThrows(IllegalArgumentException.class, () -> appender.append(1, missing));
        assertEquals(0, appender.sampleCount());
    }

    @Test
    void aRefusedSampleChangesNothing() {
        appender.start(ChunkEncoding.HISTOGRAM);
        assertTrue(appender.append(1, histogram(false, 5)));
        int bits = appender.bitLength();
        assertFalse(appender.append(2, histogram(false, 4)));
        assertEquals(bits, appender.bitLength());
        assertEquals(1, appender.sampleCount());
        assertEquals(1, appender.lastTimestampMillis());
        assertEquals(5, appender.last().count());
        assertTrue(appender.append(2, histogram(false, 6)), "another one is taken");
    }

    /** Prometheus begins a chunk in two ways, and says less about float counts in one of them. */
    @Test
    void whatARefusalTellsIsForgottenWithTheNextSample() {
        appender.start(ChunkEncoding.FLOAT_HISTOGRAM);
        appender.append(1, histogram(true, 5));
        HistogramBuffer other = histogram(true, 6);
        other.setSchema(1);
        assertFalse(appender.append(2, other));
        appender.startNext(ChunkEncoding.FLOAT_HISTOGRAM);
        appender.append(2, other);
        assertEquals(HistogramChunk.flags(CounterResetHint.UNKNOWN), flags(appender));
        appender.startNext(ChunkEncoding.FLOAT_HISTOGRAM);
        other.setSchema(2);
        appender.append(3, other);
        assertEquals(HistogramChunk.flags(CounterResetHint.NOT_RESET), flags(appender));
    }

    @Test
    void chunksAreComparedOnlyWithThoseOfTheirEncoding() {
        appender.start(ChunkEncoding.HISTOGRAM);
        appender.append(1, histogram(false, 5));
        appender.startNext(ChunkEncoding.FLOAT_HISTOGRAM);
        appender.append(2, histogram(true, 6));
        assertEquals(HistogramChunk.flags(CounterResetHint.UNKNOWN), flags(appender));
        appender.start(ChunkEncoding.FLOAT_HISTOGRAM);
        appender.append(3, histogram(true, 7));
        assertEquals(HistogramChunk.flags(CounterResetHint.UNKNOWN), flags(appender));
        appender.startNext(ChunkEncoding.FLOAT_HISTOGRAM);
        appender.append(4, histogram(true, 7));
        assertEquals(HistogramChunk.flags(CounterResetHint.NOT_RESET), flags(appender));
    }

    @Test
    void aChunkTakesSamplesUpToWhatItsHeaderCounts() throws CorruptionException {
        appender.start(ChunkEncoding.HISTOGRAM);
        HistogramBuffer same = histogram(false, 1);
        for (int i = 0; i < HistogramAppender.SAMPLES_MAX; i++) {
            assertTrue(appender.append(i, same));
        }
        assertFalse(appender.append(HistogramAppender.SAMPLES_MAX, same));
        assertEquals(HistogramAppender.SAMPLES_MAX, appender.sampleCount());
        HistogramCursor cursor = new HistogramCursor()
                .reset(ChunkEncoding.HISTOGRAM, appender.array(), 0, appender.byteLength(), appender.sampleCount());
        assertTrue(cursor.seek(HistogramAppender.SAMPLES_MAX - 1));
        assertFalse(cursor.next());
        appender.startNext(ChunkEncoding.HISTOGRAM);
        assertTrue(appender.append(HistogramAppender.SAMPLES_MAX, same));
        assertEquals(HistogramChunk.flags(CounterResetHint.NOT_RESET), flags(appender));
    }

    @Test
    void memoryIsCountedWithWhatIsInTheChunk() {
        appender.start(ChunkEncoding.HISTOGRAM);
        appender.append(0, histogram(false, 1));
        long before = appender.memoryBytes();
        byte[] array = appender.array();
        for (int i = 1; i < 500; i++) {
            appender.append(i * i * 7L, histogram(false, 1 + i * i * 11L));
        }
        assertNotSame(array, appender.array());
        assertTrue(appender.memoryBytes() >= before + appender.byteLength() - array.length);
    }

    @Test
    void readingAsAFloatIsWrongUse() throws CorruptionException {
        appender.start(ChunkEncoding.FLOAT_HISTOGRAM);
        appender.append(1, histogram(true, 5));
        HistogramCursor cursor = new HistogramCursor()
                .reset(ChunkEncoding.FLOAT_HISTOGRAM, appender.array(), 0, appender.byteLength(), 1);
        assertTrue(cursor.next());
        assertEquals(SampleKind.FLOAT_HISTOGRAM, cursor.kind());
        assertEquals(0, cursor.startTimestampMillis());
        assertThrows(IllegalStateException.class, cursor::value);
        assertThrows(IllegalStateException.class, cursor::valueBits);
    }
}
