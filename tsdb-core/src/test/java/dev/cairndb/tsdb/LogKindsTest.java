package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left out of a log is counted, and nothing else is. */
class LogKindsTest {
    private static final long START = 1_700_006_400_000L;
    private static final Labels LABELS = Labels.of("__name__", "up");
    private static final byte[] NOTHING = {};

    @TempDir
    Path directory;

    @Test
    void recordsThatNobodyReadsAreCountedByName() throws IOException {
        WrittenLog.write(directory, batch -> {
            byte[] packed = LABELS.packed();
            batch.addSeries(1, packed, 0, packed.length);
            batch.addSample(1, START, 1);
            batch.addSample(1, START + 1, START - 1, 1);
            batch.addHistogram(1, START + 2, histogram(0));
            batch.addHistogram(1, START + 3, histogram(53));
            batch.addExemplar(1, START, 1, NOTHING, 0, 0);
            batch.addMetadata(1, 1, NOTHING, 0, 0, NOTHING, 0, 0);
            batch.addTombstone(1, START, START);
            batch.addMarker(1, 8);
            batch.addRecord(new byte[] {99}, 0, 1);
        });
        try (Tsdb db = Tsdb.builder(directory)
                .options(TsdbOptions.defaults().withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open()) {
            assertEquals(
                    Map.of("99 unknown", 1L, "histograms of an unknown schema", 1L),
                    db.stats().walRecordsUnknown());
        }
    }

    private static HistogramBuffer histogram(int schema) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.setSchema(schema);
        histogram.setCount(1);
        histogram.setZeroCount(1);
        return histogram;
    }
}
