package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits on series and labels, and what becomes of remote_write requests that hold more than floats. */
class LimitsTest {
    private static final int SERIES_MAX = 50;
    private static final int METRIC_SERIES_MAX = 20;

    private final ManualClock clock = new ManualClock(START);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private CrashingStorage storage;
    private Tsdb db;

    @BeforeEach
    void open() throws IOException {
        storage = TestStores.storage(1);
        reopen();
    }

    private void reopen() throws IOException {
        db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS
                        .withOutOfOrderWindow(Duration.ZERO)
                        .withLimits(new TsdbOptions.SeriesLimits(SERIES_MAX, METRIC_SERIES_MAX, 4, 10, 20)))
                .open();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        runtime.close();
    }

    // ---- a body by hand: what the encoder refuses to write must be refused here too

    private static byte[] field(int number, byte[]... parts) {
        ByteWriter writer = new ByteWriter(64);
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        writer.putUvarint(number << 3 | 2);
        writer.putUvarint(length);
        for (byte[] part : parts) {
            writer.putBytes(part, 0, part.length);
        }
        return writer.toByteArray();
    }

    private static byte[] varint(int number, long value) {
        ByteWriter writer = new ByteWriter(16);
        writer.putUvarint(number << 3);
        writer.putUvarint(value);
        return writer.toByteArray();
    }

    private static byte[] label(byte[] name, byte[] value) {
        return field(1, field(1, name), field(2, value));
    }

    private static byte[] label(String name, String value) {
        return label(name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    private static final byte[] NAME = label("__name__", "m");

    private static byte[] sample(long timestampMillis, double value) {
        ByteWriter writer = new ByteWriter(32);
        writer.putByte(1 << 3 | 1);
        writer.putLong(Long.reverseBytes(Double.doubleToRawLongBits(value)));
        writer.putByte(2 << 3);
        writer.putUvarint(timestampMillis);
        return field(2, writer.toByteArray());
    }

    /** As literals. */
    private static RemoteWriteRequest request(byte[]... fields) throws IOException {
        ByteWriter message = new ByteWriter(256);
        for (byte[] each : fields) {
            message.putBytes(each, 0, each.length);
        }
        ByteWriter body = new ByteWriter(256);
        body.putUvarint(message.size());
        for (int at = 0; at < message.size(); at += 60) {
            int length = Math.min(60, message.size() - at);
            body.putByte(length - 1 << 2);
            body.putBytes(message.array(), at, length);
        }
        return RemoteWriteRequest.decode(body.toByteArray(), RemoteWriteLimits.defaults());
    }

    @Test
    void labelsOverTheLimitsRejectTheirSeriesAndNoOther() throws IOException {
        AppendResult result = db.append(request(
                field(1, NAME, sample(START, 1)),
                field(1, NAME, label("b", "1"), label("c", "1"), label("d", "1"), sample(START, 1)),
                field(
                        1,
                        NAME,
                        label("b", "1"),
                        label("c", "1"),
                        label("d", "1"),
                        label("e", "1"),
                        sample(START, 1),
                        sample(START + 1, 1)),
                field(1, NAME, label("name678901", "1"), sample(START, 1)),
                field(1, NAME, label("name6789012", "1"), sample(START, 1)),
                field(1, NAME, label("a", "x".repeat(20)), sample(START, 1)),
                field(1, NAME, label("a", "x".repeat(21)), sample(START, 1))));
        assertEquals(4, result.samplesAppended(), result::toString);
        assertEquals(4, result.rejected(Rejection.LABEL_LIMIT), result::toString);
        assertEquals(4, result.rejectedTotal(), result::toString);
        assertEquals(4, db.stats().seriesCreated());
        assertEquals(4L, db.stats().samplesRejected().get(Rejection.LABEL_LIMIT));
    }

    @Test
    void theLimitsHoldForDirectAppendsToo() throws IOException {
        AppendResult result = db.newBatch()
                .add(db.series(Labels.of("a", "1", "b", "1", "c", "1", "d", "1")), START, 1)
                .add(db.series(Labels.of("a", "1", "b", "1", "c", "1", "d", "1", "e", "1")), START, 1)
                .add(db.series(Labels.of("name6789012", "1")), START, 1)
                .add(db.series(Labels.of("a", "x".repeat(21))), START, 1)
                .add(db.series(Labels.of("a", "x".repeat(20))), START, 1)
                .commit();
        assertEquals(2, result.samplesAppended(), result::toString);
        assertEquals(3, result.rejected(Rejection.LABEL_LIMIT), result::toString);
        assertThrows(IllegalArgumentException.class, () -> db.series(Labels.empty()));
    }

    @Test
    void invalidLabelsRejectTheirSeries() throws IOException {
        byte[] notUtf8 = {(byte) 0xC0, (byte) 0x80};
        byte[] a = {'a'};
        AppendResult result = db.append(request(
                field(1, sample(START, 1)),
                field(1, NAME, label("", "x"), sample(START, 1)),
                field(1, NAME, label("a", "x"), label("a", "y"), sample(START, 1)),
                field(1, NAME, label(a, notUtf8), sample(START, 1)),
                field(1, NAME, label(notUtf8, a), sample(START, 1)),
                field(1, label("a", "x"), sample(START, 1)),
                field(1, label("__name__", ""), sample(START, 1)),
                field(1, label("b", "x"), NAME, sample(START, 1)),
                field(1, NAME, label("b", ""), sample(START, 1))));
        assertEquals(2, result.samplesAppended(), result::toString);
        assertEquals(7, result.rejected(Rejection.INVALID_LABELS), result::toString);
        assertNotNull(result.firstRejected());
        assertEquals(List.of("__name__", "b"), db.labelNames());
        assertEquals(
                Set.of(Labels.of("__name__", "m"), Labels.of("__name__", "m", "b", "x")),
                Dump.of(db).keySet());
    }

    @Test
    void eachKindOfEntryIsCountedApart() throws IOException {
        byte[] exemplar = field(3, label("trace", "1"));
        byte[] histogram = field(4, varint(15, START));
        byte[] invalid = field(4, varint(15, START + 1), varint(1, 7));
        byte[] metadata = field(3, field(2, "m".getBytes(StandardCharsets.UTF_8)));
        AppendResult result = db.append(request(
                field(1, label("__name__", "f"), sample(START, 1), exemplar, sample(START + 1, 2), exemplar),
                field(1, label("__name__", "h"), histogram, invalid, histogram),
                metadata));
        assertEquals(2, result.samplesAppended(), result::toString);
        assertEquals(1, result.histogramsAppended(), result::toString);
        assertEquals(1, result.histogramsDuplicate(), result::toString);
        assertEquals(1, result.rejected(Rejection.INVALID_HISTOGRAM), result::toString);
        assertEquals(1, result.rejectedTotal(), result::toString);
        assertEquals(1, result.exemplarsAppended());
        assertEquals(1, result.exemplarsDuplicate());
        assertEquals(1, result.metadataUpdated());
        assertEquals(List.of("f", "h"), db.labelValues("__name__"));
        assertTrue(result.toString().contains("1: " + Rejection.INVALID_HISTOGRAM.description()));

        AppendResult only = db.append(request(metadata, metadata));
        assertEquals(0, only.rejectedTotal());
        assertEquals(0, only.metadataUpdated() + only.metadataIgnored());
        assertEquals(0, db.append(request()).samplesAppended());
    }

    @Test
    void sendersThatWriteLabelsDifferentlyMeanTheSameSeries() throws IOException {
        for (int round = 0; round < 3; round++) {
            long t = START + round * 10;
            assertEquals(
                    3,
                    db.append(request(
                                    field(1, NAME, label("b", "y"), sample(t, 1)),
                                    field(1, label("b", "y"), NAME, sample(t + 1, 1)),
                                    field(1, label("c", ""), label("b", "y"), NAME, sample(t + 2, 1))))
                            .samplesAppended());
        }
        assertEquals(1, db.stats().seriesCreated());
    }

    @Test
    void aMessageAboutARejectionIsShort() throws IOException {
        byte[] value = "v".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        AppendResult result = db.append(request(field(1, NAME, label(new byte[] {'a'}, value), sample(START, 1))));
        assertEquals(1, result.rejected(Rejection.LABEL_LIMIT));
        String first = result.firstRejected();
        assertNotNull(first);
        assertTrue(first.length() < 2_000, first.length() + " characters");
    }

    @Test
    void theNumberOfSeriesIsExactWithManyThreads() throws Exception {
        int threadCount = 8;
        CyclicBarrier together = new CyclicBarrier(threadCount);
        AtomicInteger appended = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        Threads threads = new Threads();
        for (int i = 0; i < threadCount; i++) {
            int number = i;
            threads.start(() -> {
                int unused = together.await();
                for (int n = 0; n < 40; n++) {
                    // Every second series is one that all threads create.
                    String name = n % 2 == 0 ? "all" + n : "t" + number + "n" + n;
                    AppendResult result = TestStores.append(db, Labels.of("m", name), START + number, 1);
                    appended.addAndGet(result.samplesAppended());
                    refused.addAndGet(result.rejected(Rejection.SERIES_LIMIT));
                }
            });
        }
        threads.join();
        assertEquals(SERIES_MAX, db.stats().seriesActive());
        assertEquals(SERIES_MAX, db.stats().seriesCreated());
        assertEquals(SERIES_MAX, db.labelValues("m").size());
        assertTrue(appended.get() >= SERIES_MAX && refused.get() > 0, appended + " and " + refused);

        // Known series are not affected, also after a restart; room comes back when series are removed.
        db.close();
        reopen();
        String known = db.labelValues("m").get(0);
        clock.advance(Duration.ofHours(8));
        long later = clock.wallMillis();
        assertEquals(1, TestStores.append(db, Labels.of("m", known), later, 1).samplesAppended());
        assertEquals(1, TestStores.append(db, Labels.of("m", "new"), later, 1).rejected(Rejection.SERIES_LIMIT));
        db.admin().runMaintenance();
        db.admin().runMaintenance();
        assertEquals(1, db.stats().seriesActive());
        assertEquals(1, TestStores.append(db, Labels.of("m", "new"), later, 1).samplesAppended());
    }
}
