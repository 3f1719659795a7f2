package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class XorChunkPropertyTest {
    private final XorAppender appender = new XorAppender();
    private final XorCursor cursor = new XorCursor();
    private final FloatChunkReading reading = new FloatChunkReading(cursor, cursor::reset);

    @Provide
    Arbitrary<Samples> ascending() {
        return SampleArbitraries.ascending(300);
    }

    @Provide
    Arbitrary<Samples> few() {
        return SampleArbitraries.ascending(40);
    }

    @Provide
    Arbitrary<Samples> wild() {
        return SampleArbitraries.wild(60);
    }

    @Provide
    Arbitrary<List<Samples>> several() {
        return SampleArbitraries.ascending(30).list().ofMinSize(1).ofMaxSize(5);
    }

    @Property
    void whatWasAppendedIsRead(@ForAll("ascending") Samples samples) throws IOException {
        byte[] chunk = samples.encode();
        samples.assertReadBy(cursor.reset(chunk, 0, chunk.length));
    }

    @Property
    void anyTimesInAnyOrderAreReadBack(@ForAll("wild") Samples samples) throws IOException {
        byte[] chunk = samples.encode();
        samples.assertReadBy(cursor.reset(chunk, 0, chunk.length));
    }

    @Property
    void bulkDecodingGivesTheSame(@ForAll("ascending") Samples samples) throws IOException {
        byte[] chunk = samples.encode();
        long[] times = new long[samples.size() + 2];
        long[] values = new long[samples.size() + 2];
        cursor.reset(chunk, 0, chunk.length);
        assertEquals(samples.size(), cursor.decode(times, values, 1));
        assertArrayEquals(samples.timestampsMillis(), Arrays.copyOfRange(times, 1, samples.size() + 1));
        assertArrayEquals(samples.valuesBits(), Arrays.copyOfRange(values, 1, samples.size() + 1));
        assertFalse(cursor.next());
    }

    @Property
    void bulkDecodingGoesOnFromAnySample(@ForAll("wild") Samples samples, @ForAll int from) throws IOException {
        int walked = Math.floorMod(from, samples.size() + 1);
        reading.bulkDecodingGoesOnFrom(walked, samples.encode(), samples.timestampsMillis(), samples.valuesBits());
    }

    @Property
    void bulkDecodingGivesTheSameNumbers(@ForAll("ascending") Samples samples, @ForAll boolean oneBefore)
            throws IOException {
        reading.bulkDecodingGivesTheSameNumbers(
                samples.encode(), samples.timestampsMillis(), samples.valuesBits(), oneBefore);
    }

    @Property(tries = 60)
    void bulkDecodingFindsTheSameDamage(@ForAll("few") Samples samples, @ForAll byte flip) {
        reading.bulkDecodingFindsTheSameDamage(samples.encode(), flip);
    }

    @Property
    void appendingManyGivesTheSameBytes(@ForAll("ascending") Samples samples, @ForAll int firstPart) {
        appendedInParts(samples, firstPart);
    }

    @Property
    void appendingManyOfAnyTimesGivesTheSameBytes(@ForAll("wild") Samples samples, @ForAll int firstPart) {
        appendedInParts(samples, firstPart);
    }

    /** In memory that ends where the last sample's room does, and held something else before. */
    private void appendedInParts(Samples samples, int firstPart) {
        byte[] expected = samples.encode();
        int before = samples.first(Math.max(samples.size() - 1, 0)).encode().length;
        int offset = 8;
        byte[] buffer = new byte[offset + (before + XorAppender.MAX_BYTES_PER_SAMPLE + 7 & -8)];
        Arrays.fill(buffer, (byte) 0xA5);
        appender.start(buffer, offset);
        int part = Math.floorMod(firstPart, samples.size() + 1);
        appender.append(samples.timestampsMillis(), samples.valuesBits(), 0, part);
        if (part < samples.size()) {
            appender.append(samples.timestampsMillis()[part], samples.valuesBits()[part]);
            appender.append(samples.timestampsMillis(), samples.valuesBits(), part + 1, samples.size());
        }
        assertEquals(samples.size(), appender.count());
        assertArrayEquals(expected, Arrays.copyOfRange(buffer, offset, offset + appender.byteLength()));
        assertUntouched(buffer, 0, offset);
    }

    /** Memory of a chunk is recycled, and a reader may be at work in what was written before. */
    @Property(tries = 150)
    void appendingChangesNothingThatWasReadable(@ForAll("few") Samples samples) throws IOException {
        int offset = 24;
        byte[] buffer = new byte[offset + 8 * (samples.size() * 3 + 4)];
        Arrays.fill(buffer, (byte) 0xA5);
        appender.start(buffer, offset);
        int[] bitLengths = new int[samples.size() + 1];
        bitLengths[0] = appender.bitPosition();
        for (int i = 0; i < samples.size(); i++) {
            int lengthBefore = appender.byteLength();
            appender.append(samples.timestampsMillis()[i], samples.valuesBits()[i]);
            bitLengths[i + 1] = appender.bitPosition();
            int length = appender.byteLength();
            assertTrue(length <= lengthBefore + XorAppender.MAX_BYTES_PER_SAMPLE, "growth");
            assertUntouched(buffer, 0, offset);
            assertUntouched(buffer, offset + (length + 7 & -8), buffer.length);
            assertArrayEquals(
                    samples.first(i + 1).encode(), Arrays.copyOfRange(buffer, offset, offset + length), "chunk so far");
        }
        EncodedChunk copy = new EncodedChunk();
        for (int count = 0; count <= samples.size(); count++) {
            Samples prefix = samples.first(count);
            int length = bitLengths[count] + 7 >>> 3;
            prefix.assertReadBy(cursor.reset(buffer, offset, length, count));
            copy.copyOpenXor(0, 0, buffer, offset, bitLengths[count], count);
            assertArrayEquals(prefix.encode(), Arrays.copyOfRange(copy.array(), 0, copy.length()), "copy");
            assertEquals(count, copy.sampleCount());
        }
    }

    private static void assertUntouched(byte[] buffer, int from, int to) {
        for (int i = from; i < to; i++) {
            assertEquals((byte) 0xA5, buffer[i], "byte " + i);
        }
    }

    @Property(tries = 200)
    void oneAppenderServesManyChunks(@ForAll("several") List<Samples> chunks) {
        int capacity = 8 * 3 * 32;
        byte[] slab = new byte[capacity * chunks.size()];
        State[] states = new State[chunks.size()];
        for (int c = 0; c < states.length; c++) {
            appender.start(slab, c * capacity);
            states[c] = State.of(appender);
        }
        for (int i = 0; i < 30; i++) {
            for (int c = 0; c < states.length; c++) {
                Samples samples = chunks.get(c);
                if (i < samples.size()) {
                    states[c].loadInto(appender, slab, c * capacity);
                    appender.append(samples.timestampsMillis()[i], samples.valuesBits()[i]);
                    states[c] = State.of(appender);
                }
            }
        }
        for (int c = 0; c < states.length; c++) {
            byte[] expected = chunks.get(c).encode();
            assertArrayEquals(expected, Arrays.copyOfRange(slab, c * capacity, c * capacity + expected.length));
        }
    }

    /** What a host keeps for an open chunk, the window in bytes. */
    private record State(int bits, int count, long time, long delta, long value, byte leading, byte trailing) {
        static State of(XorAppender appender) {
            return new State(
                    appender.bitPosition(),
                    appender.count(),
                    appender.lastTimestampMillis(),
                    appender.lastDeltaMillis(),
                    appender.lastValueBits(),
                    (byte) appender.leading(),
                    (byte) appender.trailing());
        }

        void loadInto(XorAppender appender, byte[] buffer, int offset) {
            appender.load(buffer, offset, bits, count, time, delta, value, leading, trailing);
        }
    }

    @Property
    void seekFindsTheFirstAtOrAfter(@ForAll("few") Samples samples, @ForAll List<Long> jumps) throws Exception {
        reading.seekFindsTheFirstAtOrAfter(
                samples.encode(), samples.timestampsMillis(), samples.valuesBits(), jumps, i -> {});
    }

    @Property(tries = 40)
    void everyTruncationIsCorruption(@ForAll("few") Samples samples) throws Exception {
        reading.everyTruncationIsCorruption(samples.encode());
    }

    @Property(tries = 25)
    void everyFlippedByteIsCorruptionOrSamples(@ForAll("few") Samples samples, @ForAll byte flip) throws Exception {
        reading.everyFlippedByteIsCorruptionOrSamples(samples.encode(), flip);
    }

    @Property
    void anyBytesAreCorruptionOrSamples(@ForAll byte[] bytes) throws Exception {
        reading.readOrCorrupt(bytes);
    }
}
