package dev.cairndb.receiver.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Durability;
import dev.cairndb.tsdb.ReadOnlyTsdb;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbCheck;
import dev.cairndb.tsdb.TsdbListener;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many bytes as a bar has are read. */
class LogBytesTest {
    private static final TsdbOptions OPTIONS = TsdbOptions.defaults()
            .withRetention(Duration.ZERO)
            .withOutOfOrderWindow(Duration.ofHours(24))
            .withWalSegmentBytesMax(1 << 16)
            .withDurability(Durability.OS)
            .withMaintenance(TsdbOptions.Maintenance.MANUAL);
    private static final long START =
            System.currentTimeMillis() - Duration.ofHours(20).toMillis();

    @TempDir
    Path directory;

    private Tsdb open() throws IOException {
        return Tsdb.builder(directory).options(OPTIONS).open();
    }

    private static void append(Tsdb db, int fromMinute, int toMinute) throws IOException {
        for (int minute = fromMinute; minute < toMinute; minute++) {
            AppendBatch batch = db.newBatch();
            for (int i = 0; i < 100; i++) {
                batch.add(
                        db.series(Labels.of("__name__", "m", "i", String.valueOf(i))),
                        START + Duration.ofMinutes(minute).toMillis(),
                        Math.sin(i * minute));
            }
            assertEquals(0, batch.commit().rejectedTotal());
        }
    }

    private void assertAllAreRead() throws IOException {
        LongAdder read = new LongAdder();
        ReadOnlyTsdb.open(directory, TsdbListener.NONE, read::add).close();
        assertTrue(read.sum() > 0);
        assertEquals(LogBytes.of(directory), read.sum());
    }

    private Path snapshot() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith("chunk_snapshot."))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void withoutASnapshotTheCheckpointIsReadAndWhatIsBehindIt() throws IOException {
        try (Tsdb db = open()) {
            append(db, 0, 600);
            append(db, 300, 310);
            assertAllAreRead();
            db.admin().cutBlocks();
            append(db, 600, 700);
            assertAllAreRead();
        }
    }

    @Test
    void withASnapshotTheLogIsReadBehindIt() throws IOException {
        try (Tsdb db = open()) {
            append(db, 0, 300);
        }
        try (Tsdb db = open()) {
            append(db, 300, 320);
            long all = DirectoryBytes.ofFiles(directory.resolve("wal"));
            assertTrue(LogBytes.of(directory) < all, () -> LogBytes.of(directory) + " of " + all);
            assertAllAreRead();
        }
    }

    @Test
    void theImageOfASnapshotIsReadInPlaceOfItsRecords() throws IOException {
        try (Tsdb db = open()) {
            append(db, 0, 300);
        }
        Path image = snapshot().resolve("cairn.head");
        assertTrue(Files.size(image) > 0);
        long withImage = LogBytes.of(directory);
        assertAllAreRead();
        Files.delete(image);
        assertTrue(LogBytes.of(directory) > withImage, () -> LogBytes.of(directory) + " and " + withImage);
        assertAllAreRead();
    }

    @Test
    void withASnapshotOfPrometheusAllOfTheLogIsReadAsWell() throws IOException {
        try (Tsdb db = open()) {
            append(db, 0, 300);
        }
        Files.delete(snapshot().resolve("cairn.state"));
        assertAllAreRead();
    }

    @Test
    void aCheckReadsAllPartsOfADirectory() throws IOException {
        try (Tsdb db = open()) {
            append(db, 0, 600);
            append(db, 300, 310);
            db.admin().cutBlocks();
        }
        LongAdder read = new LongAdder();
        assertTrue(TsdbCheck.of(directory).verify(read::add).isClean());
        assertEquals(DirectoryBytes.ofAll(directory), read.sum());
    }
}
