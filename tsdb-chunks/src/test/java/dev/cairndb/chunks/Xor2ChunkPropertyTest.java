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
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class Xor2ChunkPropertyTest {
    private final Xor2Appender appender = new Xor2Appender();
    private final Xor2Cursor cursor = new Xor2Cursor();
    private final FloatChunkReading reading = new FloatChunkReading(cursor, cursor::reset);

    @Provide
    Arbitrary<Xor2Samples> ascending() {
        return Xor2Arbitraries.ascending(300);
    }

    @Provide
    Arbitrary<Xor2Samples> few() {
        return Xor2Arbitraries.ascending(40);
    }

    @Provide
    Arbitrary<Xor2Samples> wild() {
        return Xor2Arbitraries.wild(200);
    }

    @Provide
    Arbitrary<List<Xor2Samples>> several() {
        return Xor2Arbitraries.ascending(200).list().ofMinSize(1).ofMaxSize(5);
    }

    @Property
    void whatWasAppendedIsRead(@ForAll("ascending") Xor2Samples samples) throws IOException {
        byte[] chunk = samples.encode();
        samples.assertReadBy(cursor.reset(chunk, 0, chunk.length));
    }

    @Property
    void anyTimesInAnyOrderAreReadBack(@ForAll("wild") Xor2Samples samples) throws IOException {
        byte[] chunk = samples.encode();
        samples.assertReadBy(cursor.reset(chunk, 0, chunk.length));
    }

    @Property
    void bulkDecodingGivesTheSame(@ForAll("ascending") Xor2Samples samples) throws IOException {
        byte[] chunk = samples.encode();
        long[] times = new long[samples.size()];
        long[] values = new long[samples.size()];
        cursor.reset(chunk, 0, chunk.length);
        assertEquals(samples.size(), cursor.decode(times, values, 0));
        assertArrayEquals(samples.timestampsMillis(), times);
        assertArrayEquals(samples.valuesBits(), values);
        assertFalse(cursor.next());
    }

    @Property
    void bulkDecodingGoesOnFromAnySample(@ForAll("ascending") Xor2Samples samples, @ForAll int from)
            throws IOException {
        int walked = Math.floorMod(from, samples.size() + 1);
        reading.bulkDecodingGoesOnFrom(walked, samples.encode(), samples.timestampsMillis(), samples.valuesBits());
    }

    @Property
    void bulkDecodingGivesTheSameNumbers(@ForAll("ascending") Xor2Samples samples, @ForAll boolean oneBefore)
            throws IOException {
        reading.bulkDecodingGivesTheSameNumbers(
                samples.encode(), samples.timestampsMillis(), samples.valuesBits(), oneBefore);
    }

    @Property(tries = 60)
    void bulkDecodingFindsTheSameDamage(@ForAll("few") Xor2Samples samples, @ForAll byte flip) {
        reading.bulkDecodingFindsTheSameDamage(samples.encode(), flip);
    }

    @Property
    void appendingManyGivesTheSameBytes(@ForAll("ascending") Xor2Samples samples, @ForAll int firstPart) {
        appendedInParts(samples, firstPart);
        appendedInParts(samples, 0);
    }

    @Property
    void appendingManyOfAnyTimesGivesTheSameBytes(@ForAll("wild") Xor2Samples samples, @ForAll int firstPart) {
        appendedInParts(samples, firstPart);
    }

    /** In memory that ends where the last sample's room does, and held something else before. */
    private void appendedInParts(Xor2Samples samples, int firstPart) {
        int part = Math.floorMod(firstPart, samples.size() + 1);
        long[] starts = samples.startTimestampsMillis().clone();
        Arrays.fill(starts, part, starts.length, 0);
        Xor2Samples model = new Xor2Samples(samples.timestampsMillis(), starts, samples.valuesBits());
        byte[] expected = model.encode();
        int before = model.first(Math.max(model.size() - 1, 0)).encode().length;
        int offset = 8;
        byte[] buffer = new byte[offset + (before + Xor2Appender.MAX_BYTES_PER_SAMPLE + 7 & -8)];
        Arrays.fill(buffer, (byte) 0xA5);
        appender.start(buffer, offset);
        for (int i = 0; i < part; i++) {
            model.appendTo(appender, i);
        }
        appender.append(model.timestampsMillis(), model.valuesBits(), part, model.size());
        assertEquals(model.size(), appender.count());
        assertArrayEquals(expected, Arrays.copyOfRange(buffer, offset, offset + appender.byteLength()));
        assertUntouched(buffer, 0, offset);
    }

    /** Memory of a chunk is recycled, and a reader may be at work in what was written before. */
    @Property(tries = 100)
    void appendingChangesNothingThatWasReadable(@ForAll("few") Xor2Samples samples) throws IOException {
        int offset = 24;
        byte[] buffer = new byte[offset + 8 * (samples.size() * 4 + 5)];
        Arrays.fill(buffer, (byte) 0xA5);
        appender.start(buffer, offset);
        int[] lengths = new int[samples.size() + 1];
        lengths[0] = appender.byteLength();
        for (int i = 0; i < samples.size(); i++) {
            samples.appendTo(appender, i);
            lengths[i + 1] = appender.byteLength();
            assertTrue(lengths[i + 1] <= lengths[i] + Xor2Appender.MAX_BYTES_PER_SAMPLE, "growth");
            assertUntouched(buffer, 0, offset);
            assertUntouched(buffer, offset + (lengths[i + 1] + 7 & -8), buffer.length);
            assertArrayEquals(
                    samples.first(i + 1).encode(),
                    Arrays.copyOfRange(buffer, offset, offset + lengths[i + 1]),
                    "chunk so far");
        }
        for (int count = 0; count <= samples.size(); count++) {
            samples.first(count).assertReadBy(cursor.reset(buffer, offset, lengths[count], count));
        }
    }

    private static void assertUntouched(byte[] buffer, int from, int to) {
        for (int i = from; i < to; i++) {
            assertEquals((byte) 0xA5, buffer[i], "byte " + i);
        }
    }

    @Property(tries = 100)
    void oneAppenderServesManyChunks(@ForAll("several") List<Xor2Samples> chunks) {
        int capacity = 8 * 4 * 202;
        byte[] slab = new byte[capacity * chunks.size()];
        State[] states = new State[chunks.size()];
        for (int c = 0; c < states.length; c++) {
            appender.start(slab, c * capacity);
            states[c] = State.of(appender);
        }
        for (int i = 0; i < 200; i++) {
            for (int c = 0; c < states.length; c++) {
                if (i < chunks.get(c).size()) {
                    states[c].loadInto(appender, slab, c * capacity);
                    chunks.get(c).appendTo(appender, i);
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
    private record State(
            int bits, int count, long time, long delta, long start, long baseline, byte leading, byte trailing) {
        static State of(Xor2Appender appender) {
            return new State(
                    appender.bitPosition(),
                    appender.count(),
                    appender.lastTimestampMillis(),
                    appender.lastDeltaMillis(),
                    appender.lastStartTimestampMillis(),
                    appender.baselineBits(),
                    (byte) appender.leading(),
                    (byte) appender.trailing());
        }

        void loadInto(Xor2Appender appender, byte[] buffer, int offset) {
            appender.load(buffer, offset, bits, count, time, delta, start, baseline, leading, trailing);
        }
    }

    @Property
    void seekFindsTheFirstAtOrAfter(@ForAll("few") Xor2Samples samples, @ForAll List<Long> jumps) throws Exception {
        reading.seekFindsTheFirstAtOrAfter(
                samples.encode(),
                samples.timestampsMillis(),
                samples.valuesBits(),
                jumps,
                i -> assertEquals(samples.startTimestampsMillis()[i], cursor.startTimestampMillis()));
    }

    @Property(tries = 60)
    void verifyTakesWholeChunksOnly(@ForAll("few") Xor2Samples samples) throws IOException {
        if (samples.size() == 0) {
            return;
        }
        byte[] chunk = samples.encode();
        EncodedChunk encoded = new EncodedChunk();
        long first = samples.timestampsMillis()[0];
        long last = samples.timestampsMillis()[samples.size() - 1];
        ChunkCursors cursors = new ChunkCursors();
        encoded.wrap(ChunkEncoding.XOR2, first, last, chunk, 0, chunk.length);
        cursors.verify(encoded);
        samples.assertReadBy(cursors.open(encoded));
        encoded.wrap(ChunkEncoding.XOR2, first, last, Arrays.copyOf(chunk, chunk.length + 1), 0, chunk.length + 1);
        assertThrows(CorruptionException.class, () -> cursors.verify(encoded));
        encoded.wrap(ChunkEncoding.XOR2, first, last + 1, chunk, 0, chunk.length);
        assertThrows(CorruptionException.class, () -> cursors.verify(encoded));
    }

    @Property(tries = 40)
    void everyTruncationIsCorruption(@ForAll("few") Xor2Samples samples) throws Exception {
        reading.everyTruncationIsCorruption(samples.encode());
    }

    @Property(tries = 25)
    void everyFlippedByteIsCorruptionOrSamples(@ForAll("few") Xor2Samples samples, @ForAll byte flip) throws Exception {
        reading.everyFlippedByteIsCorruptionOrSamples(samples.encode(), flip);
    }

    @Property
    void anyBytesAreCorruptionOrSamples(@ForAll byte[] bytes) throws Exception {
        reading.readOrCorrupt(bytes);
    }
}
