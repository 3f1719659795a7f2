package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Queries over blocks of another's making, with odd ranges that overlap, and a head, beside a map. */
class QueryModelTest {
    private static final String[] NAMES = {"a", "b", "job", "zone"};
    private static final String[] VALUES = {"", "x", "y", "xy", "\uD83D\uDE00", "\uFFFD"};

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START + 100 * HOUR);

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    @Test
    void selectsWhatTheModelSelects() throws IOException {
        int seeds = Integer.getInteger("cairn.seeds", 25);
        Long only = Long.getLong("cairn.seed");
        for (long seed = only == null ? 1 : only; seed <= (only == null ? seeds : only); seed++) {
            check(seed);
        }
    }

    private void check(long seed) throws IOException {
        Random random = new Random(seed);
        CrashingStorage storage = TestStores.storage(seed);
        Map<Labels, TreeMap<Long, Long>> model = new TreeMap<>();
        List<Labels> series = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            series.add(randomLabels(random, i));
        }
        long floor = START;
        for (int block = random.nextInt(4); block > 0; block--) {
            // Neither aligned nor apart from each other.
            long min = START + random.nextInt((int) (4 * HOUR));
            long max = min + 1 + random.nextInt((int) (3 * HOUR));
            BlockContents contents = randomContents(random, series, min, max);
            if (!contents.series.isEmpty()) {
                var unused = contents.write(storage, DIRECTORY, new Ulid(seed << 16, block), min, max);
                contents.series.forEach((labels, samples) ->
                        model.computeIfAbsent(labels, key -> new TreeMap<>()).putAll(samples));
                floor = Math.max(floor, max);
            }
        }
        try (Tsdb db = TestStores.builder(storage, clock, runtime).open()) {
            fillHead(random, db, series, floor, model);
            checkQueries(random, db, model, "seed " + seed);
            db.admin().runMaintenance();
            checkQueries(random, db, model, "seed " + seed + " after a cut");
        }
        try (Tsdb db = TestStores.builder(storage, clock, runtime).open()) {
            checkQueries(random, db, model, "seed " + seed + " reopened");
        }
        assertEquals(List.of(), storage.openFiles());
    }

    private static Labels randomLabels(Random random, int number) {
        Labels.Builder builder = Labels.builder().set("__name__", "m" + number % 5);
        for (String name : NAMES) {
            builder.set(name, VALUES[random.nextInt(VALUES.length)]);
        }
        return builder.set("number", number % 4 == 0 ? "" : String.valueOf(number))
                .build();
    }

    private static BlockContents randomContents(Random random, List<Labels> series, long min, long max) {
        BlockContents contents = new BlockContents();
        for (Labels labels : series) {
            if (random.nextBoolean()) {
                TreeMap<Long, Long> samples = new TreeMap<>();
                for (long t = min + random.nextInt((int) HOUR); t < max; t += MINUTE * (1 + random.nextInt(5))) {
                    // On a grid, so that blocks have samples in common.
                    long onGrid = t / MINUTE * MINUTE;
                    if (onGrid >= min) {
                        samples.put(onGrid, Ledger.bits(labels, onGrid));
                    }
                }
                if (!samples.isEmpty()) {
                    contents.series.put(labels, samples);
                }
            }
        }
        return contents;
    }

    private static void fillHead(
            Random random, Tsdb db, List<Labels> series, long from, Map<Labels, TreeMap<Long, Long>> model)
            throws IOException {
        long t = from;
        for (int round = 0; round < 40; round++) {
            AppendBatch batch = db.newBatch();
            int count = 0;
            for (Labels labels : series) {
                if (random.nextInt(3) > 0) {
                    long bits = Ledger.bits(labels, t);
                    batch.add(db.series(labels), t, TestStores.ofBits(bits));
                    model.computeIfAbsent(labels, key -> new TreeMap<>()).put(t, bits);
                    count++;
                }
            }
            assertEquals(count, batch.commit().samplesAppended());
            t += MINUTE * (1 + random.nextInt(20));
        }
    }

    private static void checkQueries(Random random, Tsdb db, Map<Labels, TreeMap<Long, Long>> model, String where)
            throws IOException {
        assertEquals(model, Dump.of(db), where);
        List<Long> times = new ArrayList<>(new TreeSet<>(model.values().stream()
                .flatMap(samples -> samples.keySet().stream())
                .toList()));
        for (int i = 0; i < 12; i++) {
            long min = times.get(random.nextInt(times.size())) + random.nextInt(3) - 1;
            long max = Math.max(min, times.get(random.nextInt(times.size())) + random.nextInt(3) - 1);
            TimeRange range = TimeRange.ofMillis(min, max);
            Map<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();
            model.forEach((labels, samples) -> {
                TreeMap<Long, Long> inRange = new TreeMap<>(samples.subMap(min, true, max, true));
                if (!inRange.isEmpty()) {
                    expected.put(labels, inRange);
                }
            });
            assertEquals(expected, Dump.of(db, range), where + ", " + range);
            assertEquals(expected, ofTrimmedChunks(db, range), where + ", chunks of " + range);
        }
        for (int i = 0; i < 25; i++) {
            Matcher[] matchers = randomMatchers(random);
            checkMatchers(db, model, matchers, where + ", " + Arrays.toString(matchers));
        }
    }

    private static Map<Labels, TreeMap<Long, Long>> ofTrimmedChunks(Tsdb db, TimeRange range) throws IOException {
        Map<Labels, TreeMap<Long, Long>> all = new TreeMap<>();
        ChunkCursors cursors = new ChunkCursors();
        try (Querier querier = db.querier(range);
                SeriesCursor series = querier.select(Dump.EVERYTHING)) {
            while (series.next()) {
                TreeMap<Long, Long> samples = new TreeMap<>();
                for (ChunkCursor chunks = series.trimmedChunks(); chunks.next(); ) {
                    assertTrue(samples.isEmpty()
                            || samples.lastKey() < chunks.chunk().minTimestampMillis());
                    cursors.verify(chunks.chunk());
                    for (SampleCursor cursor = cursors.open(chunks.chunk()); cursor.next(); ) {
                        samples.put(cursor.timestampMillis(), cursor.valueBits());
                    }
                }
                if (!samples.isEmpty()) {
                    all.put(series.labels(), samples);
                }
            }
        }
        return all;
    }

    private static Matcher[] randomMatchers(Random random) {
        Matcher[] matchers = new Matcher[1 + random.nextInt(3)];
        for (int i = 0; i < matchers.length; i++) {
            String name = random.nextInt(6) == 0 ? "nosuch" : NAMES[random.nextInt(NAMES.length)];
            String value = VALUES[random.nextInt(VALUES.length)];
            matchers[i] = switch (random.nextInt(4)) {
                case 0 -> Matcher.equal(name, value);
                case 1 -> Matcher.notEqual(name, value);
                case 2 -> Matcher.regex(name, random.nextBoolean() ? "x.*|" : ".+");
                default -> Matcher.notRegex(name, random.nextBoolean() ? "x?y?" : "");
            };
        }
        return matchers;
    }

    private static void checkMatchers(Tsdb db, Map<Labels, TreeMap<Long, Long>> model, Matcher[] matchers, String where)
            throws IOException {
        List<Labels> expected = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>();
        TreeSet<String> jobs = new TreeSet<>();
        for (Labels labels : model.keySet()) {
            if (Arrays.stream(matchers).allMatch(matcher -> matcher.matches(valueOf(labels, matcher.name())))) {
                expected.add(labels);
                names.addAll(labels.names());
                if (!valueOf(labels, "job").isEmpty()) {
                    jobs.add(valueOf(labels, "job"));
                }
            }
        }
        List<Labels> found = new ArrayList<>();
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(matchers)) {
            while (series.next()) {
                found.add(series.labels());
            }
        }
        assertEquals(expected, found, where);
        assertEquals(new ArrayList<>(names), db.labelNames(matchers), where);
        // U+FFFD sorts before the emoji in bytes and behind its surrogates in UTF-16.
        List<String> values = db.labelValues("job", matchers);
        assertEquals(jobs, new TreeSet<>(values), where);
        assertEquals(jobs.size(), values.size(), where);
        if (values.contains("\uFFFD") && values.contains("\uD83D\uDE00")) {
            assertTrue(values.indexOf("\uFFFD") < values.indexOf("\uD83D\uDE00"), where);
        }
    }

    private static String valueOf(Labels labels, String name) {
        String value = labels.get(name);
        return value == null ? "" : value;
    }

    @Test
    void rangesIncludeBothEndsAndMayBeEmptyOfSeries() throws IOException {
        Labels a = Labels.of("__name__", "a");
        try (Tsdb db = TestStores.builder(TestStores.storage(1), clock, runtime).open()) {
            assertEquals(Map.of(), Dump.of(db));
            assertEquals(List.of(), db.labelNames());
            for (long t = START; t < START + 10; t++) {
                assertEquals(1, TestStores.append(db, a, t, t).samplesAppended());
            }
            assertEquals(1, Dump.of(db, TimeRange.ofMillis(START, START)).get(a).size());
            assertEquals(
                    10, Dump.of(db, TimeRange.ofMillis(START, START + 9)).get(a).size());
            assertEquals(
                    1,
                    Dump.of(db, TimeRange.ofMillis(START + 9, Long.MAX_VALUE))
                            .get(a)
                            .size());
            assertEquals(Map.of(), Dump.of(db, TimeRange.ofMillis(START + 10, START + 20)));
            assertEquals(Map.of(), Dump.of(db, TimeRange.ofMillis(Long.MIN_VALUE, START - 1)));
            assertThrows(IllegalArgumentException.class, () -> TimeRange.ofMillis(1, 0));
            try (Querier querier = db.querier(TimeRange.all())) {
                assertThrows(IllegalArgumentException.class, querier::select);
                try (SeriesCursor none = querier.select(Matcher.equal("__name__", "nosuch"))) {
                    assertFalse(none.next());
                    assertFalse(none.next());
                }
            }
        }
    }

    @Test
    void whatWasClosedIsNotRead() throws IOException {
        Labels a = Labels.of("__name__", "a");
        try (Tsdb db = TestStores.builder(TestStores.storage(1), clock, runtime).open()) {
            for (long t = START; t < START + 5 * HOUR; t += 10 * MINUTE) {
                assertEquals(1, TestStores.append(db, a, t, t).samplesAppended());
            }
            db.admin().runMaintenance();
            Querier querier = db.querier(TimeRange.all());
            SeriesCursor series = querier.select(Dump.EVERYTHING);
            assertThrows(IllegalStateException.class, series::labels, "before the first series");
            assertTrue(series.next());
            ChunkCursor chunks = series.chunks();
            assertEquals(1, db.stats().queriersOpen());
            querier.close();
            querier.close();
            assertEquals(0, db.stats().queriersOpen());
            assertThrows(IllegalStateException.class, series::next);
            assertThrows(IllegalStateException.class, series::labels);
            assertThrows(IllegalStateException.class, series::samples);
            assertThrows(IllegalStateException.class, chunks::next);
            assertThrows(IllegalStateException.class, () -> querier.select(Dump.EVERYTHING));
            assertThrows(IllegalStateException.class, querier::labelNames);
            series.close();

            try (Querier other = db.querier(TimeRange.all())) {
                SeriesCursor closed = other.select(Dump.EVERYTHING);
                assertTrue(closed.next());
                Labels kept = closed.labels();
                closed.close();
                assertThrows(IllegalStateException.class, closed::next);
                assertEquals(a, kept);
            }
        }
    }

    @Test
    void aQuerierThatOutlivesItsStoreNeitherReadsNorLeaves() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        Labels a = Labels.of("__name__", "a");
        Tsdb db = TestStores.builder(storage, clock, runtime).open();
        for (long t = START; t < START + 5 * HOUR; t += MINUTE) {
            assertEquals(1, TestStores.append(db, a, t, t).samplesAppended());
        }
        db.admin().runMaintenance();
        Querier querier = db.querier(TimeRange.all());
        SeriesCursor series = querier.select(Dump.EVERYTHING);
        assertTrue(series.next());
        SampleCursor samples = series.samples();
        assertTrue(samples.next());
        db.close();
        assertThrows(IllegalStateException.class, () -> {
            while (samples.next()) {
                assertTrue(samples.timestampMillis() >= START);
            }
            throw new AssertionError("all was read");
        });
        querier.close();
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aLongQueryHoldsBackTruncationAndNotCuttingAndSeesEachSampleOnce() throws IOException {
        List<Labels> series = List.of(Labels.of("__name__", "a"), Labels.of("__name__", "b"));
        Ledger ledger = new Ledger();
        try (Tsdb db = TestStores.builder(TestStores.storage(1), clock, runtime).open()) {
            long t = START;
            for (; t < START + 4 * HOUR; t += MINUTE) {
                ledger.append(db, series, t);
            }
            try (Querier querier = db.querier(TimeRange.all());
                    SeriesCursor cursor = querier.select(Dump.EVERYTHING)) {
                assertTrue(cursor.next());
                SampleCursor samples = cursor.samples();
                assertTrue(samples.next());
                db.admin().runMaintenance();
                for (; t < START + 12 * HOUR; t += MINUTE) {
                    ledger.append(db, series, t);
                    if (t % (30 * MINUTE) == 0) {
                        db.admin().runMaintenance();
                    }
                }
                assertTrue(db.stats().blocksCut() >= 4, "blocks are cut");
                assertEquals(START, db.stats().headMinTimestampMillis(), "nothing is truncated");
                int count = 1;
                for (long last = samples.timestampMillis(); samples.next(); count++) {
                    assertEquals(last + MINUTE, samples.timestampMillis());
                    last = samples.timestampMillis();
                }
                assertEquals(240, count);
                ledger.checkWhileWriting(db, "beside the long query");
            }
            db.admin().runMaintenance();
            db.admin().runMaintenance();
            assertTrue(db.stats().headMinTimestampMillis() > START + 4 * HOUR, "truncated");
            ledger.check(db, "afterwards");
        }
    }
}
