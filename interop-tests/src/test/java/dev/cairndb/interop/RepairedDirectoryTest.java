package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.CheckReport;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories that were damaged and repaired: a real Prometheus opens them and has all that verifying said is left. */
@Tag("interop")
class RepairedDirectoryTest {
    private static final int SERIES = 20;
    private static final long STEP_MILLIS = Duration.ofMinutes(1).toMillis();

    @TempDir
    Path scratch;

    private interface Damage {
        void done(Path data) throws IOException;
    }

    @Test
    void prometheusReadsAllThatIsLeft() throws IOException {
        Path whole = scratch.resolve("whole");
        SampleSet stored = write(whole);
        check(whole, stored, "a chunk of a block", data -> flip(file(data, "chunks/000001"), 500));
        check(whole, stored, "the end of an index", data -> cut(file(data, "index"), 10));
        check(whole, stored, "a missing meta.json", data -> Files.delete(file(data, "meta.json")));
        check(whole, stored, "a series of an index", data -> {
            Path index = file(data, "index");
            flip(index, (int) Files.size(index) - 1_500);
        });
        check(whole, stored, "a record of the log", data -> flip(segment(data, 1), 300));
        check(whole, stored, "a missing segment", data -> Files.delete(segment(data, 1)));
        check(whole, stored, "the first segments missing", data -> {
            Files.delete(segment(data, 0));
            Files.delete(segment(data, 1));
        });
        check(whole, stored, "a chunk of the head", data -> {
            Path files = data.resolve("chunks_head");
            flip(files.resolve(Directories.names(files, "[0-9]{6}").get(0)), 200);
        });
    }

    private SampleSet write(Path directory) throws IOException {
        // Always as far behind a boundary of blocks, so that there is a file of every kind at every time of the day.
        long range = Duration.ofHours(2).toMillis();
        long now = (System.currentTimeMillis() / range - 1) * range + 57 * STEP_MILLIS;
        for (int life = 0; life < 3; life++) {
            try (Tsdb db = Tsdb.builder(directory)
                    .options(StoreSamples.manual().withWalSegmentBytesMax(1 << 15))
                    .open()) {
                AppendBatch batch = db.newBatch();
                for (int i = life * 120; i < (life + 1) * 120; i++) {
                    for (int series = 0; series < SERIES; series++) {
                        batch.add(db.series(labels(series)), now - (360 - i) * STEP_MILLIS, series + i * 0.5);
                    }
                    assertEquals(SERIES, batch.commit().samplesAppended());
                }
                db.admin().runMaintenance();
            }
        }
        // Prometheus does not read them; what they hold and the log has lost would be a difference.
        for (String snapshot : Directories.names(directory, "chunk_snapshot\\..*")) {
            FileStorage.instance().deleteRecursively(directory.resolve(snapshot));
        }
        return StoreSamples.in(Directories.copy(directory, scratch.resolve("read")));
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "m", "series", String.valueOf(series), "parity", "p" + series % 2);
    }

    private void check(Path whole, SampleSet stored, String what, Damage damage) throws IOException {
        Path data = Directories.copy(whole, scratch.resolve(what.replace(' ', '-')));
        damage.done(data);
        CheckReport found = TsdbCheck.of(data).verify();
        assertFalse(found.isClean(), what);
        assertEquals(found.findings(), TsdbCheck.of(data).repair(true).findings(), what);
        CheckReport repaired = TsdbCheck.of(data).repair(false);
        CheckReport left = TsdbCheck.of(data).verify();
        assertTrue(left.isClean(), () -> what + ": " + left.findings());
        assertEquals(found.blockSamples(), left.blockSamples(), what + ": samples of blocks");
        assertEquals(found.logSamples(), left.logSamples(), what + ": samples of the log");
        SampleSet here = StoreSamples.in(Directories.copy(data, scratch.resolve(what.replace(' ', '-') + "-read")));
        try (Prometheus prometheus = Prometheus.open(scratch, data)) {
            SampleSet there = prometheus.samples();
            there.assertContains(here, what);
            stored.assertContains(there, what);
        }
        System.out.println(
                "RepairedDirectoryTest: " + what + ": " + repaired.findings().size() + " findings, "
                        + left.blockSamples() + " samples in blocks and " + left.logSamples() + " in the log are left");
    }

    /** Of the oldest block. */
    private static Path file(Path data, String name) throws IOException {
        return data.resolve(Directories.blocks(data).get(0)).resolve(name);
    }

    /** Of the log, the n-th there is. */
    private static Path segment(Path data, int n) throws IOException {
        Path log = data.resolve("wal");
        return log.resolve(Directories.names(log, "[0-9]{8}").get(n));
    }

    private static void flip(Path file, int offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[offset] ^= 4;
        Files.write(file, bytes);
    }

    private static void cut(Path file, int bytesLess) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - bytesLess));
    }
}
