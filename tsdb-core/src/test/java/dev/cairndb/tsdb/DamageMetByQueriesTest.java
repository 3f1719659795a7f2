package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that goes bad under an open store is told once, whoever reads it and how often. */
class DamageMetByQueriesTest {
    private static final Labels A = Labels.of("__name__", "a");
    private static final Labels B = Labels.of("__name__", "b");

    @TempDir
    Path directory;

    private final ManualClock clock = new ManualClock(START);
    private final List<Path> told = new ArrayList<>();

    private Tsdb open() throws IOException {
        return Tsdb.builder(directory)
                .clock(clock)
                .options(TestStores.OPTIONS)
                .listener(new TsdbListener() {
                    @Override
                    public void damageFound(Path file, IOException damage) {
                        told.add(directory.relativize(file));
                    }
                })
                .open();
    }

    /** Ends with a block, chunks in chunks_head and open ones. */
    private void fill(Tsdb db) throws IOException {
        for (int i = 0; i < 410; i++) {
            db.newBatch()
                    .add(db.series(A), clock.wallMillis(), i)
                    .add(db.series(B), clock.wallMillis(), -i)
                    .commit();
            clock.advance(Duration.ofMillis(MINUTE));
        }
        db.admin().runMaintenance();
    }

    private static void flip(Path file, long position) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(position);
            int before = open.read();
            open.seek(position);
            open.write(before ^ 0x10);
        }
    }

    private static int read(Tsdb db, Labels labels, TimeRange range) throws IOException {
        try (Querier querier = db.querier(range);
                SeriesCursor series = querier.select(Matcher.equal("__name__", labels.get("__name__")))) {
            int samples = 0;
            while (series.next()) {
                for (var cursor = series.samples(); cursor.next(); ) {
                    samples++;
                }
            }
            return samples;
        }
    }

    private static TimeRange rangeOf(BlockInfo block) {
        return TimeRange.ofMillis(block.minTimestampMillis(), block.maxTimestampMillis() - 1);
    }

    private void assertToldOnce(Tsdb db, TimeRange range, Path file, FileKind kind) throws IOException {
        for (int i = 0; i < 3; i++) {
            CorruptionException damage = assertThrows(CorruptionException.class, () -> read(db, A, range));
            assertEquals(directory.resolve(file).toString(), damage.file());
        }
        assertEquals(List.of(file), told);
        assertEquals(Map.of(kind, 1L), db.stats().damageFound());
        assertThrows(CorruptionException.class, () -> read(db, A, range));
    }

    @Test
    void aChunkOfABlock() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            BlockInfo block = db.admin().blocks().get(0);
            Path file = Path.of(block.ulid(), "chunks", "000001");
            flip(directory.resolve(file), 8 + 20);
            assertToldOnce(db, rangeOf(block), file, FileKind.BLOCK);
            assertEquals(120, read(db, B, rangeOf(block)), "the other series is not in the damaged place");
        }
    }

    @Test
    void aSeriesOfABlocksIndex() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            BlockInfo block = db.admin().blocks().get(0);
            Path file = Path.of(block.ulid(), "index");
            // The symbols are short: the first series begins at 32.
            flip(directory.resolve(file), 34);
            assertToldOnce(db, rangeOf(block), file, FileKind.INDEX);
        }
    }

    @Test
    void aPostingListOfABlocksIndex() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            BlockInfo block = db.admin().blocks().get(0);
            Path file = Path.of(block.ulid(), "index");
            byte[] index = Files.readAllBytes(directory.resolve(file));
            // The fifth offset of the table at the end; behind length and count comes the list of all series.
            long postings = BigEndian.getLong(index, index.length - 52 + 4 * Long.BYTES);
            flip(directory.resolve(file), postings + 2 * Integer.BYTES);
            for (int i = 0; i < 2; i++) {
                try (Querier querier = db.querier(rangeOf(block))) {
                    assertThrows(CorruptionException.class, () -> querier.select(Dump.EVERYTHING));
                    assertThrows(CorruptionException.class, () -> querier.labelNames(Dump.EVERYTHING));
                }
            }
            assertEquals(List.of(file), told);
            assertEquals(Map.of(FileKind.INDEX, 1L), db.stats().damageFound());
        }
    }

    @Test
    void aChunkOfTheHead() throws IOException {
        try (Tsdb db = open()) {
            fill(db);
            Path file = Path.of("chunks_head", "000001");
            long headFrom = db.admin().blocks().stream()
                    .mapToLong(BlockInfo::maxTimestampMillis)
                    .max()
                    .orElseThrow();
            for (long position = 40; position < directory.resolve(file).toFile().length(); position += 30) {
                flip(directory.resolve(file), position);
            }
            assertToldOnce(db, TimeRange.ofMillis(headFrom, Long.MAX_VALUE), file, FileKind.CHUNKS_HEAD);
        }
    }
}
