package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tombstones that a Prometheus wrote into the log. */
class LogTombstonesTest {
    private static final long START = 1_700_006_400_000L;
    private static final Labels LABELS = Labels.of("__name__", "up");

    @TempDir
    Path directory;

    @Test
    void rangesThatEndBeforeTheyStartDeleteNothing() throws IOException {
        WrittenLog.write(directory, batch -> {
            byte[] packed = LABELS.packed();
            batch.addSeries(1, packed, 0, packed.length);
            for (int i = 0; i < 10; i++) {
                batch.addSample(1, START + i, i);
            }
            batch.addTombstone(1, START + 7, START + 1);
            batch.addTombstone(1, START + 3, START + 4);
            batch.addTombstone(1, START + 50, START - 50);
        });
        TreeMap<Long, Long> expected = new TreeMap<>();
        for (long i = 0; i < 10; i++) {
            if (i != 3 && i != 4) {
                expected.put(START + i, i);
            }
        }
        try (Tsdb db = Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withRetention(Duration.ZERO)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open()) {
            assertEquals(Map.of(LABELS, expected), Dump.of(db));
            db.admin().cutBlocks();
            assertEquals(Map.of(LABELS, expected), Dump.of(db));
        }
    }
}
