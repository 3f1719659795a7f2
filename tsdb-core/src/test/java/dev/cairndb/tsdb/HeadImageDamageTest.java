package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.AppendFile;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.block.SampleText;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The image of a head, cut at every length and with every byte changed: it is told, put aside, and nothing is lost. */
class HeadImageDamageTest {
    private static final Matcher[] ALL = {Dump.EVERYTHING};
    /** Verifying is tried with one damage of so many. */
    private static final int VERIFY_EVERY = 9;

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private CrashingStorage whole = newStorage();
    private Path image = DIRECTORY;
    private Content expected = new Content(Map.of(), List.of(), 0);

    private static CrashingStorage newStorage() {
        try {
            return TestStores.storage(5);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Content(Map<Labels, TreeMap<Long, String>> samples, List<ExemplarSeries> exemplars, int active) {
        static Content of(Tsdb db) throws IOException {
            return new Content(
                    Dump.texts(db, SampleText::of),
                    db.exemplars(TimeRange.all(), ALL),
                    db.stats().seriesActive());
        }
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    private Tsdb open(CrashingStorage storage, List<Path> reported) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .listener(new TsdbListener() {
                    @Override
                    public void damageFound(Path file, IOException damage) {
                        reported.add(file);
                    }
                })
                .open();
    }

    @BeforeEach
    void stopAStoreWithAllKindsOfSamples() throws IOException {
        Content running;
        try (Tsdb db = open(whole, new ArrayList<>())) {
            // The first slots are free in the end.
            TestStores.append(db, labels("gone"), START, 1);
            TestStores.append(db, labels("gone too"), START, 1);
            for (int i = 0; i < 3; i++) {
                append(db, i);
            }
            clock.advance(Duration.ofHours(6));
            append(db, 3);
            db.admin().runMaintenance();
            db.admin().runMaintenance();
            assertEquals(5, db.stats().seriesActive());
            for (int i = 4; i < 9; i++) {
                append(db, i);
            }
            long now = clock.wallMillis();
            assertEquals(
                    1,
                    TestStores.append(db, labels("a"), now - 5 * MINUTE + 1, -1).samplesAppended());
            db.admin().delete(TimeRange.ofMillis(now - 3 * MINUTE, now - 2 * MINUTE), Matcher.equal("__name__", "b"));
            running = Content.of(db);
        }
        ChunkSnapshot snapshot = ChunkSnapshot.find(whole, DIRECTORY);
        assertTrue(snapshot != null, "a clean stop leaves a snapshot");
        image = snapshot.directory().resolve("cairn.head");
        // Exemplars of samples that are in blocks do not come back, whatever is read.
        expected = contentOf(with(null));
        assertEquals(running.samples, expected.samples);
        assertFalse(expected.exemplars.isEmpty());
        assertEquals(expected, contentOf(whole.crashedCopy(1)), "of the image");
    }

    /** Nothing is damaged. */
    private Content contentOf(CrashingStorage storage) throws IOException {
        List<Path> reported = new ArrayList<>();
        try (Tsdb db = open(storage, reported)) {
            assertEquals(List.of(), reported);
            return Content.of(db);
        }
    }

    private static Labels labels(String name) {
        return Labels.of("__name__", name, "job", "j");
    }

    private void append(Tsdb db, int i) throws IOException {
        long now = clock.wallMillis();
        AppendResult result = db.newBatch()
                .add(db.series(labels("a")), now, i)
                .add(db.series(labels("b")), now, -i)
                .add(db.series(labels("h")), now, histogram(i, false))
                .add(db.series(labels("f")), now, histogram(i, true))
                .commit();
        assertEquals(0, result.rejectedTotal());
        AppendResult unused = db.append(TestRequest.v1()
                .series(labels("e"))
                .sample(now, i)
                .exemplar(Labels.of("trace", "t" + i), now, i)
                .build());
        clock.advance(Duration.ofMillis(MINUTE));
    }

    private static HistogramBuffer histogram(int i, boolean floats) {
        HistogramBuffer h = new HistogramBuffer();
        h.clear(floats);
        h.setSchema(1);
        h.addPositiveSpan(0, 1);
        long count = 2 + i;
        h.addPositiveBucket(floats ? Double.doubleToRawLongBits(count) : count);
        h.setCount(floats ? Double.doubleToRawLongBits(count) : count);
        h.setSumBits(Double.doubleToRawLongBits(count * 1.5));
        return h;
    }

    @Test
    void everyCutAndChangedByteIsToldAndCostsNothing() throws IOException {
        byte[] bytes = whole.readAll(image);
        Random random = new Random(1);
        for (int i = 0; i < bytes.length; i++) {
            check(Arrays.copyOf(bytes, i), "cut at " + i + " of " + bytes.length, i % VERIFY_EVERY == 0);
            byte[] changed = bytes.clone();
            int bit = random.nextInt(8);
            changed[i] ^= (byte) (1 << bit);
            check(changed, "bit " + bit + " of byte " + i + " of " + bytes.length, i % VERIFY_EVERY == 4);
        }
        check(Arrays.copyOf(bytes, bytes.length + 1), "a byte more", true);
    }

    @Test
    void withoutItNothingIsToldOrLost() throws IOException {
        CrashingStorage storage = with(null);
        assertEquals(List.of(), TsdbCheck.of(DIRECTORY, storage).verify().findings());
        assertEquals(expected, contentOf(storage));
    }

    private void check(byte[] content, String what, boolean verify) throws IOException {
        CrashingStorage storage = with(content);
        if (verify) {
            List<CheckReport.Finding> findings =
                    TsdbCheck.of(DIRECTORY, storage).verify().findings();
            assertEquals(
                    List.of(image),
                    findings.stream().map(CheckReport.Finding::file).toList(),
                    what);
        }
        List<Path> reported = new ArrayList<>();
        try (Tsdb db = open(storage, reported)) {
            assertEquals(expected, Content.of(db), what);
            assertEquals(List.of(image), reported, what);
            assertFalse(storage.exists(image), what);
            assertTrue(storage.exists(DIRECTORY.resolve("cairn.head.damaged-1")), what);
        }
        assertEquals(List.of(), storage.openFiles(), what);
    }

    private CrashingStorage with(byte @Nullable [] content) throws IOException {
        CrashingStorage storage = whole.crashedCopy(1);
        storage.delete(image);
        if (content != null) {
            try (AppendFile out = storage.create(image)) {
                out.write(content, 0, content.length);
                out.sync();
            }
        }
        storage.syncDirectory(image.getParent());
        return storage;
    }
}
