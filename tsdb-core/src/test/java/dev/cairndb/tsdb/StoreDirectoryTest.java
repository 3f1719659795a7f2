package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store does with the directory it is given. */
class StoreDirectoryTest {
    private static final Labels A = Labels.of("__name__", "a");

    @TempDir
    Path temporary;

    private final ManualClock clock = new ManualClock(START);

    private Tsdb open(Path directory) throws IOException {
        return Tsdb.builder(directory)
                .clock(clock)
                .options(TestStores.OPTIONS.withDurability(Durability.OS))
                .open();
    }

    private void append(Tsdb db, long spanMillis) throws IOException {
        for (long end = clock.wallMillis() + spanMillis; clock.wallMillis() < end; ) {
            assertEquals(1, TestStores.append(db, A, clock.wallMillis(), 1).samplesAppended());
            clock.advance(Duration.ofMillis(10 * MINUTE));
        }
    }

    @Test
    void aSecondStoreOnTheSameDirectoryIsRefusedAndTheFirstGoesOn() throws IOException {
        Path directory = temporary.resolve("data");
        try (Tsdb db = open(directory)) {
            append(db, HOUR);
            IOException refused = assertThrows(IOException.class, () -> open(directory));
            assertTrue(String.valueOf(refused.getMessage()).contains("cairn.lock"), refused::toString);
            append(db, HOUR);
            assertEquals(12, Dump.of(db).get(A).size());
        }
        try (Tsdb db = open(directory)) {
            assertEquals(12, Dump.of(db).get(A).size());
        }
    }

    @Test
    void aDirectoryThatCannotBeMadeIsAnErrorThatNamesIt() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "x");
        IOException refused = assertThrows(IOException.class, () -> open(file.resolve("data")));
        assertTrue(refused.toString().contains("file"), refused::toString);
        assertThrows(IOException.class, () -> open(file));
        assertEquals("x", Files.readString(file));
    }

    @Test
    void filesOfOthersAreLeftAlone() throws IOException {
        Path directory = Files.createDirectories(temporary.resolve("data"));
        Map<Path, String> others = new TreeMap<>();
        for (String name : new String[] {
            "notes.txt",
            "queries.active",
            "wal/notes.txt",
            "chunks_head/notes.txt",
            "lost+found/inode",
            "01HF8B9V80PMQ7QKXZMMCS9SN6.bak/meta.json",
            "chunk_snapshot.notes/00000000"
        }) {
            Path path = directory.resolve(name);
            Files.createDirectories(path.getParent());
            others.put(Files.writeString(path, name), name);
        }
        for (int life = 0; life < 5; life++) {
            try (Tsdb db = open(directory)) {
                append(db, 5 * HOUR);
                db.admin().runMaintenance();
                db.admin().runMaintenance();
                assertEquals(30 * (life + 1), Dump.of(db).get(A).size());
            }
        }
        for (Map.Entry<Path, String> other : others.entrySet()) {
            assertEquals(other.getValue(), Files.readString(other.getKey()));
        }
        assertFalse(Files.exists(directory.resolve("wal/00000000")), "the log was truncated meanwhile");
    }
}
