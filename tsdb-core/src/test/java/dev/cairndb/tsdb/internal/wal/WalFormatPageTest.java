package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FormatPage;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the format page says is what the code does. */
final class WalFormatPageTest {
    private static final long TIME = 1_700_000_000_000L;

    private final FormatPage page = FormatPage.read("wal.md");

    @Test
    void theExampleIsWhatTheLogWritesAndReads() throws IOException {
        CrashingStorage storage = new CrashingStorage(1);
        storage.createDurableDirectories(LogFixture.DIRECTORY);
        try (LogFixture fixture = new LogFixture()) {
            WriteAheadLog log =
                    fixture.open(storage, LogFixture.settings(Durability.SYNC).withCompression(LogCompression.NONE));
            LogBatch first = log.newBatch();
            RecordedLog.addSeries(first, 1, "__name__", "up", "job", "a");
            first.addSample(1, TIME, Double.doubleToRawLongBits(1));
            log.submit(first);
            LogBatch second = log.newBatch();
            second.addSample(1, TIME + 15_000, Double.doubleToRawLongBits(1));
            second.addSample(2, TIME + 15_001, Double.doubleToRawLongBits(0.5));
            second.addTombstone(1, 0, 10);
            log.awaitDurable(log.submit(second));
        }
        byte[] written = storage.readAll(LogFixture.DIRECTORY.resolve("00000000"));
        assertEquals(page.hex("segment"), HexFormat.of().formatHex(written));
        assertEquals(
                List.of(
                        "series 1 '__name__''up''job''a'",
                        "sample 1 1700000000000:3ff0000000000000",
                        "sample 1 1700000015000:3ff0000000000000",
                        "sample 2 1700000015001:3fe0000000000000",
                        "tombstone 1 0 10"),
                LogFixture.read(storage).entries);
    }

    @Test
    void theRecordTypesAreThoseOfTheCode() {
        List<String> expected = Arrays.stream(RecordType.values())
                .map(type -> RecordType.describe(type.wireId())
                        + (RecordDecoder.decodes(type.wireId()) ? " read and written" : " counted"))
                .toList();
        List<String> found = page.find("\\| (\\d+) \\| ([a-z_0-9]+) \\| (read and written|counted) \\|").stream()
                .map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3))
                .toList();
        assertEquals(expected, found);
    }

    @Test
    void numbersAndNamesAreThoseOfTheCode() {
        assertTrue(page.contains("pages of " + SegmentDescriptor.PAGE_SIZE_BYTES + " bytes"));
        assertTrue(page.contains("fewer than " + SegmentDescriptor.HEADER_SIZE_BYTES + " bytes"));
        assertTrue(page.contains("ends at " + (LogSettings.defaults().segmentSizeBytesMax() >> 20) + " MiB"));
        assertTrue(page.contains("more than " + (SegmentScanner.RECORD_SIZE_BYTES_MAX >> 20) + " MiB"));
        assertTrue(page.contains("| 3 | " + SegmentDescriptor.SNAPPY_BIT + " |"));
        assertTrue(page.contains("| 4 | " + SegmentDescriptor.ZSTD_BIT + " |"));
        assertTrue(page.contains("| | " + SegmentDescriptor.FULL + " | FULL"));
        assertTrue(page.contains("| | " + SegmentDescriptor.FIRST + " | FIRST"));
        assertTrue(page.contains("| | " + SegmentDescriptor.MIDDLE + " | MIDDLE"));
        assertTrue(page.contains("| | " + SegmentDescriptor.LAST + " | LAST"));
        assertEquals("00000007", SegmentDescriptor.segmentName(7));
        assertEquals("checkpoint.00000007", SegmentDescriptor.checkpointName(7));
        assertEquals(7, SegmentDescriptor.segmentOf("00000007"));
        assertEquals(-1, SegmentDescriptor.segmentOf("00000007.damaged-1"));
        assertEquals(-1, SegmentDescriptor.checkpointOf("checkpoint.00000007.tmp"));
    }
}
