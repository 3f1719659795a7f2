package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
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
}
