package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What long work tells of how far it is, beside how much there is. */
class WorkProgressTest {
    private static final int SERIES = 200;
    private static final int MINUTES = 300;

    @TempDir
    Path scratch;

    private Path directory;
    private final AtomicLong told = new AtomicLong();

    /** Blocks, chunks of the head and a log. */
    @BeforeEach
    void write() throws IOException {
        directory = scratch.resolve("data");
        try (Tsdb db = Tsdb.builder(directory).options(TestStores.OPTIONS).open()) {
            for (int minute = 0; minute < MINUTES; minute++) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < SERIES; i++) {
                    Labels labels = Labels.of("__name__", "m", "i", String.valueOf(i));
                    batch.add(
                            db.series(labels),
                            TestStores.START + Duration.ofMinutes(minute).toMillis(),
                            Math.sin(i * minute));
                }
                assertEquals(0, batch.commit().rejectedTotal());
            }
            db.admin().cutBlocks();
            assertTrue(!db.admin().blocks().isEmpty());
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> {
                        try {
                            return Files.size(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .sum();
        }
    }

    private void add(long bytes) {
        assertTrue(bytes >= 0, () -> "told " + bytes);
        told.addAndGet(bytes);
    }

    private void assertNearly(long size) {
        assertTrue(told.get() <= size && told.get() > size * 0.8, () -> "told " + told + " of " + size);
    }

    @Test
    void checksTellWhatTheyRead() throws IOException {
        assertTrue(TsdbCheck.of(directory).verify(this::add).isClean());
        assertNearly(size(directory));
        told.set(0);
        assertTrue(TsdbCheck.of(directory).repair(false, this::add).isClean());
        assertNearly(size(directory));
    }

    @Test
    void openingTellsWhatItReadsOfTheLogs() throws IOException {
        // With it, not all of the log would be read.
        for (String name : FileStorage.instance().list(directory)) {
            if (StoreFiles.isSnapshotName(name)) {
                FileStorage.instance().deleteRecursively(directory.resolve(name));
            }
        }
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, TsdbListener.NONE, this::add)) {
            assertNearly(size(directory.resolve("wal")));
        }
    }

    @Test
    void aBackupTellsWhatItCopiesOfTheBlocks() throws IOException {
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, TsdbListener.NONE)) {
            store.backup(scratch.resolve("backup"), this::add);
            assertEquals(store.blocks().stream().mapToLong(BlockInfo::sizeBytes).sum(), told.get());
        }
    }
}
