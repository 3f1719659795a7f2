package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.AppendFile;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Damage in front of a snapshot's place, where no opening looks. */
class OldSegmentDamageTest {
    private static final Labels A = Labels.of("__name__", "a");
    private static final Path SEGMENT = DIRECTORY.resolve("wal/00000000");

    private final ManualClock clock = new ManualClock(START);
    private final List<Path> damaged = new ArrayList<>();
    private int appended;

    private Tsdb open(CrashingStorage storage, TsdbRuntime runtime) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .listener(new TsdbListener() {
                    @Override
                    public void damageFound(Path file, IOException damage) {
                        damaged.add(file);
                    }
                })
                .open();
    }

    private void append(Tsdb db, int samples) throws IOException {
        for (int i = 0; i < samples; i++) {
            assertEquals(
                    1, TestStores.append(db, A, clock.wallMillis(), appended).samplesAppended());
            clock.advance(Duration.ofMillis(MINUTE));
            appended++;
        }
    }

    @Test
    void aCheckpointRepairsItAndSaysSo() throws IOException {
        CrashingStorage storage = TestStores.storage(5);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            for (int life = 0; life < 4; life++) {
                try (Tsdb db = open(storage, runtime)) {
                    append(db, 30);
                }
            }
            flip(storage, (int) storage.size(SEGMENT) / 2);
            try (Tsdb db = open(storage, runtime)) {
                assertEquals(Map.of(), db.stats().damageFound(), "the snapshot is read in its place");
                append(db, 240);
                db.admin().runMaintenance();
                assertEquals(List.of(SEGMENT), damaged);
                assertEquals(Map.of(FileKind.WAL, 1L), db.stats().damageFound());
                assertFalse(storage.exists(SEGMENT), "it is in the checkpoint");
                assertTrue(storage.exists(DIRECTORY.resolve("wal/00000000.damaged-1")));
                assertEquals(appended, Dump.of(db).get(A).size());
            }
            try (Tsdb db = open(storage, runtime)) {
                assertEquals(appended, Dump.of(db).get(A).size());
                assertEquals(1, damaged.size());
            }
            assertEquals(List.of(), TsdbCheck.of(DIRECTORY, storage).verify().findings());
        }
    }

    /** Whatever record was damaged: samples behind it are there after a kill that finds no snapshot that it can use. */
    @Test
    void aKillAfterTheRepairLosesNoSeries() throws IOException {
        CrashingStorage storage = TestStores.storage(5);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            for (int life = 0; life < 4; life++) {
                try (Tsdb db = open(storage, runtime)) {
                    append(db, 30);
                }
            }
            int size = (int) storage.size(SEGMENT);
            int appendedBefore = appended;
            long now = clock.wallMillis();
            for (int place = 0; place < size; place += Math.max(1, size / 12)) {
                clock.jumpWallTo(now);
                appended = appendedBefore;
                damaged.clear();
                CrashingStorage copy = storage.crashedCopy(1);
                flip(copy, place);
                CrashingStorage killed;
                try (Tsdb db = open(copy, runtime)) {
                    for (int cut = 0; cut < 3; cut++) {
                        append(db, 240);
                        db.admin().runMaintenance();
                    }
                    append(db, 5);
                    killed = copy.crashedCopy(2);
                }
                assertEquals(List.of(SEGMENT), damaged, "byte " + place);
                try (Tsdb db = open(killed, runtime)) {
                    assertEquals(appended, Dump.of(db).get(A).size(), "byte " + place);
                }
            }
        }
    }

    private static void flip(CrashingStorage storage, int place) throws IOException {
        byte[] bytes = storage.readAll(SEGMENT);
        bytes[place] ^= 1;
        storage.delete(SEGMENT);
        try (AppendFile file = storage.create(SEGMENT)) {
            file.write(bytes, 0, bytes.length);
            file.sync();
        }
        storage.syncDirectory(SEGMENT.getParent());
    }
}
