package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Zstd;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every length a segment may be cut to, every byte of it that may flip, and what repair makes of that. */
final class SegmentDamageTest {
    private static final int NONE = 0;

    @Test
    void everyTruncationOfTheLastSegmentLeavesTheRecordsBefore() throws IOException {
        for (int compression : compressions()) {
            byte[] segment = segment(compression, 12);
            List<String> all = entriesOf(segment, compression);
            for (int length = 0; length <= segment.length; length++) {
                CrashingStorage storage = storageWith(Arrays.copyOf(segment, length));
                RecordedLog read = LogFixture.read(storage);
                String what = "compression " + compression + " cut to " + length;
                assertTrue(read.entries.size() <= all.size(), what);
                assertEquals(all.subList(0, read.entries.size()), read.entries, what);
                assertEquals(List.of(), read.damages, what);
                assertReadsTheSameAgain(storage, read, what);
            }
        }
    }

    @Test
    void everyFlippedByteIsReportedOrHarmless() throws IOException {
        for (int compression : compressions()) {
            byte[] segment = segment(compression, 12);
            List<String> all = entriesOf(segment, compression);
            Random random = new Random(compression);
            for (int at = 0; at < segment.length; at++) {
                for (int mask : new int[] {1 << random.nextInt(8), 0xFF, 0x08, 0x10}) {
                    byte[] flipped = segment.clone();
                    flipped[at] ^= (byte) mask;
                    checkFlipped(flipped, all, "compression " + compression + " byte " + at + " xor " + mask);
                }
            }
        }
    }

    @Test
    void recordsOfEveryKindAreWholeOrReportedWhereverASegmentIsCutOrFlipped() throws IOException {
        for (int compression : compressions()) {
            byte[] segment = everyKind(compression);
            RecordedLog whole = LogFixture.read(storageWith(segment));
            assertEquals(List.of(), whole.damages);
            assertEquals(12, whole.entries.size());
            for (int length = 0; length <= segment.length; length++) {
                RecordedLog read = LogFixture.read(storageWith(Arrays.copyOf(segment, length)));
                assertEquals(whole.entries.subList(0, read.entries.size()), read.entries, "cut to " + length);
                assertEquals(List.of(), read.damages, "cut to " + length);
            }
            Random random = new Random(compression);
            for (int at = 0; at < segment.length; at++) {
                byte[] flipped = segment.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                checkFlipped(flipped, whole.entries, "compression " + compression + " byte " + at);
            }
        }
    }

    /** Two groups, each with an entry of every kind but series and tombstones. */
    private static byte[] everyKind(int compression) throws IOException {
        RandomEntries entries = new RandomEntries(new Random(4));
        LogBatch batch = new LogBatch();
        entries.addMetadata(batch, 1);
        for (RandomEntries.Kind kind : RandomEntries.Kind.values()) {
            entries.addSample(batch, kind, 2, 3);
        }
        entries.addExemplar(batch, 1, 3);
        batch.beginGroup();
        for (int i = 0; i < 4; i++) {
            entries.addHistogramWithStart(batch, i, i);
        }
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        List<byte[]> records = new ArrayList<>();
        batch.forEachRecord((bytes, offset, length) -> records.add(Arrays.copyOfRange(bytes, offset, offset + length)));
        for (byte[] record : records) {
            frame(framer, record, compression);
        }
        return Arrays.copyOf(framer.array(), framer.size());
    }

    private static void checkFlipped(byte[] flipped, List<String> all, String what) throws IOException {
        CrashingStorage storage = storageWith(flipped);
        RecordedLog read = new RecordedLog();
        WalRecovery.Result result = WalRecovery.open(storage, LogFixture.DIRECTORY, read, read, Runnable::run);
        assertSubsequence(all, read.entries, what);
        // A compression bit is in no checksum: the record then looks like one of a type nobody knows, and is counted.
        boolean unknown = result.segmentRecords().keySet().stream().anyMatch(type -> !RecordDecoder.decodes(type));
        assertTrue(
                read.entries.size() == all.size() || !read.damages.isEmpty() || read.cutBytes > 0 || unknown,
                what + " lost something without a word");
        assertReadsTheSameAgain(storage, read, what);
    }

    @Test
    void aFlippedPayloadByteCostsOnlyItsRecord() throws IOException {
        byte[] segment = segment(NONE, 12);
        List<String> all = entriesOf(segment, NONE);
        segment[SegmentDescriptor.HEADER_SIZE_BYTES + 3] ^= 1;
        RecordedLog read = LogFixture.read(storageWith(segment));
        assertEquals(1, read.damages.size());
        assertEquals(0, read.damages.get(0).offset());
        assertEquals(
                LogFixture.DIRECTORY.resolve("00000000").toString(),
                read.damages.get(0).file());
        assertEquals(all.subList(1, all.size()), read.entries);
    }

    @Test
    void aRecordOverSeveralPagesIsWholeOrGone() throws IOException {
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        frame(framer, sample(1), NONE);
        frame(framer, manySamples(2, 9_000), NONE);
        frame(framer, sample(3), NONE);
        byte[] segment = Arrays.copyOf(framer.array(), framer.size());
        assertTrue(segment.length > 3 * SegmentDescriptor.PAGE_SIZE_BYTES);
        assertEquals(9_002, LogFixture.read(storageWith(segment)).entries.size());
        int page = SegmentDescriptor.PAGE_SIZE_BYTES;
        for (int at : new int[] {100, page, page + 1, page + 500, 2 * page + 2, 3 * page + 3, segment.length - 40}) {
            for (int mask = 1; mask < 8; mask++) {
                byte[] flipped = segment.clone();
                flipped[at] ^= (byte) (at % page == 0 ? mask : 0x20);
                RecordedLog read = LogFixture.read(storageWith(flipped));
                assertEquals(
                        List.of("sample 1 0:0000000000000001", "sample 3 0:0000000000000003"),
                        read.entries,
                        "byte " + at);
                assertTrue(!read.damages.isEmpty());
            }
        }
        byte[] hole = segment.clone();
        Arrays.fill(hole, page, 2 * page, (byte) 0);
        RecordedLog read = LogFixture.read(storageWith(hole));
        assertEquals(2, read.entries.size(), "pages with a hole between them were joined");
        assertEquals(1, read.damages.size());
    }

    @Test
    void damageInASegmentThatIsNotTheLastIsRepairedEvenAtItsEnd() throws IOException {
        byte[] segment = segment(NONE, 4);
        CrashingStorage storage = storageWith(Arrays.copyOf(segment, segment.length - 3));
        write(storage, LogFixture.DIRECTORY.resolve("00000001"), segment);
        RecordedLog read = LogFixture.read(storage);
        assertEquals(1, read.damages.size());
        assertEquals(9, read.entries.size());
        assertEquals(List.of("00000000", "00000000.damaged-1", "00000001"), storage.list(LogFixture.DIRECTORY));
        assertReadsTheSameAgain(storage, read, "repaired");
        write(storage, LogFixture.DIRECTORY.resolve("00000002"), new byte[] {1, 0, 1, 0, 0, 0, 0, 7});
        write(storage, LogFixture.DIRECTORY.resolve("00000003"), new byte[0]);
        assertEquals(read.entries, LogFixture.read(storage).entries);
        assertTrue(storage.exists(LogFixture.DIRECTORY.resolve("00000002.damaged-1")));
    }

    @Test
    void aDamagedFileIsNeverCopiedOverAnEarlierOne() throws IOException {
        byte[] segment = segment(NONE, 4);
        segment[20] ^= 1;
        CrashingStorage storage = storageWith(segment);
        write(storage, LogFixture.DIRECTORY.resolve("00000000.damaged-1"), new byte[] {1});
        LogFixture.read(storage);
        assertEquals(
                List.of("00000000", "00000000.damaged-1", "00000000.damaged-2"), storage.list(LogFixture.DIRECTORY));
        assertEquals(1, storage.size(LogFixture.DIRECTORY.resolve("00000000.damaged-1")));
        assertEquals(segment.length, storage.size(LogFixture.DIRECTORY.resolve("00000000.damaged-2")));
    }

    @Test
    void aMissingSegmentIsAnErrorThatNamesIt() throws IOException {
        CrashingStorage storage = storageWith(segment(NONE, 1));
        write(storage, LogFixture.DIRECTORY.resolve("00000002"), segment(NONE, 1));
        CorruptionException missing = assertThrows(CorruptionException.class, () -> LogFixture.read(storage));
        assertEquals(LogFixture.DIRECTORY.resolve("00000001").toString(), missing.file());

        storage.delete(LogFixture.DIRECTORY.resolve("00000000"));
        missing = assertThrows(CorruptionException.class, () -> LogFixture.read(storage));
        assertEquals(LogFixture.DIRECTORY.resolve("00000000").toString(), missing.file());
        RecordedLog late = new RecordedLog();
        WalRecovery.openWithoutCheckpoints(storage, LogFixture.DIRECTORY, late, late, Runnable::run);
        assertEquals(1, late.entries.size());
    }

    @Test
    void otherFilesAreLeftAloneAndLeftoversRemoved() throws IOException {
        CrashingStorage storage = storageWith(segment(NONE, 1));
        for (String name : List.of("00000000.damaged-1", "README", "checkpoint.txt", "x.tmp")) {
            write(storage, LogFixture.DIRECTORY.resolve(name), new byte[] {1});
        }
        write(storage, LogFixture.DIRECTORY.resolve("00000000.repaired.tmp"), new byte[] {1});
        storage.createDirectories(LogFixture.DIRECTORY.resolve("checkpoint.00000003.tmp"));
        LogFixture.read(storage);
        assertEquals(
                List.of("00000000", "00000000.damaged-1", "README", "checkpoint.txt", "x.tmp"),
                storage.list(LogFixture.DIRECTORY));
    }

    @Test
    void aDirectoryThatDoesNotExistIsAnEmptyLog() throws IOException {
        RecordedLog read = new RecordedLog();
        WalRecovery.Result result =
                WalRecovery.open(new CrashingStorage(1), Path.of("/nowhere/wal"), read, read, Runnable::run);
        assertEquals(-1, result.lastSegment());
        assertEquals(-1, result.checkpoint());
        assertEquals(List.of(), read.entries);
    }

    @Test
    void aCompressedRecordThatClaimsAHugeLengthIsDamage() throws IOException {
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        frame(
                framer,
                new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07, 0, 1},
                SegmentDescriptor.SNAPPY_BIT);
        frame(framer, new byte[] {1, 2, 3, 4, 5}, SegmentDescriptor.ZSTD_BIT);
        frame(framer, sample(1), NONE);
        RecordedLog read = LogFixture.read(storageWith(Arrays.copyOf(framer.array(), framer.size())));
        assertEquals(1, read.entries.size());
        assertEquals(2, read.damages.size());
    }

    @Test
    void aReadThatFailsIsNoTornTail() throws IOException {
        byte[] segment = segment(NONE, 12);
        for (StorageOperation operation : EnumSet.of(StorageOperation.OPEN, StorageOperation.READ)) {
            CrashingStorage storage = storageWith(segment);
            storage.faults().failOnce(StorageFault.IO_ERROR, EnumSet.of(operation), p -> true, 1);
            IOException failure = assertThrows(IOException.class, () -> LogFixture.read(storage));
            assertFalse(failure instanceof CorruptionException);
            assertEquals(16, LogFixture.read(storage).entries.size());
            assertEquals(List.of("00000000"), storage.list(LogFixture.DIRECTORY));
        }
    }

    /** Several edits at once: the only promise is a reader that ends, and that finds the same the next time. */
    @Test
    void whateverASegmentHoldsReadingItEndsAndRepairsIt() throws IOException {
        int seeds = Integer.getInteger("cairn.fuzz.seeds", 400);
        for (int seed = 0; seed < seeds; seed++) {
            Random random = new Random(seed);
            byte[] segment = edited(large(compressions()[seed % 3], random), random);
            CrashingStorage storage = storageWith(segment);
            if (random.nextBoolean()) {
                write(storage, LogFixture.DIRECTORY.resolve("00000001"), segment(NONE, 1));
            }
            RecordedLog read = LogFixture.read(storage);
            assertReadsTheSameAgain(storage, read, "seed " + seed);
        }
    }

    private static byte[] large(int compression, Random random) throws IOException {
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        for (int i = 0; i < 8; i++) {
            frame(framer, manySamples(i, 1 + random.nextInt(random.nextInt(3) == 0 ? 8_000 : 50)), compression);
        }
        return Arrays.copyOf(framer.array(), framer.size());
    }

    private static byte[] edited(byte[] segment, Random random) {
        byte[] bytes = segment;
        for (int edits = 1 + random.nextInt(6); edits > 0 && bytes.length > 1; edits--) {
            int at = random.nextInt(bytes.length);
            int size = Math.min(random.nextInt(random.nextBoolean() ? 8 : 40_000), bytes.length - at);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> Arrays.fill(bytes, at, at + size, (byte) 0);
                case 2 -> System.arraycopy(bytes, random.nextInt(bytes.length - size + 1), bytes, at, size);
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    byte[] shorter = new byte[bytes.length - size];
                    System.arraycopy(bytes, 0, shorter, 0, at);
                    System.arraycopy(bytes, at + size, shorter, at, shorter.length - at);
                    bytes = shorter;
                }
            }
        }
        return bytes;
    }

    private static int[] compressions() {
        return new int[] {NONE, SegmentDescriptor.SNAPPY_BIT, SegmentDescriptor.ZSTD_BIT};
    }

    /** A series, samples, tombstones: {@code count} records in turn, each with its own number. */
    private static byte[] segment(int compression, int count) throws IOException {
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        for (int i = 0; i < count; i++) {
            ByteWriter record = new ByteWriter(64);
            if (i % 3 == 0) {
                RecordEncoder.begin(record, RecordType.SERIES);
                byte[] labels = RecordedLog.labels("name", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + i);
                RecordEncoder.addSeries(record, i, labels, 0, labels.length);
            } else if (i % 3 == 1) {
                RecordEncoder.beginSamples(record, i, 1_000);
                RecordEncoder.addSample(record, 0, 0, i);
                RecordEncoder.addSample(record, 0, 1, i);
            } else {
                RecordEncoder.begin(record, RecordType.TOMBSTONES);
                RecordEncoder.addTombstone(record, i, 0, 1);
            }
            frame(framer, record.toByteArray(), compression);
        }
        return Arrays.copyOf(framer.array(), framer.size());
    }

    private static byte[] sample(int number) {
        return manySamples(number, 1);
    }

    private static byte[] manySamples(int number, int count) {
        ByteWriter record = new ByteWriter(64);
        RecordEncoder.beginSamples(record, number, 0);
        for (int i = 0; i < count; i++) {
            RecordEncoder.addSample(record, 0, i, number);
        }
        return record.toByteArray();
    }

    private static void frame(RecordFramer framer, byte[] record, int compression) throws IOException {
        if (compression == SegmentDescriptor.SNAPPY_BIT && record[0] >= 0) {
            new RecordCompressor().frame(record, 0, record.length, LogCompression.SNAPPY, framer);
        } else if (compression == SegmentDescriptor.ZSTD_BIT && record.length != 5) {
            ByteWriter compressed = new ByteWriter(64);
            Zstd.compress(record, 0, record.length, compressed);
            framer.add(compressed.array(), 0, compressed.size(), compression);
        } else {
            framer.add(record, 0, record.length, compression);
        }
    }

    private static List<String> entriesOf(byte[] segment, int compression) throws IOException {
        RecordedLog read = LogFixture.read(storageWith(segment));
        assertEquals(List.of(), read.damages, "compression " + compression);
        assertEquals(16, read.entries.size(), "compression " + compression);
        return read.entries;
    }

    private static CrashingStorage storageWith(byte[] segment) throws IOException {
        CrashingStorage storage = new CrashingStorage(1);
        storage.createDurableDirectories(LogFixture.DIRECTORY);
        write(storage, LogFixture.DIRECTORY.resolve("00000000"), segment);
        return storage;
    }

    private static void write(CrashingStorage storage, Path path, byte[] bytes) throws IOException {
        try (AppendFile file = storage.create(path)) {
            file.write(bytes, 0, bytes.length);
        }
    }

    private static void assertReadsTheSameAgain(CrashingStorage storage, RecordedLog read, String what)
            throws IOException {
        RecordedLog again = LogFixture.read(storage);
        assertEquals(read.entries, again.entries, what);
        assertEquals(List.of(), again.damages, what);
        assertEquals(0, again.cutBytes, what);
    }

    private static void assertSubsequence(List<String> all, List<String> found, String what) {
        List<String> rest = new ArrayList<>(all);
        for (String entry : found) {
            int at = rest.indexOf(entry);
            assertTrue(at >= 0, () -> what + ": " + entry + " was never written there");
            rest = rest.subList(at + 1, rest.size());
        }
    }
}
