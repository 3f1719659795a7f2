package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.SampleText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** Records written and read again, against plain lists. */
final class RecordPropertyTest {
    record Sample(long ref, long timestamp, long bits) {}

    @Property(tries = 300)
    void samplesComeBackWithAllBits(@ForAll("samples") @Size(max = 50) List<Sample> samples) throws IOException {
        LogBatch batch = new LogBatch();
        List<String> expected = new ArrayList<>();
        for (Sample s : samples) {
            batch.addSample(s.ref, s.timestamp, s.bits);
            expected.add(
                    "sample " + s.ref + " " + s.timestamp + ":" + HexFormat.of().toHexDigits(s.bits));
        }
        assertEquals(samples.size(), batch.sampleCount());
        assertEquals(expected, decoded(recordsOf(batch)));
        batch.clear();
        assertTrue(batch.isEmpty());
        assertEquals(List.of(), recordsOf(batch));
    }

    @Property(tries = 300)
    void seriesMarkersAndTombstonesComeBack(
            @ForAll @Size(max = 30) List<@Size(max = 12) List<@StringLength(max = 200) String>> labelSets,
            @ForAll @LongRange(max = 1L << 39) long ref)
            throws IOException {
        LogBatch batch = new LogBatch();
        List<String> expected = new ArrayList<>();
        long next = ref;
        for (List<String> texts : labelSets) {
            List<String> even = texts.subList(0, texts.size() / 2 * 2);
            byte[] labels = RecordedLog.labels(even.toArray(String[]::new));
            batch.addSeries(next, labels, 0, labels.length);
            StringBuilder text = new StringBuilder();
            even.forEach(t -> text.append(RecordedLog.quote(t.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
            expected.add("series " + next + " " + text);
            next++;
        }
        for (int i = 0; i < labelSets.size(); i++) {
            batch.addMarker(ref + i, -ref - i);
            expected.add("marker " + (ref + i) + " " + (-ref - i));
        }
        batch.beginGroup();
        for (int i = 0; i < labelSets.size(); i++) {
            batch.addTombstone(ref + i, ref - i, ref + i);
            expected.add("tombstone " + (ref + i) + " " + (ref - i) + " " + (ref + i));
        }
        assertEquals(expected, decoded(recordsOf(batch)));
    }

    @Test
    void markersAreWrittenBeforeTheSamplesOfTheirBatch() throws IOException {
        LogBatch batch = new LogBatch();
        batch.addSample(1, 10, 0);
        batch.beginGroup();
        batch.addMarker(1, 5L << 32 | 8);
        batch.addSample(1, 9, 0);
        RecordedLog.addSeries(batch, 1);
        assertEquals(
                List.of(
                        "series 1 ",
                        "marker 1 " + (5L << 32 | 8),
                        "sample 1 10:0000000000000000",
                        "sample 1 9:0000000000000000"),
                decoded(recordsOf(batch)));
    }

    @Property(tries = 300)
    void aCutOrChangedRecordIsRefusedOrGivesAsManyEntriesAsItsBytesCanHold(
            @ForAll("samples") @Size(min = 1, max = 5) List<Sample> samples, @ForAll long seed) throws IOException {
        LogBatch batch = new LogBatch();
        samples.forEach(s -> {
            batch.addSample(s.ref, s.timestamp, s.bits);
            batch.addTombstone(s.ref, s.timestamp, s.bits);
            batch.addMarker(s.ref, s.bits);
            RecordedLog.addSeries(batch, s.ref, "name", "value");
        });
        Random random = new Random(seed);
        for (byte[] record : recordsOf(batch)) {
            for (int length = 0; length < record.length; length++) {
                tryToDecode(Arrays.copyOf(record, length));
            }
            for (int i = 0; i < 50; i++) {
                byte[] changed = record.clone();
                changed[random.nextInt(record.length)] = (byte) random.nextInt();
                tryToDecode(changed);
            }
        }
    }

    @Property(tries = 300)
    void histogramsExemplarsAndMetadataComeBackBitByBit(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        RandomEntries entries = new RandomEntries(random);
        LogBatch batch = new LogBatch();
        List<String> expected = new ArrayList<>();
        for (int i = random.nextInt(30); i > 0; i--) {
            long ref = random.nextLong() & RecordHandler.SERIES_REF_MAX;
            expected.add(
                    switch (random.nextInt(4)) {
                        case 0 -> entries.addExemplar(batch, ref, random.nextLong());
                        case 1 -> entries.addMetadata(batch, ref);
                        case 2 -> entries.addHistogramWithStart(batch, ref, random.nextLong());
                        default -> entries.addSample(batch, entries.kind(), ref, random.nextLong());
                    });
            batch.beginGroup();
        }
        assertEquals(expected, decoded(recordsOf(batch)));
    }

    @Property(tries = 60)
    void aCutOrChangedRecordOfAnyKindIsRefusedOrGivesAsManyEntriesAsItsBytesCanHold(@ForAll long seed)
            throws IOException {
        Random random = new Random(seed);
        RandomEntries entries = new RandomEntries(random);
        LogBatch batch = new LogBatch();
        for (int i = 0; i < 3; i++) {
            for (RandomEntries.Kind kind : RandomEntries.Kind.values()) {
                entries.addSample(batch, kind, i, i);
            }
            entries.addHistogramWithStart(batch, i, i);
            entries.addExemplar(batch, i, i);
            entries.addMetadata(batch, i);
        }
        for (byte[] record : recordsOf(batch)) {
            for (int length = 0; length < record.length; length++) {
                tryToDecode(Arrays.copyOf(record, length));
            }
            for (int at = 0; at < record.length; at++) {
                byte[] changed = record.clone();
                changed[at] ^= (byte) (1 << random.nextInt(8));
                tryToDecode(changed);
                changed[at] = (byte) random.nextInt();
                tryToDecode(changed);
            }
        }
    }

    @Test
    void numbersThatNoRecordCanHoldAreRefusedBeforeMemoryIsAskedFor() {
        String zeros = "00".repeat(16);
        String head = zeros + "0000" + "00" + "06" + "00".repeat(8) + "0000" + "00".repeat(8);
        for (String counts : List.of("ffffffff0f", "8080808008", "00ffffffff0f", "0000ffffff7f", "000000ffffff7f")) {
            byte[] record = HexFormat.of().parseHex("07" + head + counts + zeros);
            assertThrows(CorruptionException.class, () -> decoded(List.of(record)), counts);
        }
        byte[] spanOfManyBuckets =
                HexFormat.of().parseHex("07" + head + "0100ffffffff07" + "00" + "ffffffff07" + zeros);
        assertThrows(CorruptionException.class, () -> decoded(List.of(spanOfManyBuckets)));
        byte[] backwards = HexFormat.of().parseHex("07" + head + "0200000100" + "000000");
        assertThrows(CorruptionException.class, () -> decoded(List.of(backwards)));
    }

    @Test
    void aReferenceThatPrometheusCannotHaveGivenIsRefused() {
        LogBatch batch = new LogBatch();
        long large = RecordHandler.SERIES_REF_MAX + 1;
        for (long ref : new long[] {large, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
            RecordedLog.addSeries(batch, ref);
            batch.addSample(ref, 1, 1);
            batch.addSample(ref, 1, 1, 1);
            batch.addExemplar(ref, 1, 1, new byte[0], 0, 0);
            batch.addMetadata(ref, 1, new byte[0], 0, 0, new byte[0], 0, 0);
            batch.addTombstone(ref, 1, 1);
            batch.addMarker(ref, 1);
            List<byte[]> records = recordsOf(batch);
            assertEquals(7, records.size());
            for (byte[] record : records) {
                assertThrows(CorruptionException.class, () -> decoded(List.of(record)));
            }
            batch.clear();
        }
    }

    @Test
    void histogramsOfAnUnknownSchemaAreLeftOutAndCounted() throws IOException {
        for (boolean withStart : new boolean[] {false, true}) {
            LogBatch batch = new LogBatch();
            List<String> expected = new ArrayList<>();
            RandomEntries entries = new RandomEntries(new Random(1));
            for (int schema : new int[] {-10, 0, -54, 53, 8, 100}) {
                HistogramBuffer histogram = new HistogramBuffer();
                histogram.set(entries.histogram(false, false));
                histogram.setSchema(schema);
                if (withStart) {
                    batch.addHistogram(schema & 7, schema, schema, histogram);
                } else {
                    batch.addHistogram(schema & 7, schema, histogram);
                }
                if (schema == 0 || schema == 8) {
                    expected.add("histogram 0 " + schema + ":" + SampleText.of(histogram)
                            + RecordedLog.start(withStart ? schema : 0));
                }
            }
            RecordedLog read = new RecordedLog();
            RecordDecoder decoder = new RecordDecoder();
            byte[] record = recordsOf(batch).get(0);
            decoder.read(record, 0, record.length);
            decoder.deliver(read);
            assertEquals(expected, read.entries);
            assertEquals(2, decoder.count());
            assertEquals(4, decoder.histogramsSkipped());
        }
    }

    private static void tryToDecode(byte[] record) throws IOException {
        try {
            List<String> entries = decoded(List.of(record));
            assertTrue(entries.size() <= record.length);
        } catch (CorruptionException e) {
            assertTrue(e.offset() <= record.length);
        }
    }

    @Property(tries = 150)
    void recordsOfAnyLengthAreFramedAndFoundAgain(@ForAll @Size(max = 20) List<Integer> sizes, @ForAll long seed)
            throws IOException {
        Random random = new Random(seed);
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        List<byte[]> records = new ArrayList<>();
        for (int size : sizes) {
            byte[] record = new byte[Math.floorMod(size, random.nextInt(4) == 0 ? 100_000 : 100)];
            random.nextBytes(record);
            framer.add(record, 0, record.length, 0);
            records.add(record);
            if (random.nextInt(8) == 0) {
                framer.endPage();
            }
        }
        var storage = new dev.cairndb.testkit.CrashingStorage(1);
        var path = java.nio.file.Path.of("/segment");
        try (var file = storage.create(path)) {
            file.write(framer.array(), 0, framer.size());
        }
        try (SegmentScanner scanner = new SegmentScanner(storage, path)) {
            for (byte[] record : records) {
                assertEquals(SegmentScanner.Event.RECORD, scanner.next());
                assertTrue(Arrays.equals(
                        record,
                        Arrays.copyOfRange(scanner.bytes(), scanner.offset(), scanner.offset() + scanner.length())));
            }
            assertEquals(SegmentScanner.Event.END, scanner.next());
        }
    }

    @Provide
    Arbitrary<Sample> sample() {
        Arbitrary<Long> refs = Arbitraries.longs().between(0, RecordHandler.SERIES_REF_MAX);
        Arbitrary<Long> any = Arbitraries.longs();
        return net.jqwik.api.Combinators.combine(refs, any, any).as(Sample::new);
    }

    @Provide
    Arbitrary<List<Sample>> samples() {
        return sample().list();
    }

    private static List<byte[]> recordsOf(LogBatch batch) {
        List<byte[]> records = new ArrayList<>();
        batch.forEachRecord((bytes, offset, length) -> records.add(Arrays.copyOfRange(bytes, offset, offset + length)));
        return records;
    }

    private static List<String> decoded(List<byte[]> records) throws IOException {
        RecordedLog read = new RecordedLog();
        RecordDecoder decoder = new RecordDecoder();
        for (byte[] record : records) {
            // Behind other bytes and before others: nothing outside the range may be looked at.
            byte[] padded = new byte[record.length + 9];
            Arrays.fill(padded, (byte) 0xEE);
            System.arraycopy(record, 0, padded, 4, record.length);
            decoder.read(padded, 4, record.length);
            decoder.deliver(read);
        }
        return read.entries;
    }
}
