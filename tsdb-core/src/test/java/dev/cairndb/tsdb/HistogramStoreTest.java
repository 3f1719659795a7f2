package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.wal.HistogramTexts;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Native histograms among floats: what is accepted, and that all of it survives kills, cuts and reopenings. */
class HistogramStoreTest {
    private static final Labels SERIES = Labels.of("__name__", "latency");
    private static final double STALE = Double.longBitsToDouble(HistogramSample.STALE_NAN_BITS);

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START + HOUR);
    private CrashingStorage storage;
    private Tsdb db;
    private Duration lateWindow = Duration.ZERO;

    @BeforeEach
    void openStore() throws IOException {
        storage = TestStores.storage(1);
        open();
    }

    private void open() throws IOException {
        db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withDurability(Durability.OS).withOutOfOrderWindow(lateWindow))
                .open();
    }

    private void killAndOpen() throws IOException {
        CrashingStorage next = storage.kill();
        try {
            db.close();
        } catch (IOException e) {
            // It was on the dead storage.
        }
        storage = next;
        open();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        runtime.close();
    }

    private static HistogramBuffer histogram(boolean floats, int schema, int bucketOffset, long... counts) {
        HistogramBuffer h = new HistogramBuffer();
        h.clear(floats);
        h.setSchema(schema);
        long total = 0;
        long previous = 0;
        h.addPositiveSpan(bucketOffset, counts.length);
        for (long count : counts) {
            h.addPositiveBucket(floats ? Double.doubleToRawLongBits(count) : count - previous);
            previous = count;
            total += count;
        }
        for (int i = 1; schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA && i < bucketOffset + counts.length; i++) {
            h.addCustomBound(Double.doubleToRawLongBits(i));
        }
        h.setCount(floats ? Double.doubleToRawLongBits(total) : total);
        h.setSumBits(Double.doubleToRawLongBits(total * 1.5));
        return h;
    }

    private AppendResult append(long timestampMillis, HistogramSample histogram) throws IOException {
        return db.newBatch().add(db.series(SERIES), timestampMillis, histogram).commit();
    }

    private AppendResult append(long timestampMillis, double value) throws IOException {
        return TestStores.append(db, SERIES, timestampMillis, value);
    }

    private static String text(SampleCursor cursor) {
        return cursor.kind() == SampleKind.FLOAT
                ? "f " + Long.toHexString(cursor.valueBits())
                : HistogramTexts.comparable(cursor.histogram());
    }

    private Map<Labels, TreeMap<Long, String>> dump() throws IOException {
        return Dump.texts(db, HistogramStoreTest::text);
    }

    @Test
    void theSameHistogramAgainIsADuplicateAndAnotherOneAtItsTimeIsRefusedAlsoAfterAReopening() throws IOException {
        HistogramBuffer first = histogram(false, 2, 0, 1, 2, 3);
        assertEquals(1, append(START, first).histogramsAppended());
        for (int opening = 0; opening < 3; opening++) {
            assertEquals(1, append(START, first).histogramsDuplicate(), "opening " + opening);
            AppendResult other = append(START, histogram(false, 2, 0, 1, 2, 4));
            assertEquals(1, other.rejected(Rejection.DUPLICATE_TIMESTAMP), other::toString);
            assertEquals(1, append(START, histogram(true, 2, 0, 1, 2, 3)).rejected(Rejection.DUPLICATE_TIMESTAMP));
            assertEquals(1, append(START, 6).rejected(Rejection.DUPLICATE_TIMESTAMP));
            assertEquals(1, append(START - 1, first).rejected(Rejection.OUT_OF_ORDER));
            killAndOpen();
        }
        assertEquals(1, append(START + 1, 6).samplesAppended());
        assertEquals(1, append(START + 1, first).rejected(Rejection.DUPLICATE_TIMESTAMP));
        assertEquals(
                1, dump().get(SERIES).keySet().stream().filter(t -> t == START).count());
    }

    @Test
    void theLastHistogramOfAMappedChunkIsKnownAfterAReopening() throws IOException {
        HistogramBuffer last = histogram(true, 2, 0, 1, 2, 3);
        append(START, histogram(true, 2, 0, 1, 1, 1));
        append(START + 1, last);
        append(START + 2, 1);
        db.admin().runMaintenance();
        killAndOpen();
        assertEquals(1, append(START + 2, 1).samplesDuplicate());
        assertEquals(1, append(START + 3, last).histogramsAppended());
        append(START + 4, 2);
        append(START + 5, last);
        append(START + 6, 2);
        db.admin().runMaintenance();
        killAndOpen();
        assertEquals(7, dump().get(SERIES).size());
    }

    @Test
    void staleMarkersTakeTheKindOfWhatTheyEnd() throws IOException {
        append(START, histogram(false, 2, 0, 1, 2, 3));
        assertEquals(1, append(START + 1, STALE).samplesAppended());
        assertEquals(1, append(START + 1, STALE).samplesDuplicate());
        append(START + 2, histogram(true, 2, 0, 1, 2, 3));
        assertEquals(1, append(START + 3, STALE).samplesAppended());
        append(START + 4, 1);
        append(START + 5, STALE);
        for (int opening = 0; opening < 2; opening++) {
            TreeMap<Long, String> samples = dump().get(SERIES);
            assertEquals("stale histogram", samples.get(START + 1));
            assertEquals("stale histogram", samples.get(START + 3));
            assertEquals("f 7ff0000000000002", samples.get(START + 5));
            killAndOpen();
        }
    }

    @Test
    void lateStaleMarkersOfASeriesThatCameLateAloneTakeTheKindOfWhatTheyEnd() throws IOException {
        db.close();
        lateWindow = Duration.ofDays(1);
        open();
        clock.advance(Duration.ofHours(5));
        assertEquals(
                1,
                TestStores.append(db, Labels.of("__name__", "ahead"), START + 5 * TestStores.HOUR, 1)
                        .samplesAppended());
        append(START + 10, histogram(false, 2, 0, 1, 2, 3));
        assertEquals(1, append(START + 11, STALE).samplesLate());
        assertEquals(1, append(START + 11, STALE).samplesDuplicate());
        killAndOpen();
        append(START + 12, histogram(true, 2, 0, 1, 2, 3));
        killAndOpen();
        assertEquals(1, append(START + 13, STALE).samplesLate());
        append(START + 14, 1);
        assertEquals(1, append(START + 15, STALE).samplesLate());
        for (int opening = 0; opening < 2; opening++) {
            TreeMap<Long, String> samples = dump().get(SERIES);
            assertEquals("stale histogram", samples.get(START + 11));
            assertEquals("stale histogram", samples.get(START + 13));
            assertEquals("f 7ff0000000000002", samples.get(START + 15));
            killAndOpen();
        }
    }

    @Test
    void staleMarkersInOrderOfASeriesThatCameLateAloneTakeTheKindOfWhatWasStoredLast() throws IOException {
        db.close();
        lateWindow = Duration.ofDays(1);
        open();
        clock.advance(Duration.ofHours(5));
        long ahead = START + 5 * TestStores.HOUR;
        assertEquals(
                1,
                TestStores.append(db, Labels.of("__name__", "ahead"), ahead, 1).samplesAppended());
        append(START + 20, 1);
        append(START + 10, histogram(false, 2, 0, 1, 2, 3));
        AppendResult marker = append(ahead, STALE);
        assertEquals(1, marker.samplesAppended());
        assertEquals(0, marker.samplesLate());
        for (int opening = 0; opening < 2; opening++) {
            assertEquals("stale histogram", dump().get(SERIES).get(ahead));
            killAndOpen();
        }
    }

    @Test
    void invalidHistogramsAreCountedAndTooFineOnesReduced() throws IOException {
        HistogramBuffer invalid = histogram(false, 2, 0, 1, 2, 3);
        invalid.setCount(99);
        AppendResult result = db.newBatch()
                .add(db.series(Labels.of("__name__", "bad")), START, invalid)
                .add(db.series(SERIES), START, histogram(false, 9, 1, 1, 2))
                .commit();
        assertEquals(1, result.rejected(Rejection.INVALID_HISTOGRAM), result::toString);
        assertEquals(1, result.histogramsAppended(), result::toString);
        assertTrue(String.valueOf(result.firstRejected()).contains("invalid native histogram: "), result::toString);
        assertEquals(1, db.stats().seriesActive());
        assertEquals(1, db.stats().histogramsAppended());
        assertTrue(dump().get(SERIES).get(START).startsWith("h 8 "), () -> dumpQuietly());
    }

    private String dumpQuietly() {
        try {
            return dump().toString();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Kinds change within a commit too, where the log would otherwise bring a series' samples in another order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void holdsSamplesOfAllKindsLikeAMap(long seed) throws IOException {
        Random random = new Random(seed);
        Map<Labels, TreeMap<Long, String>> model = new TreeMap<>();
        Labels[] series = new Labels[8];
        int[] kinds = new int[series.length];
        for (int i = 0; i < series.length; i++) {
            series[i] = Labels.of("__name__", "m" + i % 3, "n", "" + i);
            kinds[i] = random.nextInt(5);
        }
        long t = START;
        for (int round = 0; round < 400; round++) {
            AppendBatch batch = db.newBatch();
            int added = 0;
            for (int step = 1 + random.nextInt(4); step > 0; step--) {
                t += random.nextInt(50) == 0 ? HOUR / 2 : 1 + random.nextInt(40_000);
                for (int i = 0; i < series.length; i++) {
                    kinds[i] = random.nextInt(12) == 0 ? random.nextInt(5) : kinds[i];
                    add(batch, series[i], t, kinds[i], random, model);
                    added++;
                }
            }
            clock.advance(Duration.ofMillis(Math.max(0, t - clock.wallMillis())));
            AppendResult result = batch.commit();
            assertEquals(added, result.samplesAppended() + result.histogramsAppended(), result::toString);
            int dice = random.nextInt(40);
            if (dice == 0) {
                killAndOpen();
            } else if (dice < 4) {
                db.admin().runMaintenance();
            }
            if (dice < 3) {
                assertEquals(model, dump(), "seed " + seed + ", round " + round);
            }
        }
        db.admin().flushAligned();
        assertEquals(model, dump(), "seed " + seed + ", after the last cut");
        db.close();
        open();
        assertEquals(model, dump(), "seed " + seed + ", reopened");
    }

    private void add(
            AppendBatch batch,
            Labels labels,
            long t,
            int kind,
            Random random,
            Map<Labels, TreeMap<Long, String>> model) {
        TreeMap<Long, String> expected = model.computeIfAbsent(labels, key -> new TreeMap<>());
        SeriesHandle series = db.series(labels);
        if (kind == 0) {
            double value = random.nextInt(100);
            batch.add(series, t, value);
            expected.put(t, "f " + Long.toHexString(Double.doubleToRawLongBits(value)));
            return;
        }
        int schema = kind > 2 ? HistogramSample.CUSTOM_BUCKETS_SCHEMA : random.nextInt(20) == 0 ? 1 : 3;
        long[] counts = new long[1 + random.nextInt(6)];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = t / 10_000 % 1_000 + random.nextInt(3);
        }
        HistogramBuffer histogram = histogram(kind % 2 == 0, schema, random.nextInt(2), counts);
        histogram.setResetHint(random.nextInt(10) == 0 ? CounterResetHint.GAUGE : CounterResetHint.UNKNOWN);
        batch.add(series, t, histogram);
        expected.put(t, HistogramTexts.comparable(histogram));
    }
}
