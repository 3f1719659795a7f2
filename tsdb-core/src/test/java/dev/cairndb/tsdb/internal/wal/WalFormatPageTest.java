package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.FormatPage;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
    void theLateExampleIsWhatTheLogWritesAndReads() throws IOException {
        CrashingStorage storage = new CrashingStorage(1);
        storage.createDurableDirectories(LogFixture.DIRECTORY);
        try (LogFixture fixture = new LogFixture()) {
            WriteAheadLog log =
                    fixture.open(storage, LogFixture.settings(Durability.SYNC).withCompression(LogCompression.NONE));
            LogBatch first = log.newBatch();
            first.addSample(1, TIME - 3_600_000, Double.doubleToRawLongBits(1));
            log.submit(first);
            LogBatch second = log.newBatch();
            second.addMarker(1, 1L << 32 | 8);
            second.addSample(1, TIME - 3_585_000, Double.doubleToRawLongBits(2));
            log.awaitDurable(log.submit(second));
        }
        byte[] written = storage.readAll(LogFixture.DIRECTORY.resolve("00000000"));
        assertEquals(page.hex("late-segment"), HexFormat.of().formatHex(written));
        assertEquals(
                List.of(
                        "sample 1 1699996400000:3ff0000000000000",
                        "marker 1 4294967304",
                        "sample 1 1699996415000:4000000000000000"),
                LogFixture.read(storage).entries);
    }

    @Test
    void theOtherRecordsAreWhatABatchWritesAndTheDecoderReads() throws IOException {
        LogBatch batch = new LogBatch();
        byte[] labels = RecordedLog.labels("trace_id", "a");
        batch.addExemplar(1, TIME, Double.doubleToRawLongBits(0.5), labels, 0, labels.length);
        batch.addExemplar(2, TIME + 1, Double.doubleToRawLongBits(1), labels, 0, 0);
        assertWritten("exemplars", batch);
        batch.addMarker(1, 1L << 32 | 8);
        batch.addMarker(2, 1L << 32 | 0x1234);
        assertWritten("mmapmarkers", batch);
        byte[] texts = "secondsTime.".getBytes(StandardCharsets.UTF_8);
        batch.addMetadata(1, 1, texts, 0, 7, texts, 7, 5);
        assertWritten("metadata", batch);
        batch.addSample(1, TIME, TIME - 60_000, Double.doubleToRawLongBits(1));
        batch.addSample(2, TIME + 1, TIME - 60_000, Double.doubleToRawLongBits(2));
        batch.addSample(2, TIME + 2, Double.doubleToRawLongBits(3));
        batch.addSample(2, TIME + 3, TIME - 59_000, Double.doubleToRawLongBits(4));
        assertWritten("samples-v2", batch);
    }

    @Test
    void theHistogramsAreWhatABatchWritesAndTheDecoderReads() throws IOException {
        LogBatch batch = new LogBatch();
        HistogramBuffer histogram = histogram(false, CounterResetHint.NOT_RESET, 3, 6, 1, 10);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(0x1p-10));
        histogram.addPositiveSpan(-1, 2);
        histogram.addPositiveSpan(2, 1);
        histogram.addNegativeSpan(0, 1);
        for (long difference : new long[] {1, 1, -1}) {
            histogram.addPositiveBucket(difference);
        }
        histogram.addNegativeBucket(1);
        batch.addHistogram(1, TIME, histogram);
        assertWritten("histogram", batch);

        histogram = histogram(true, CounterResetHint.GAUGE, 0, Double.doubleToRawLongBits(1.5), 0, 3);
        histogram.addPositiveSpan(2, 1);
        histogram.addPositiveBucket(Double.doubleToRawLongBits(1.5));
        batch.addHistogram(1, TIME, histogram);
        assertWritten("float-histogram", batch);

        histogram = histogram(false, CounterResetHint.UNKNOWN, HistogramSample.CUSTOM_BUCKETS_SCHEMA, 3, 0, 4);
        histogram.addPositiveSpan(0, 2);
        histogram.addPositiveBucket(1);
        histogram.addPositiveBucket(1);
        histogram.addCustomBound(Double.doubleToRawLongBits(1));
        batch.addHistogram(1, TIME, histogram);
        assertWritten("custom-buckets", batch);

        long stale = HistogramSample.STALE_NAN_BITS;
        histogram = histogram(true, CounterResetHint.UNKNOWN, HistogramSample.CUSTOM_BUCKETS_SCHEMA, stale, 0, 0);
        histogram.setSumBits(stale);
        batch.addHistogram(1, TIME, histogram);
        assertWritten("custom-buckets-float", batch);

        batch.addHistogram(1, TIME, 0, histogram(false, CounterResetHint.UNKNOWN, 0, 1, 1, 0));
        assertWritten("histogram-v2", batch);
        long one = Double.doubleToRawLongBits(1);
        batch.addHistogram(1, TIME, 0, histogram(true, CounterResetHint.UNKNOWN, 0, one, one, 0));
        assertWritten("float-histogram-v2", batch);
    }

    private static HistogramBuffer histogram(
            boolean floats, CounterResetHint hint, int schema, long count, long zeroCount, double sum) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setResetHint(hint);
        histogram.setSchema(schema);
        histogram.setCount(count);
        histogram.setZeroCount(zeroCount);
        histogram.setSumBits(Double.doubleToRawLongBits(sum));
        return histogram;
    }

    /** The batch's only record is the one on the page, which is read and written again to the same. */
    private void assertWritten(String name, LogBatch batch) throws IOException {
        List<String> records = new ArrayList<>();
        batch.forEachRecord(
                (bytes, offset, length) -> records.add(HexFormat.of().formatHex(bytes, offset, offset + length)));
        batch.clear();
        assertEquals(List.of(page.hex(name)), records, name);
        byte[] record = HexFormat.of().parseHex(page.hex(name));
        assertArrayEquals(record, RewrittenRecord.of(record), name);
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
        assertTrue(page.contains("does not fit " + Long.bitCount(RecordHandler.SERIES_REF_MAX) + " bits"));
        assertTrue(page.contains("more than " + HistogramPayload.BUCKETS_MAX + " spans, buckets or bounds"));
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
