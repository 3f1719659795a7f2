package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Series references in a log that no program gave. */
class LogReferencesTest {
    private static final long START = 1_700_006_400_000L;
    private static final Labels LABELS = Labels.of("__name__", "up");
    private static final Labels OTHERS = Labels.of("__name__", "down");

    @TempDir
    Path directory;

    @Test
    void noReferenceIsGivenBehindTheLargest() throws IOException {
        write(RecordHandler.SERIES_REF_MAX);
        TreeMap<Long, Long> samples = new TreeMap<>(Map.of(START, 1L));
        for (int opening = 0; opening < 2; opening++) {
            try (Tsdb db = open()) {
                assertEquals(Map.of(LABELS, samples), Dump.of(db));
                AppendBatch batch = db.newBatch();
                batch.add(db.series(LABELS), START + 1 + opening, Double.longBitsToDouble(2));
                batch.add(db.series(OTHERS), START + 1 + opening, Double.longBitsToDouble(2));
                AppendResult result = batch.commit();
                assertEquals(1, result.samplesAppended());
                assertEquals(1, result.rejected(Rejection.SERIES_LIMIT));
                samples.put(START + 1 + opening, 2L);
            }
        }
    }

    @Test
    void aLargerOneIsDamage() throws IOException {
        write(Long.MAX_VALUE);
        try (Tsdb db = open()) {
            assertEquals(Map.of(), Dump.of(db));
            AppendBatch batch = db.newBatch();
            batch.add(db.series(LABELS), START, Double.longBitsToDouble(2));
            assertEquals(1, batch.commit().samplesAppended());
        }
        try (Tsdb db = open()) {
            assertEquals(Map.of(LABELS, new TreeMap<>(Map.of(START, 2L))), Dump.of(db));
        }
    }

    private void write(long seriesRef) throws IOException {
        WrittenLog.write(directory, batch -> {
            byte[] packed = LABELS.packed();
            batch.addSeries(seriesRef, packed, 0, packed.length);
            batch.addSample(seriesRef, START, 1);
        });
    }

    private Tsdb open() throws IOException {
        return Tsdb.builder(directory)
                .options(TsdbOptions.defaults().withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }
}
