package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class XorAppenderTest {
    private final XorAppender appender = new XorAppender();

    @Test
    void aFullChunkRefusesMore() throws IOException {
        byte[] buffer = new byte[1 << 19];
        appender.start(buffer, 0);
        for (int i = 0; i < XorAppender.SAMPLES_MAX; i++) {
            appender.append(i * 1000L, i % 7);
        }
        assertThrows(IllegalStateException.class, () -> appender.append(1L << 40, 0));
        assertThrows(IllegalStateException.class, () -> appender.append(new long[1], new long[1], 0, 1));
        XorCursor cursor = new XorCursor().reset(buffer, 0, appender.byteLength());
        int count = 0;
        while (cursor.next()) {
            assertEquals(count * 1000L, cursor.timestampMillis());
            assertEquals(count % 7, cursor.valueBits());
            count++;
        }
        assertEquals(XorAppender.SAMPLES_MAX, count);
    }

    @Test
    void theLargestSampleStaysWithinTheBound() {
        byte[] buffer = new byte[256];
        appender.start(buffer, 0);
        long[] times = {Long.MIN_VALUE, Long.MAX_VALUE, 0, Long.MIN_VALUE, 5};
        int largest = 0;
        for (int i = 0; i < times.length; i++) {
            int before = appender.byteLength();
            appender.append(times[i], (i & 1) == 0 ? 0x8000000000000001L : 0);
            largest = Math.max(largest, appender.byteLength() - before);
        }
        assertEquals(XorAppender.MAX_BYTES_PER_SAMPLE, largest);
    }

    @Test
    void aWindowBeyond64BitsIsCorruption() throws IOException {
        // count 2, time 0, value 0; delta 1, then '11', 31 leading zeros, 34 bits
        byte[] chunk = HexFormat.of().parseHex("0002" + "00" + "0000000000000000" + "01" + "fe2200000000000000");
        // 1 1 11111 100010 ...: two prefix bits, leading 31, significant 34
        chunk[12] = (byte) 0b11111111;
        chunk[13] = (byte) 0b00010000;
        XorCursor cursor = new XorCursor().reset(chunk, 0, chunk.length);
        assertTrue(cursor.next());
        CorruptionException e = assertThrows(CorruptionException.class, cursor::next);
        assertTrue(e.getMessage().contains("31 leading zeros, 34 bits"), e.getMessage());
    }

    @Test
    void aReaderDecodesWhatWasPublishedWhileMoreIsAppended() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            for (int round = 0; round < 200; round++) {
                appendAndReadConcurrently(executor, round);
            }
        } finally {
            executor.shutdown();
            assertTrue(executor.awaitTermination(1, TimeUnit.MINUTES));
        }
    }

    /** Bit length and count in one word, so that they are published together. */
    private static final class Open {
        final byte[] buffer = new byte[1 << 13];
        volatile long bitsAndCount;
    }

    private void appendAndReadConcurrently(ExecutorService executor, int seed) throws Exception {
        Open open = new Open();
        java.util.Arrays.fill(open.buffer, (byte) -1);
        int samples = 300;
        Future<Integer> reads = executor.submit(() -> readWhileGrowing(open, samples, seed));
        appender.start(open.buffer, 0);
        for (int i = 0; i < samples; i++) {
            appender.append(time(i, seed), value(i, seed));
            open.bitsAndCount = (long) appender.bitPosition() << 32 | appender.count();
        }
        assertTrue(reads.get(1, TimeUnit.MINUTES) > 0);
    }

    private static int readWhileGrowing(Open open, int samples, int seed) throws IOException {
        XorCursor cursor = new XorCursor();
        EncodedChunk copy = new EncodedChunk();
        int reads = 0;
        int count = 0;
        while (count < samples) {
            long now = open.bitsAndCount;
            count = (int) now;
            int bits = (int) (now >>> 32);
            if (count == 0) {
                continue;
            }
            check(cursor.reset(open.buffer, 0, bits + 7 >>> 3, count), count, seed);
            copy.copyOpenXor(0, 0, open.buffer, 0, bits, count);
            check(cursor.reset(copy.array(), copy.offset(), copy.length()), count, seed);
            reads++;
        }
        return reads;
    }

    private static void check(XorCursor cursor, int count, int seed) throws IOException {
        for (int i = 0; i < count; i++) {
            assertTrue(cursor.next());
            assertEquals(time(i, seed), cursor.timestampMillis());
            assertEquals(value(i, seed), cursor.valueBits());
        }
    }

    private static long time(int i, int seed) {
        return 1_700_000_000_000L + i * 15_000L + (i * 31 + seed) % 11;
    }

    private static long value(int i, int seed) {
        return Double.doubleToRawLongBits(((long) i * (seed + 3) * 7919 % 1000) / 8.0);
    }
}
