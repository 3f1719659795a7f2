package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/** What holds for a cursor over float chunks of any encoding. */
final class FloatChunkReading {
    private final FloatCursor cursor;
    private final Reset reset;

    FloatChunkReading(FloatCursor cursor, Reset reset) {
        this.cursor = cursor;
        this.reset = reset;
    }

    /** Puts the cursor in front of a chunk. */
    interface Reset {
        void to(byte[] bytes, int offset, int length) throws CorruptionException;
    }

    /**
     * @param jumps by which the targets are chosen; each lies at, before or behind a sample
     * @param found is told the index of each sample that is found
     */
    void seekFindsTheFirstAtOrAfter(
            byte[] chunk, long[] timesMillis, long[] valuesBits, List<Long> jumps, IntConsumer found) throws Exception {
        reset.to(chunk, 0, chunk.length);
        int count = timesMillis.length;
        int model = -1;
        for (long jump : jumps) {
            long target = count == 0
                    ? jump
                    : timesMillis[(int) Long.remainderUnsigned(jump, count)] + Long.remainderUnsigned(jump, 3) - 1;
            int from = Math.max(model, 0);
            while (from < count && timesMillis[from] < target) {
                from++;
            }
            model = from;
            assertEquals(model < count, cursor.seek(target), "found");
            if (model < count) {
                assertEquals(timesMillis[model], cursor.timestampMillis());
                assertEquals(valuesBits[model], cursor.valueBits());
                found.accept(model);
            }
        }
    }

    /** @param walked samples that are read one by one before */
    void bulkDecodingGoesOnFrom(int walked, byte[] chunk, long[] timesMillis, long[] valuesBits) throws IOException {
        reset.to(chunk, 0, chunk.length);
        for (int i = 0; i < walked; i++) {
            assertTrue(cursor.next());
        }
        long[] times = new long[timesMillis.length - walked];
        long[] values = new long[times.length];
        assertEquals(times.length, cursor.decode(times, values, 0));
        assertArrayEquals(Arrays.copyOfRange(timesMillis, walked, timesMillis.length), times);
        assertArrayEquals(Arrays.copyOfRange(valuesBits, walked, valuesBits.length), values);
        assertFalse(cursor.next());
    }

    void bulkDecodingGivesTheSameNumbers(byte[] chunk, long[] timesMillis, long[] valuesBits, boolean oneBefore)
            throws IOException {
        reset.to(chunk, 0, chunk.length);
        int first = oneBefore && cursor.next() ? 1 : 0;
        long[] times = new long[timesMillis.length + 2];
        double[] values = new double[timesMillis.length + 1];
        assertEquals(timesMillis.length - first, cursor.decode(times, values, first));
        for (int i = first; i < timesMillis.length; i++) {
            assertEquals(timesMillis[i], times[i]);
            assertEquals(valuesBits[i], Double.doubleToRawLongBits(values[i]));
        }
        assertFalse(cursor.next());
    }

    void bulkDecodingFindsTheSameDamage(byte[] chunk, byte flip) {
        for (int i = 0; i < chunk.length; i++) {
            byte[] flipped = chunk.clone();
            flipped[i] ^= flip;
            assertEquals(walked(flipped, flipped.length), decoded(flipped, flipped.length), "byte " + i);
            byte[] followed = Arrays.copyOf(chunk, chunk.length + 64);
            assertEquals(walked(followed, i), decoded(followed, i), "length " + i);
        }
    }

    private String walked(byte[] bytes, int length) {
        try {
            reset.to(bytes, 0, length);
            StringBuilder samples = new StringBuilder();
            while (cursor.next()) {
                samples.append(cursor.timestampMillis())
                        .append('=')
                        .append(cursor.valueBits())
                        .append(' ');
            }
            return samples.toString();
        } catch (CorruptionException e) {
            return e.getMessage();
        }
    }

    private String decoded(byte[] bytes, int length) {
        try {
            reset.to(bytes, 0, length);
            long[] times = new long[cursor.samplesLeft()];
            long[] values = new long[times.length];
            cursor.decode(times, values, 0);
            double[] numbers = new double[times.length + 1];
            reset.to(bytes, 0, length);
            assertEquals(times.length, cursor.decode(times, numbers, 0));
            for (int i = 0; i < times.length; i++) {
                assertEquals(values[i], Double.doubleToRawLongBits(numbers[i]), "bits of number " + i);
            }
            StringBuilder samples = new StringBuilder();
            for (int i = 0; i < times.length; i++) {
                samples.append(times[i]).append('=').append(values[i]).append(' ');
            }
            return samples.toString();
        } catch (CorruptionException e) {
            return e.getMessage();
        }
    }

    void everyTruncationIsCorruption(byte[] chunk) throws Exception {
        for (int length = 0; length < chunk.length; length++) {
            // once in an array that ends there, once with other bytes behind it
            byte[] cut = Arrays.copyOf(chunk, length);
            byte[] followed = Arrays.copyOf(cut, length + 64);
            int shortened = length;
            assertThrows(CorruptionException.class, () -> readAll(cut, shortened));
            assertThrows(CorruptionException.class, () -> readAll(followed, shortened));
            assertFalse(cursor.next(), "at the end after the failure");
        }
    }

    void everyFlippedByteIsCorruptionOrSamples(byte[] chunk, byte flip) throws Exception {
        for (int i = 0; i < chunk.length; i++) {
            byte[] flipped = chunk.clone();
            flipped[i] ^= flip;
            readOrCorrupt(flipped);
        }
    }

    void readOrCorrupt(byte[] bytes) throws Exception {
        try {
            int count = readAll(bytes, bytes.length);
            assertTrue(count <= FloatAppender.SAMPLES_MAX);
        } catch (CorruptionException e) {
            assertTrue(e.offset() >= 0 && e.offset() <= bytes.length, e.getMessage());
        }
    }

    private int readAll(byte[] bytes, int length) throws Exception {
        int count = 0;
        reset.to(bytes, 0, length);
        while (cursor.next()) {
            count++;
        }
        return count;
    }
}
