package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.DIRECTORY;
import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.index.IndexReader;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.remote.MetricType;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.SampleText;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A small store's directory with every kind of file, each cut at every length and with every byte flipped, and files of
 * head chunks removed: it opens, or says with a documented exception why not; nothing is lost of what is in other
 * files, nothing is there that nobody stored, and what is lost was reported. {@code -Dcairn.damage.cases=N} tries N
 * places of each larger file, 0 all but those in long runs of zeros, of which it takes each 61st.
 */
class DirectoryDamageTest {
    private static final int CASES = Integer.getInteger("cairn.damage.cases", 24);
    private static final int SMALL_BYTES = 100;
    private static final int CHECK_EVERY = 9;
    private static final int PADDING_AROUND = 64;
    private static final int PADDING_STEP = 61;
    private static final int VERSION_OFFSET = 4;
    private static final String OF_ANOTHER_VERSION = "of another version";
    private static final Matcher[] ALL = {Dump.EVERYTHING};

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private CrashingStorage whole = newStorage();
    private Content expected = new Content();
    private final Map<FileKind, int[]> counts = new EnumMap<>(FileKind.class);
    private final StoreFiles files = new StoreFiles(DIRECTORY);
    private final Set<String> sent = new TreeSet<>();
    private boolean looksWhole;

    private static CrashingStorage newStorage() {
        try {
            return TestStores.storage(11);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a store has: samples as text, and one line for each exemplar and entry of metadata. */
    private static final class Content {
        private Map<Labels, TreeMap<Long, String>> samples = new TreeMap<>();
        private Set<String> annotations = new TreeSet<>();
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    // ---- the directory

    private Tsdb open(CrashingStorage storage, TsdbListener listener) throws IOException {
        return TestStores.builder(storage, clock, runtime)
                .listener(listener)
                .objectStore(new InMemoryObjectStore())
                .externalLabels(Labels.of("replica", "a"))
                .open();
    }

    private static Labels labels(String name) {
        return Labels.of("__name__", name, "job", "j");
    }

    private void write() throws IOException {
        for (int life = 0; life < 8; life++) {
            try (Tsdb db = open(whole, TsdbListener.NONE)) {
                db.append(TestRequest.v2()
                        .series(labels("a"))
                        .sample(clock.wallMillis(), life)
                        .exemplar(Labels.of("trace", "t" + life), clock.wallMillis(), life)
                        .metadata(MetricType.COUNTER, "seconds", "life " + life)
                        .build());
                for (int i = 0; i < 9; i++) {
                    clock.advance(Duration.ofMillis(10 * MINUTE));
                    append(db, clock.wallMillis(), i);
                }
                sent.addAll(contentOf(db, TimeRange.all()).annotations);
                if (life == 6) {
                    db.admin().runMaintenance();
                }
                if (life >= 4) {
                    // Late, with times of its own.
                    TestStores.append(db, labels("b"), clock.wallMillis() - HOUR + 1 + life, life);
                    TestStores.append(db, labels("late"), clock.wallMillis() - HOUR + life, life);
                }
                if (life < 7) {
                    db.admin().runMaintenance();
                }
            }
        }
        addTombstones();
        try (Tsdb db = open(whole, TsdbListener.NONE)) {
            expected = contentOf(db, TimeRange.all());
        }
    }

    private static void append(Tsdb db, long timestampMillis, int i) throws IOException {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setSumBits(Double.doubleToRawLongBits(i));
        AppendResult result = db.newBatch()
                .add(db.series(labels("a")), timestampMillis, i)
                .add(db.series(labels("b")), timestampMillis, -i)
                .add(db.series(labels("h")), timestampMillis, histogram)
                .commit();
        assertEquals(0, result.rejectedTotal());
    }

    /** In the oldest block: the first samples of its first series are deleted. */
    private void addTombstones() throws IOException {
        for (String name : whole.list(DIRECTORY)) {
            if (StoreFiles.isBlockName(name)) {
                Path block = DIRECTORY.resolve(name);
                BlockMeta meta = BlockMeta.read(whole, block);
                long ref = firstSeriesRef(block);
                Tombstones stones = new Tombstones.Builder()
                        .add(ref, meta.minTimestampMillis(), meta.minTimestampMillis() + HOUR)
                        .build();
                whole.delete(block.resolve(Tombstones.FILE_NAME));
                stones.create(whole, block);
                replace(
                        whole,
                        block.resolve(BlockMeta.FILE_NAME),
                        meta.withStats(meta.stats().withTombstones(1)).toJson());
                return;
            }
        }
    }

    private long firstSeriesRef(Path block) throws IOException {
        try (IndexReader index = IndexReader.open(whole, block.resolve("index"))) {
            return Integer.toUnsignedLong(index.all().toArray()[0]);
        }
    }

    private Content contentOf(Tsdb db, TimeRange range) throws IOException {
        Content content = new Content();
        content.samples = Dump.texts(db, range, DirectoryDamageTest::text);
        db.exemplars(TimeRange.all(), ALL)
                .forEach(series -> series.exemplars()
                        .forEach(exemplar -> content.annotations.add(series.labels() + " " + exemplar)));
        db.metadata().forEach(entry -> content.annotations.add(entry.toString()));
        return content;
    }

    /** Without the hints of counters, which tell where chunks begin. */
    private static String text(SampleCursor sample) {
        return SampleText.of(sample).replaceAll("hint=[012]", "counter");
    }

    private void filesIn(CrashingStorage storage, Path directory, List<Path> target) throws IOException {
        for (String name : storage.list(directory)) {
            Path path = directory.resolve(name);
            if (storage.isDirectory(path)) {
                filesIn(storage, path, target);
            } else if (!path.equals(files.lock())) {
                target.add(path);
            }
        }
    }

    // ---- the test

    @Test
    void whateverIsDamagedTheRestIsThere() throws IOException {
        write();
        damageAll(whole);
        CrashingStorage withoutSnapshot = whole.crashedCopy(1);
        ChunkSnapshot snapshot = ChunkSnapshot.find(whole, DIRECTORY);
        assertTrue(snapshot != null, "a clean stop leaves a snapshot");
        withoutSnapshot.deleteRecursively(snapshot.directory());
        withoutSnapshot.syncDirectory(DIRECTORY);
        damageAll(withoutSnapshot);
        Set<FileKind> seen = new HashSet<>(counts.keySet());
        assertEquals(Set.of(FileKind.values()), seen, "a directory with every kind of file");
        StringBuilder line = new StringBuilder("DirectoryDamageTest:");
        counts.forEach((kind, of) -> line.append(' ')
                .append(kind.label())
                .append(" (damaged ")
                .append(of[0])
                .append(", reported ")
                .append(of[1])
                .append(", refused ")
                .append(of[2])
                .append(", less left ")
                .append(of[3])
                .append(')'));
        System.out.println(line);
    }

    private void damageAll(CrashingStorage storage) throws IOException {
        List<Path> all = new ArrayList<>();
        filesIn(storage, DIRECTORY, all);
        Random random = new Random(3);
        for (Path file : all) {
            if (files.kindOf(file) == FileKind.CHUNKS_HEAD) {
                check(storage, file, null, "removed");
                byte[] another = storage.readAll(file);
                another[VERSION_OFFSET]++;
                check(storage, file, another, OF_ANOTHER_VERSION);
            }
            int size = (int) storage.size(file);
            if (CASES == 0) {
                System.out.println("DirectoryDamageTest: " + DIRECTORY.relativize(file) + " of " + size + " bytes");
            }
            for (int place : places(storage.readAll(file), random)) {
                byte[] cut = Arrays.copyOf(storage.readAll(file), place);
                check(storage, file, cut, "cut at " + place);
                byte[] flipped = storage.readAll(file);
                int bit = random.nextInt(8);
                flipped[place] ^= (byte) (1 << bit);
                check(storage, file, flipped, "bit " + bit + " of byte " + place + " flipped");
            }
        }
    }

    private static int[] places(byte[] bytes, Random random) {
        int size = bytes.length;
        if (CASES == 0) {
            return IntStream.range(0, size)
                    .filter(place -> place % PADDING_STEP == 0 || !isPadding(bytes, place))
                    .toArray();
        }
        if (size <= Math.min(SMALL_BYTES, 2 * CASES)) {
            return IntStream.range(0, size).toArray();
        }
        return random.ints(CASES, 0, size).sorted().distinct().toArray();
    }

    /** Whether only zeros are around a place, as behind the last record of a log's page: one is like the other there. */
    private static boolean isPadding(byte[] bytes, int place) {
        for (int i = Math.max(0, place - PADDING_AROUND); i < Math.min(bytes.length, place + PADDING_AROUND); i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private void check(CrashingStorage storage, Path file, byte @Nullable [] bytes, String damage) throws IOException {
        String where = DIRECTORY.relativize(file) + " of " + storage.size(file) + " bytes " + damage;
        FileKind kind = files.kindOf(file);
        int[] count = counts.computeIfAbsent(kind, none -> new int[4]);
        CrashingStorage damaged = storage.crashedCopy(count[0]);
        if (bytes == null) {
            damaged.delete(file);
            damaged.syncDirectory(file.getParent());
        } else {
            replace(damaged, file, bytes);
        }
        looksWhole = looksWhole(kind, damaged);
        boolean repairs = count[0] % CHECK_EVERY == 0 || damage.endsWith(OF_ANOTHER_VERSION);
        CrashingStorage toRepair = repairs ? damaged.crashedCopy(1) : null;
        count[0]++;
        List<Path> reported = new ArrayList<>();
        try {
            open(damaged, file, reported, count, where);
        } catch (CorruptionException | FormatVersionException e) {
            count[2]++;
            // Anything else is opened without the file.
            assertTrue(kind == FileKind.CHUNKS_HEAD && e instanceof FormatVersionException, () -> where + ": " + e);
        }
        assertEquals(List.of(), damaged.openFiles(), where);
        count[1] += reported.isEmpty() ? 0 : 1;
        if (toRepair != null) {
            repair(toRepair, file, reported, where);
        }
    }

    /** Of a log that ends between two records, or like an interrupted write, nobody can tell. */
    private boolean looksWhole(FileKind kind, CrashingStorage damaged) throws IOException {
        return switch (kind) {
            case WAL, CHECKPOINT, WBL ->
                TsdbCheck.of(DIRECTORY, damaged).verify().isClean();
            default -> false;
        };
    }

    private void open(CrashingStorage damaged, Path file, List<Path> reported, int[] count, String where)
            throws IOException {
        TsdbListener listener = new TsdbListener() {
            @Override
            public void damageFound(Path found, IOException damage) {
                reported.add(found);
            }
        };
        try (Tsdb db = open(damaged, listener)) {
            Content found;
            try {
                found = contentOf(db, TimeRange.all());
            } catch (CorruptionException e) {
                reported.add(Path.of(e.file()));
                found = beside(db, file);
            }
            boolean less = compare(found, file, where);
            count[3] += less ? 1 : 0;
            // Bytes that no checksum covers: the kind of a log record, and all of meta.json.
            boolean passedOver =
                    !db.stats().walRecordsUnknown().isEmpty() || files.kindOf(file) == FileKind.META || looksWhole;
            assertFalse(less && reported.isEmpty() && !passedOver, where + ": something is missing without a word");
        }
    }

    /** Nothing is there that was not; what is in other files is there. Returns whether anything is missing. */
    private boolean compare(Content found, Path file, String where) throws IOException {
        found.samples.forEach((labels, samples) -> samples.forEach((t, text) -> assertEquals(
                expected.samples.getOrDefault(labels, new TreeMap<>()).get(t), text, where + ": " + labels + " " + t)));
        // Where a block is gone, the log brings back what is older than its end.
        assertTrue(sent.containsAll(found.annotations), where);
        FileKind kind = files.kindOf(file);
        boolean less = false;
        for (Map.Entry<Labels, TreeMap<Long, String>> series : expected.samples.entrySet()) {
            TreeMap<Long, String> there = found.samples.getOrDefault(series.getKey(), new TreeMap<>());
            for (long t : series.getValue().keySet()) {
                if (!there.containsKey(t)) {
                    less = true;
                    assertTrue(mayLose(kind, file, t), where + ": lost " + series.getKey() + " " + t);
                }
            }
        }
        return less;
    }

    /** Whether a sample may be in this file and in no other. */
    private boolean mayLose(FileKind kind, Path file, long timestampMillis) throws IOException {
        return switch (kind) {
            case CHUNKS_HEAD, CHUNK_SNAPSHOT, OTHER -> false;
            case WAL, CHECKPOINT, WBL -> timestampMillis >= inOrderBlocksEnd() || isLate(timestampMillis);
            // A digit of the block's end says how far the head was cut.
            case META -> true;
            case BLOCK, INDEX, TOMBSTONES -> {
                BlockMeta meta = metaOf(file);
                yield timestampMillis >= meta.minTimestampMillis() && timestampMillis < meta.maxTimestampMillis();
            }
        };
    }

    private static boolean isLate(long timestampMillis) {
        return timestampMillis % MINUTE != 0;
    }

    private long inOrderBlocksEnd() throws IOException {
        long end = Long.MIN_VALUE;
        for (String name : whole.list(DIRECTORY)) {
            if (StoreFiles.isBlockName(name)) {
                BlockMeta meta = BlockMeta.read(whole, DIRECTORY.resolve(name));
                end = meta.compaction().endsTheHead() ? Math.max(end, meta.maxTimestampMillis()) : end;
            }
        }
        return end;
    }

    private BlockMeta metaOf(Path file) throws IOException {
        return BlockMeta.read(
                whole, DIRECTORY.resolve(DIRECTORY.relativize(file).getName(0)));
    }

    /** What is before and behind the times of the block a file belongs to. */
    private Content beside(Tsdb db, Path file) throws IOException {
        BlockMeta meta = metaOf(file);
        Content before = contentOf(db, TimeRange.ofMillis(0, meta.minTimestampMillis() - 1));
        Content behind = contentOf(db, TimeRange.ofMillis(meta.maxTimestampMillis(), Long.MAX_VALUE));
        before.samples.forEach((labels, samples) ->
                behind.samples.computeIfAbsent(labels, none -> new TreeMap<>()).putAll(samples));
        return behind;
    }

    /** Verifying finds what opening finds; after a repair both find nothing. */
    private void repair(CrashingStorage damaged, Path file, List<Path> reported, String where) throws IOException {
        TsdbCheck check = TsdbCheck.of(DIRECTORY, damaged);
        CheckReport report = check.verify();
        assertTrue(reported.isEmpty() || !report.isClean(), where + ": verifying found nothing, opening " + reported);
        assertEquals(report.findings().size(), check.repair(false).findings().size(), where);
        assertEquals(List.of(), check.verify().findings(), where);
        List<Path> again = new ArrayList<>();
        open(damaged, file, again, new int[4], where + ", repaired", !report.isClean());
        assertEquals(List.of(), again, where + ", repaired");
        assertEquals(List.of(), damaged.openFiles(), where);
    }

    private void open(
            CrashingStorage damaged, Path file, List<Path> reported, int[] count, String where, boolean wasFound)
            throws IOException {
        if (wasFound) {
            // What was lost was told before.
            try (Tsdb db = open(damaged, new TsdbListener() {
                @Override
                public void damageFound(Path found, IOException damage) {
                    reported.add(found);
                }
            })) {
                boolean unused = compare(contentOf(db, TimeRange.all()), file, where);
            }
        } else {
            open(damaged, file, reported, count, where);
        }
    }

    private static void replace(CrashingStorage storage, Path file, byte[] bytes) throws IOException {
        storage.delete(file);
        try (AppendFile out = storage.create(file)) {
            out.write(bytes, 0, bytes.length);
            out.sync();
        }
        storage.syncDirectory(file.getParent());
    }
}
