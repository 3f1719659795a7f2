package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a sender sends again after an error is there already, and is not stored as late samples. */
class SentAgainTest {
    private static final Labels SERIES = Labels.of("m", "x");
    private static final int SAMPLES = 100;

    private final ManualClock clock = new ManualClock(START);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private Tsdb db;

    @BeforeEach
    void open() throws IOException {
        db = TestStores.builder(TestStores.storage(1), clock, runtime)
                .options(TestStores.OPTIONS.withOutOfOrderWindow(Duration.ofHours(1)))
                .open();
    }

    @AfterEach
    void close() throws IOException {
        db.close();
        runtime.close();
    }

    private AppendResult send(int from, int to, double factor) throws IOException {
        AppendBatch batch = db.newBatch();
        for (int i = from; i < to; i++) {
            batch.add(db.series(SERIES), START + 10 * i, i * factor);
        }
        return batch.commit();
    }

    @Test
    void samplesOfTheOpenChunkAreFoundAndOthersAreLate() throws IOException {
        assertEquals(SAMPLES, send(0, SAMPLES, 1).samplesAppended());
        AppendResult again = send(0, SAMPLES, 1);
        assertEquals(SAMPLES, again.samplesDuplicate(), again::toString);
        assertEquals(0, again.samplesAppended(), again::toString);
        assertEquals(0, db.stats().samplesLate());

        // Another value, and a time between two others.
        AppendResult other = send(10, 12, 2);
        assertEquals(2, other.samplesAppended(), other::toString);
        assertEquals(1, TestStores.append(db, SERIES, START + 5, 1).samplesAppended());
        assertEquals(1, TestStores.append(db, SERIES, START - 5, 1).samplesAppended());
        assertEquals(4, db.stats().samplesLate());
    }

    @Test
    void aNaNIsFoundByItsBits() throws IOException {
        assertEquals(1, TestStores.append(db, SERIES, START, Double.NaN).samplesAppended());
        assertEquals(1, TestStores.append(db, SERIES, START + 1, 1).samplesAppended());
        assertEquals(1, TestStores.append(db, SERIES, START, Double.NaN).samplesDuplicate());
        double otherNan = Double.longBitsToDouble(0x7ff8000000000001L);
        assertEquals(1, TestStores.append(db, SERIES, START, otherNan).samplesAppended());
    }

    @Test
    void histogramsAreFoundByWhatTheySay() throws IOException {
        for (boolean floats : new boolean[] {false, true}) {
            Labels series = Labels.of("floats", "" + floats);
            assertEquals(10, sendHistograms(series, floats, 0, 10).histogramsAppended());
            long late = db.stats().histogramsLate();
            AppendResult again = sendHistograms(series, floats, 0, 10);
            assertEquals(10, again.histogramsDuplicate(), again::toString);
            assertEquals(0, again.histogramsAppended(), again::toString);
            assertEquals(late, db.stats().histogramsLate());

            // Another one, one of the other kind of counts, and a time between two others.
            long t = START + 10 * 3;
            for (HistogramBuffer other : List.of(histogram(floats, 9), histogram(!floats, 3))) {
                AppendResult result =
                        db.newBatch().add(db.series(series), t, other).commit();
                assertEquals(0, result.histogramsDuplicate(), result::toString);
            }
            AppendResult between = db.newBatch()
                    .add(db.series(series), t + 5, histogram(floats, 3))
                    .commit();
            assertEquals(1, between.histogramsAppended(), between::toString);
        }
    }

    private AppendResult sendHistograms(Labels series, boolean floats, int from, int to) throws IOException {
        AppendBatch batch = db.newBatch();
        for (int i = from; i < to; i++) {
            batch.add(db.series(series), START + 10 * i, histogram(floats, i));
        }
        return batch.commit();
    }

    /** Every third has another bucket, so that the chunk's layout is not that of the sample. */
    private static HistogramBuffer histogram(boolean floats, int number) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        long count = 1 + number;
        histogram.setCount(floats ? Double.doubleToRawLongBits(2.0 * count) : 2 * count);
        histogram.setSumBits(Double.doubleToRawLongBits(number));
        int buckets = number % 3 == 2 ? 3 : 2;
        histogram.addPositiveSpan(0, buckets);
        histogram.addPositiveBucket(floats ? Double.doubleToRawLongBits(count) : count);
        histogram.addPositiveBucket(floats ? Double.doubleToRawLongBits(count) : 0);
        if (buckets == 3) {
            histogram.addPositiveBucket(floats ? 0 : -count);
        }
        return histogram;
    }
}
