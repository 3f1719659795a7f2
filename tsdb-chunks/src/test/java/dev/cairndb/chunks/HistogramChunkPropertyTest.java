package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramSeries.Timed;
import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class HistogramChunkPropertyTest {
    /** A chunk and what was appended to it. */
    private record Written(EncodedChunk chunk, List<Timed> samples, boolean refused) {}

    private final ChunkCursors cursors = new ChunkCursors();

    private static ChunkEncoding encoding(boolean floats) {
        return floats ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM;
    }

    /** Appends all samples, to chunks that are cut at random and where they must be. */
    private static List<Written> write(List<Timed> samples, boolean floats, Random cuts) {
        List<Written> chunks = new ArrayList<>();
        HistogramAppender appender = new HistogramAppender();
        appender.start(encoding(floats));
        List<Timed> inChunk = new ArrayList<>();
        boolean refused = false;
        for (Timed sample : samples) {
            boolean cut = !inChunk.isEmpty() && cuts.nextInt(25) == 0;
            boolean taken = !cut && appender.append(sample.timestampMillis(), sample.histogram());
            if (!taken) {
                chunks.add(new Written(chunk(appender, inChunk), inChunk, refused));
                refused = !cut;
                inChunk = new ArrayList<>();
                appender.startNext(encoding(floats));
                assertTrue(appender.append(sample.timestampMillis(), sample.histogram()), "first of a chunk");
            }
            inChunk.add(sample);
        }
        chunks.add(new Written(chunk(appender, inChunk), inChunk, refused));
        return chunks;
    }

    private static EncodedChunk chunk(HistogramAppender appender, List<Timed> samples) {
        EncodedChunk chunk = new EncodedChunk();
        chunk.copy(
                appender.encoding(),
                samples.get(0).timestampMillis(),
                appender.lastTimestampMillis(),
                appender.array(),
                0,
                appender.byteLength());
        return chunk;
    }

    private static void assertSame(Timed expected, SampleCursor actual) {
        HistogramSample appended = expected.histogram();
        HistogramSample read = actual.histogram();
        assertEquals(expected.timestampMillis(), actual.timestampMillis());
        assertEquals(appended.hasFloatCounts(), read.hasFloatCounts());
        assertEquals(appended.schema(), read.schema());
        assertEquals(appended.zeroThresholdBits(), read.zeroThresholdBits());
        assertEquals(appended.sumBits(), read.sumBits());
        assertEquals(appended.count(), read.count());
        assertEquals(appended.zeroCount(), read.zeroCount());
        assertEquals(HistogramSeries.counts(appended, true), HistogramSeries.counts(read, true));
        assertEquals(HistogramSeries.counts(appended, false), HistogramSeries.counts(read, false));
        assertEquals(appended.customBoundCount(), read.customBoundCount());
        for (int i = 0; i < appended.customBoundCount(); i++) {
            assertEquals(appended.customBoundBits(i), read.customBoundBits(i));
        }
        assertTrue(HistogramChecks.areEqual(appended, read));
        assertNull(HistogramChecks.problem(read));
    }

    @Property(tries = 300)
    void whatWasAppendedIsRead(@ForAll long seed, @ForAll @IntRange(min = 1, max = 80) int size, @ForAll boolean floats)
            throws IOException {
        List<Timed> samples = HistogramSeries.of(seed, size, floats);
        for (Written written : write(samples, floats, new Random(seed))) {
            cursors.verify(written.chunk);
            assertEquals(written.samples.size(), written.chunk.sampleCount());
            SampleCursor cursor = cursors.open(written.chunk);
            for (Timed sample : written.samples) {
                assertTrue(cursor.next());
                assertSame(sample, cursor);
                assertEquals(expectedHint(written, sample), cursor.histogram().resetHint());
            }
            assertFalse(cursor.next());
        }
    }

    private static CounterResetHint expectedHint(Written written, Timed sample) {
        if (sample.histogram().isStale()) {
            return CounterResetHint.UNKNOWN;
        }
        if (sample.histogram().resetHint() == CounterResetHint.GAUGE) {
            return CounterResetHint.GAUGE;
        }
        return sample == written.samples.get(0) ? CounterResetHint.UNKNOWN : CounterResetHint.NOT_RESET;
    }

    @Property(tries = 300)
    void headersSayWhetherACounterWasReset(@ForAll long seed, @ForAll boolean floats) {
        List<Written> chunks = write(HistogramSeries.of(seed, 60, floats), floats, new Random(seed));
        for (int i = 0; i < chunks.size(); i++) {
            Written chunk = chunks.get(i);
            HistogramBuffer first = chunk.samples.get(0).histogram();
            CounterResetHint expected = i == 0 ? CounterResetHint.UNKNOWN : judge(chunks.get(i - 1), chunk, first);
            if (first.resetHint() == CounterResetHint.GAUGE || first.resetHint() == CounterResetHint.RESET) {
                expected = first.resetHint();
            }
            assertEquals(HistogramChunk.flags(expected), chunk.chunk.array()[HistogramChunk.FLAGS_AT] & 0xFF);
        }
    }

    /** Plain rules over maps of buckets. */
    private static CounterResetHint judge(Written before, Written chunk, HistogramBuffer first) {
        HistogramBuffer last = before.samples.get(before.samples.size() - 1).histogram();
        boolean afterGauge = HistogramChunk.isGauge(before.chunk.array()[HistogramChunk.FLAGS_AT]);
        CounterResetHint found = afterGauge ? CounterResetHint.NOT_RESET : judge(last, first);
        if (!first.hasFloatCounts() || found == CounterResetHint.RESET) {
            return found;
        }
        return chunk.refused ? CounterResetHint.UNKNOWN : CounterResetHint.NOT_RESET;
    }

    private static CounterResetHint judge(HistogramBuffer last, HistogramBuffer next) {
        if (next.isStale()) {
            return CounterResetHint.NOT_RESET;
        }
        if (last.isStale()) {
            return CounterResetHint.UNKNOWN;
        }
        // All counts here are below 2^53 and not negative: their bits are in their order.
        if (next.count() < last.count()) {
            return CounterResetHint.RESET;
        }
        if (next.schema() != last.schema() || next.zeroThreshold() != last.zeroThreshold()) {
            return CounterResetHint.UNKNOWN;
        }
        boolean reset = !next.customBounds.hasSame(last.customBounds)
                || next.zeroCount() < last.zeroCount()
                || anyLess(HistogramSeries.counts(next, true), HistogramSeries.counts(last, true))
                || anyLess(HistogramSeries.counts(next, false), HistogramSeries.counts(last, false));
        return reset ? CounterResetHint.RESET : CounterResetHint.NOT_RESET;
    }

    private static boolean anyLess(Map<Long, Long> next, Map<Long, Long> last) {
        return last.entrySet().stream().anyMatch(bucket -> next.getOrDefault(bucket.getKey(), 0L) < bucket.getValue());
    }

    /** A chunk ends only where one of the reasons for that is. */
    @Property(tries = 100)
    void gaugesAreNeverRefusedForTheirBuckets(@ForAll long seed, @ForAll boolean floats) {
        HistogramAppender appender = new HistogramAppender();
        appender.start(encoding(floats));
        HistogramBuffer last = null;
        for (Timed sample : HistogramSeries.of(seed, 60, floats)) {
            HistogramBuffer next = new HistogramBuffer();
            next.set(sample.histogram());
            next.setResetHint(CounterResetHint.GAUGE);
            boolean taken = appender.append(sample.timestampMillis(), next);
            boolean fits = last == null
                    || next.isStale()
                    || !last.isStale()
                            && next.schema() == last.schema()
                            && next.zeroThresholdBits() == last.zeroThresholdBits()
                            && next.customBounds.hasSame(last.customBounds);
            assertEquals(fits, taken);
            if (!taken) {
                appender.startNext(encoding(floats));
                assertTrue(appender.append(sample.timestampMillis(), next));
            }
            last = next;
        }
    }

    @Property(tries = 60)
    void appendingChangesNothingThatWasReadable(@ForAll long seed, @ForAll boolean floats) throws IOException {
        record Open(byte[] array, int bitLength, List<Timed> samples) {}
        List<Open> open = new ArrayList<>();
        HistogramAppender appender = new HistogramAppender();
        appender.start(encoding(floats));
        List<Timed> inChunk = new ArrayList<>();
        for (Timed sample : HistogramSeries.of(seed, 40, floats)) {
            if (!appender.append(sample.timestampMillis(), sample.histogram())) {
                appender.startNext(encoding(floats));
                appender.append(sample.timestampMillis(), sample.histogram());
                inChunk = new ArrayList<>();
            }
            inChunk.add(sample);
            assertEquals(inChunk.size(), appender.sampleCount());
            open.add(new Open(appender.array(), appender.bitLength(), List.copyOf(inChunk)));
        }
        EncodedChunk copy = new EncodedChunk();
        for (Open then : open) {
            int last = then.samples.size() - 1;
            copy.copyOpen(
                    encoding(floats),
                    then.samples.get(0).timestampMillis(),
                    then.samples.get(last).timestampMillis(),
                    then.array,
                    0,
                    then.bitLength,
                    then.samples.size());
            cursors.verify(copy);
            SampleCursor cursor = cursors.open(copy);
            for (Timed sample : then.samples) {
                assertTrue(cursor.next());
                assertSame(sample, cursor);
            }
        }
    }

    @Property(tries = 100)
    void aChunkThatWasReadGoesOnAsIfItHadNotBeen(
            @ForAll long seed, @ForAll boolean floats, @ForAll @IntRange(min = 0, max = 39) int at) throws IOException {
        HistogramAppender whole = new HistogramAppender();
        HistogramAppender again = new HistogramAppender();
        whole.start(encoding(floats));
        int number = 0;
        for (Timed sample : HistogramSeries.of(seed, 40, floats)) {
            boolean taken = whole.append(sample.timestampMillis(), sample.histogram());
            if (number > at) {
                assertEquals(taken, again.append(sample.timestampMillis(), sample.histogram()));
            }
            if (!taken) {
                whole.startNext(encoding(floats));
                whole.append(sample.timestampMillis(), sample.histogram());
                if (number > at) {
                    again.startNext(encoding(floats));
                    again.append(sample.timestampMillis(), sample.histogram());
                }
            }
            if (number == at) {
                again.load(chunk(whole, List.of(sample)));
            }
            if (number >= at) {
                assertArrayEquals(bytes(whole), bytes(again));
                assertTrue(HistogramChecks.areEqual(whole.last(), again.last()));
            }
            number++;
        }
    }

    private static byte[] bytes(HistogramAppender appender) {
        return Arrays.copyOf(appender.array(), appender.byteLength());
    }

    @Property(tries = 150)
    void seekFindsTheFirstAtOrAfter(@ForAll long seed, @ForAll boolean floats) throws IOException {
        Random random = new Random(seed);
        for (Written written : write(HistogramSeries.of(seed, 40, floats), floats, random)) {
            List<Timed> samples = written.samples;
            SampleCursor cursor = cursors.open(written.chunk);
            int model = 0;
            for (int i = 0; i < 10 && model < samples.size(); i++) {
                long target = samples.get(random.nextInt(samples.size())).timestampMillis() + random.nextInt(3) - 1;
                while (model < samples.size() && samples.get(model).timestampMillis() < target) {
                    model++;
                }
                assertEquals(model < samples.size(), cursor.seek(target));
                if (model < samples.size()) {
                    assertSame(samples.get(model), cursor);
                }
            }
        }
    }

    @Property(tries = 15)
    void everyTruncationIsCorruption(@ForAll long seed, @ForAll boolean floats) throws IOException {
        EncodedChunk whole = write(HistogramSeries.of(seed, 12, floats), floats, new Random(seed))
                .get(0)
                .chunk;
        byte[] bytes = Arrays.copyOf(whole.array(), whole.length() + 64);
        Arrays.fill(bytes, whole.length(), bytes.length, (byte) 0xFF);
        EncodedChunk cut = new EncodedChunk();
        for (int length = XorChunk.HEADER_BYTES; length < whole.length(); length++) {
            // once with other bytes behind it, once in an array that ends there
            cut.wrap(whole.encoding(), whole.minTimestampMillis(), whole.maxTimestampMillis(), bytes, 0, length);
            assertThrows(CorruptionException.class, () -> cursors.verify(cut));
            byte[] ending = Arrays.copyOf(bytes, length);
            cut.wrap(whole.encoding(), whole.minTimestampMillis(), whole.maxTimestampMillis(), ending, 0, length);
            assertThrows(CorruptionException.class, () -> cursors.verify(cut));
            assertThrows(CorruptionException.class, () -> new HistogramAppender().load(cut));
        }
    }

    @Property(tries = 20)
    void everyFlippedByteIsCorruptionOrSamples(@ForAll long seed, @ForAll boolean floats, @ForAll byte flip) {
        EncodedChunk whole = write(HistogramSeries.of(seed, 12, floats), floats, new Random(seed))
                .get(0)
                .chunk;
        for (int i = 0; i < whole.length(); i++) {
            byte[] flipped = Arrays.copyOf(whole.array(), whole.length());
            flipped[i] ^= flip;
            readOrCorrupt(flipped, floats);
        }
    }

    @Property(tries = 500)
    void anyBytesAreCorruptionOrSamples(@ForAll byte[] bytes, @ForAll boolean floats) {
        if (bytes.length >= XorChunk.HEADER_BYTES) {
            readOrCorrupt(bytes, floats);
        }
    }

    private void readOrCorrupt(byte[] bytes, boolean floats) {
        EncodedChunk chunk = new EncodedChunk();
        chunk.wrap(encoding(floats), 0, 0, bytes, 0, bytes.length);
        try {
            SampleCursor cursor = cursors.open(chunk);
            int count = 0;
            while (cursor.next()) {
                count++;
                assertEquals(floats, cursor.histogram().hasFloatCounts());
            }
            assertEquals(chunk.sampleCount(), count);
            appendTo(chunk);
        } catch (IOException e) {
            long at = ((CorruptionException) e).offset();
            assertTrue(at >= 0 && at <= bytes.length, e.getMessage());
        }
    }

    /** Nobody writes such chunks, but who reads one can go on with it. */
    private static void appendTo(EncodedChunk chunk) throws CorruptionException {
        HistogramAppender appender = new HistogramAppender();
        appender.load(chunk);
        if (appender.sampleCount() == 0) {
            return;
        }
        HistogramBuffer next = new HistogramBuffer();
        next.set(appender.last());
        next.addPositiveSpan(2, 1);
        next.addPositiveBucket(0);
        if (!next.hasAsManyBucketsAsSpanned()) {
            return;
        }
        if (!appender.append(0, next)) {
            appender.startNext(appender.encoding());
            appender.append(0, next);
        }
        assertTrue(appender.sampleCount() > 0);
    }
}
