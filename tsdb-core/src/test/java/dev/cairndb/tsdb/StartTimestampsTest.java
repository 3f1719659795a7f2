package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.Labels;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Stores with XOR2 chunks beside a map: start timestamps and stale markers through the log, mapping, blocks and kills.
 */
class StartTimestampsTest {
    private static final long STALE_NAN = 0x7FF0000000000002L;
    private static final TsdbOptions XOR2 = TestStores.OPTIONS.withFloatEncoding(FloatEncoding.XOR2);

    private record Sample(long bits, long startTimestampMillis) {}

    private final Map<String, TreeMap<Long, Sample>> model = new TreeMap<>();
    private final ManualClock clock = new ManualClock(START);
    private final RemoteWriteEncoder encoder = new RemoteWriteEncoder(RemoteWriteVersion.V2);
    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyStartTimestampIsKept(long seed) throws IOException {
        Random random = new Random(seed);
        CrashingStorage storage = TestStores.storage(seed);
        int blocks = 0;
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            Tsdb db = open(storage, runtime, XOR2);
            for (int round = 0; round < 400; round++) {
                append(db, random);
                int dice = random.nextInt(100);
                if (dice < 2) {
                    db.close();
                    db = open(storage, runtime, XOR2);
                } else if (dice < 4) {
                    // What the disk has is what was acknowledged; the store that is left behind writes no more.
                    storage = storage.crash(seed * 1_000 + round);
                    db = open(storage, runtime, XOR2);
                } else if (dice < 8) {
                    db.admin().runMaintenance();
                } else if (dice < 12) {
                    assertEquals(model, read(db), "seed " + seed + ", round " + round);
                }
            }
            assertEquals(model, read(db), "seed " + seed);
            db.admin().flushAligned();
            assertEquals(model, read(db), "seed " + seed + ", cut");
            assertEquals(Set.of(ChunkEncoding.XOR2), encodings(db));
            blocks = db.stats().blocks();
            db.close();
        }
        assertTrue(blocks > 0, "no block was cut");
    }

    @Test
    void withXorTheyAreDroppedAndTheLogHasNoRecordsOfAnotherType() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            try (Tsdb db = open(storage, runtime, TestStores.OPTIONS)) {
                Random random = new Random(1);
                for (int round = 0; round < 200; round++) {
                    append(db, random);
                }
                assertEquals(withoutStarts(), read(db));
                assertEquals(EnumSet.of(ChunkEncoding.XOR), encodings(db));
            }
            try (Tsdb db = open(storage, runtime, XOR2)) {
                assertEquals(withoutStarts(), read(db), "from the log");
            }
        }
    }

    @Test
    void theEncodingMayChangeFromOneOpeningToTheNext() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        Random random = new Random(7);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            for (int opening = 0; opening < 8; opening++) {
                TsdbOptions options = opening % 2 == 0 ? XOR2 : TestStores.OPTIONS;
                try (Tsdb db = open(storage, runtime, options)) {
                    for (int round = 0; round < 80; round++) {
                        append(db, random);
                    }
                    db.admin().runMaintenance();
                    assertEquals(values(model), values(read(db)), "opening " + opening);
                }
            }
        }
    }

    @Test
    void aStoreThatShipsRefusesXor2UnlessForced() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            TsdbBuilder builder = TestStores.builder(storage, clock, runtime)
                    .objectStore(new InMemoryObjectStore())
                    .externalLabels(Labels.of("replica", "a"));
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> builder.options(XOR2).open());
            assertTrue(e.getMessage().contains("Thanos 0.42 cannot read"), e.getMessage());
            builder.options(XOR2.withShipUnreadableByThanos(true)).open().close();
        }
    }

    @Test
    void blocksOfXor2FromEarlierStayUnshippedAndAreReported() throws IOException {
        CrashingStorage storage = TestStores.storage(1);
        Random random = new Random(1);
        StringBuilder told = new StringBuilder();
        TsdbListener listener = new TsdbListener() {
            @Override
            public void blockNotShippable(BlockInfo block, String reason) {
                told.append(block.ulid()).append(": ").append(reason).append('\n');
            }
        };
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            try (Tsdb db = open(storage, runtime, XOR2)) {
                for (int round = 0; round < 100; round++) {
                    append(db, random);
                }
                db.admin().cutBlocks();
                db.admin().flushAligned();
            }
            TsdbBuilder builder = TestStores.builder(storage, clock, runtime)
                    .objectStore(new InMemoryObjectStore())
                    .externalLabels(Labels.of("replica", "a"))
                    .listener(listener)
                    .options(TestStores.OPTIONS.withRetention(Duration.ofMinutes(1)));
            try (Tsdb db = builder.open()) {
                int blocks = db.stats().blocks();
                assertTrue(blocks > 0);
                for (int pass = 0; pass < 2; pass++) {
                    assertEquals(0, db.admin().shipBlocks());
                    db.admin().runMaintenance();
                }
                assertEquals(blocks, db.stats().blocksNotShippable());
                assertEquals(blocks, told.toString().lines().count(), told.toString());
                assertTrue(told.toString().contains("encoding XOR2 (4)"), told.toString());
                assertEquals(blocks, db.stats().blocks(), "kept beyond their retention");
                assertEquals(values(model), values(read(db)));
            }
        }
    }

    private Tsdb open(CrashingStorage storage, TsdbRuntime runtime, TsdbOptions options) throws IOException {
        return TestStores.builder(storage, clock, runtime).options(options).open();
    }

    /** A few samples of each of some series: counters that restart, some without start timestamps, stale markers. */
    private void append(Tsdb db, Random random) throws IOException {
        clock.advance(Duration.ofMillis(random.nextInt(40) == 0 ? 2_000_000 : 10_000 + random.nextInt(3) * 5_000));
        int expected = 0;
        for (int series = 0; series < 7; series++) {
            if (random.nextInt(5) == 0) {
                continue;
            }
            String name = "m" + series;
            encoder.startSeries().label("__name__", name);
            TreeMap<Long, Sample> known = model.computeIfAbsent(name, absent -> new TreeMap<>());
            int count = 1 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                long t = clock.wallMillis() + i;
                long last = known.isEmpty() ? t - 5 : known.lastEntry().getValue().startTimestampMillis;
                long start = series < 2 ? 0 : random.nextInt(20) == 0 ? t - random.nextInt(50_000) : last;
                if (series == 6 && random.nextInt(10) == 0) {
                    start = 0;
                }
                long bits =
                        random.nextInt(15) == 0 ? STALE_NAN : Double.doubleToRawLongBits(random.nextInt(4) * series);
                encoder.sample(t, start, bits);
                known.put(t, new Sample(bits, start));
                expected++;
            }
            encoder.endSeries();
        }
        encoder.finish();
        AppendResult result = db.append(decoder.decode(
                encoder.body(), 0, encoder.bodySize(), RemoteWriteVersion.V2, RemoteWriteLimits.defaults()));
        assertEquals(expected, result.samplesAppended(), result.toString());
        clock.advance(Duration.ofMillis(3));
    }

    private static Map<String, TreeMap<Long, Sample>> read(Tsdb db) throws IOException {
        Map<String, TreeMap<Long, Sample>> all = new TreeMap<>();
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Dump.EVERYTHING)) {
            while (series.next()) {
                TreeMap<Long, Sample> samples = new TreeMap<>();
                for (SampleCursor cursor = series.samples(); cursor.next(); ) {
                    samples.put(
                            cursor.timestampMillis(), new Sample(cursor.valueBits(), cursor.startTimestampMillis()));
                }
                all.put(series.labels().get("__name__"), samples);
            }
        }
        return all;
    }

    private static Set<ChunkEncoding> encodings(Tsdb db) throws IOException {
        Set<ChunkEncoding> found = EnumSet.noneOf(ChunkEncoding.class);
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Dump.EVERYTHING)) {
            while (series.next()) {
                for (ChunkCursor chunks = series.chunks(); chunks.next(); ) {
                    found.add(chunks.chunk().encoding());
                }
            }
        }
        return found;
    }

    private Map<String, TreeMap<Long, Sample>> withoutStarts() {
        Map<String, TreeMap<Long, Sample>> all = new TreeMap<>();
        model.forEach((name, samples) -> {
            TreeMap<Long, Sample> stripped = new TreeMap<>();
            samples.forEach((t, sample) -> stripped.put(t, new Sample(sample.bits, 0)));
            all.put(name, stripped);
        });
        return all;
    }

    private static Map<String, TreeMap<Long, Long>> values(Map<String, TreeMap<Long, Sample>> all) {
        Map<String, TreeMap<Long, Long>> values = new TreeMap<>();
        all.forEach((name, samples) -> samples.forEach((t, sample) ->
                values.computeIfAbsent(name, absent -> new TreeMap<>()).put(t, sample.bits)));
        return values;
    }
}
