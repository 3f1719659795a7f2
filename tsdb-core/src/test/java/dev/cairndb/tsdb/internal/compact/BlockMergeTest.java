package dev.cairndb.tsdb.internal.compact;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.IndexReader;
import dev.cairndb.index.Labels;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.SeriesEntry;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockContents;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.BlockStats;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockMergeTest {
    private static final Path DATA = Path.of("/data");

    private final CrashingStorage storage = new CrashingStorage(1);
    private final List<Block> opened = new ArrayList<>();

    @BeforeEach
    void makeDirectory() throws IOException {
        storage.createDurableDirectories(DATA);
    }

    @AfterEach
    void closeBlocks() {
        opened.forEach(Block::release);
        assertEquals(List.of(), storage.openFiles());
    }

    private static Ulid ulid(int number) {
        return new Ulid((long) number << 16, number);
    }

    private static BlockMeta.Compaction late(int number) {
        return new BlockMeta.Compaction(
                1,
                List.of(ulid(number)),
                false,
                List.of(new BlockMeta.Parent(Ulid.ZERO, 0, 0)),
                false,
                List.of(BlockMeta.HINT_OUT_OF_ORDER));
    }

    private Block open(Ulid ulid) throws IOException {
        Block block = Block.open(storage, DATA.resolve(ulid.toString()));
        opened.add(block);
        return block;
    }

    private Block write(int number, BlockContents contents, long min, long max) throws IOException {
        assertNotNull(contents.write(storage, DATA, ulid(number), min, max, late(number)));
        return open(ulid(number));
    }

    private Block merge(List<Block> blocks, int number) throws IOException {
        assertNotNull(new BlockMerge(storage, DATA).run(blocks, ulid(number), () -> false));
        return open(ulid(number));
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "m" + series % 3, "i", "" + series, "only" + series, "\u65e5" + series);
    }

    /** Some of twelve series, at times of a grid, with one value for a series and time. */
    private static BlockContents contents(Random random, long min, long max) {
        BlockContents contents = new BlockContents();
        for (int series = 0; series < 12; series++) {
            if (random.nextInt(3) == 0) {
                continue;
            }
            TreeMap<Long, Long> samples = new TreeMap<>();
            long step = 1 + random.nextInt(8);
            for (long t = min + random.nextInt(500); t < max && samples.size() < 400; t += step) {
                samples.put(t, new Random(series * 1_000_003L + t).nextLong());
            }
            if (!samples.isEmpty()) {
                contents.series.put(labels(series), samples);
            }
        }
        return contents;
    }

    @Test
    void theResultHoldsTheSamplesOfAll() throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(6);
            List<Block> sources = new ArrayList<>();
            TreeMap<Labels, TreeMap<Long, Long>> expected = new TreeMap<>();
            long minMillis = Long.MAX_VALUE;
            long maxMillis = Long.MIN_VALUE;
            for (int i = 0; i < count; i++) {
                long min = 1_000L * random.nextInt(3);
                long max = min + 1_000;
                BlockContents contents = contents(random, min, max);
                if (contents.series.isEmpty()) {
                    continue;
                }
                int number = seed * 100 + i + 1;
                Block block = write(number, contents, min, max);
                block = random.nextInt(3) == 0 ? withTombstones(block, random) : block;
                sources.add(block);
                BlockContents.of(block)
                        .series
                        .forEach((labels, samples) -> expected.computeIfAbsent(labels, absent -> new TreeMap<>())
                                .putAll(samples));
                minMillis = Math.min(minMillis, min);
                maxMillis = Math.max(maxMillis, max);
            }
            if (expected.isEmpty()) {
                continue;
            }
            Block merged = merge(sources, seed * 100 + 99);
            assertEquals(expected, BlockContents.of(merged).series, "seed " + seed);
            checkMeta(merged, sources, expected, minMillis, maxMillis);
        }
    }

    private Block withTombstones(Block block, Random random) throws IOException {
        Tombstones.Builder stones = new Tombstones.Builder();
        PostingCursor series = block.index().all().cursor();
        while (series.next()) {
            if (random.nextInt(4) == 0) {
                long from = block.meta().minTimestampMillis() + random.nextInt(1_000);
                stones.add(Integer.toUnsignedLong(series.id()), from, from + random.nextInt(600));
            }
        }
        Path directory = block.directory();
        storage.delete(directory.resolve(Tombstones.FILE_NAME));
        stones.build().create(storage, directory);
        return open(block.ulid());
    }

    private static void checkMeta(
            Block merged, List<Block> sources, TreeMap<Labels, TreeMap<Long, Long>> expected, long min, long max)
            throws IOException {
        BlockMeta meta = merged.meta();
        assertEquals(min, meta.minTimestampMillis());
        assertEquals(max, meta.maxTimestampMillis());
        BlockStats stats = meta.stats();
        long samples = expected.values().stream().mapToLong(Map::size).sum();
        assertEquals(samples, stats.samples());
        assertEquals(samples, stats.floatSamples());
        assertEquals(expected.size(), stats.series());
        assertEquals(0, stats.tombstones());
        assertTrue(merged.tombstones().isEmpty());
        assertEquals(sources.size() == 1 ? 1 : 2, meta.compaction().level());
        assertEquals(List.of(BlockMeta.HINT_OUT_OF_ORDER), meta.compaction().hints());
        assertEquals(
                sources.stream().map(Block::ulid).sorted().toList(),
                meta.compaction().sources());
        Set<BlockMeta.Parent> parents = new HashSet<>();
        for (Block source : sources) {
            BlockMeta of = source.meta();
            parents.add(new BlockMeta.Parent(of.ulid(), of.minTimestampMillis(), of.maxTimestampMillis()));
        }
        assertEquals(parents, new HashSet<>(meta.compaction().parents()));
        TreeSet<String> symbols = new TreeSet<>();
        for (Block source : sources) {
            symbols.addAll(symbolsOf(source));
        }
        assertEquals(symbols, symbolsOf(merged));
    }

    private static TreeSet<String> symbolsOf(Block block) throws IOException {
        TreeSet<String> symbols = new TreeSet<>();
        IndexReader.SymbolCursor cursor = block.index().symbols();
        while (cursor.next()) {
            symbols.add(new String(cursor.array(), cursor.offset(), cursor.length(), StandardCharsets.UTF_8));
        }
        return symbols;
    }

    @Test
    void chunksThatOverlapNothingArePassedOnByteForByte() throws Exception {
        Random random = new Random(5);
        Block first = write(1, contents(random, 0, 1_000), 0, 1_000);
        Block second = write(2, contents(random, 1_000, 2_000), 1_000, 2_000);
        TreeMap<Labels, List<String>> expected = chunksOf(first);
        chunksOf(second)
                .forEach((labels, chunks) -> expected.computeIfAbsent(labels, absent -> new ArrayList<>())
                        .addAll(chunks));
        // The order in which they are given does not count.
        assertEquals(expected, chunksOf(merge(List.of(second, first), 3)));
        // Nor does it when a chunk comes twice.
        assertEquals(expected, chunksOf(merge(List.of(open(ulid(3)), first), 4)));
    }

    private static TreeMap<Labels, List<String>> chunksOf(Block block) throws IOException {
        TreeMap<Labels, List<String>> all = new TreeMap<>();
        SeriesEntry entry = new SeriesEntry();
        EncodedChunk chunk = new EncodedChunk();
        PostingCursor series = block.index().all().cursor();
        while (series.next()) {
            block.index().series(series.id(), entry);
            List<String> chunks = new ArrayList<>();
            for (int i = 0; i < entry.chunks().count(); i++) {
                block.chunks().read(entry.chunks().ref(i), 0, 0, chunk);
                byte[] bytes = Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + chunk.length());
                chunks.add(chunk.encoding() + " " + HexFormat.of().formatHex(bytes));
            }
            all.put(entry.toLabels(), chunks);
        }
        return all;
    }

    @Test
    void ofTwoSamplesAtATimeOneStays() throws Exception {
        BlockContents first = new BlockContents();
        first.series.put(labels(1), new TreeMap<>(Map.of(10L, 1L, 20L, 1L, 30L, 1L)));
        BlockContents second = new BlockContents();
        second.series.put(labels(1), new TreeMap<>(Map.of(20L, 2L, 25L, 2L)));
        List<Block> blocks = List.of(write(1, first, 0, 100), write(2, second, 0, 100));
        Block merged = merge(blocks, 3);
        assertEquals(
                Map.of(labels(1), new TreeMap<>(Map.of(10L, 1L, 20L, 1L, 25L, 2L, 30L, 1L))),
                BlockContents.of(merged).series);
        assertEquals(4, merged.meta().stats().samples());
    }

    @Test
    void ofLateAndOtherBlocksALateOneIsNotMade() throws Exception {
        Random random = new Random(3);
        Block late = write(1, contents(random, 0, 1_000), 0, 1_000);
        assertNotNull(contents(random, 0, 1_000).write(storage, DATA, ulid(2), 0, 1_000));
        Block merged = merge(List.of(late, open(ulid(2))), 3);
        assertEquals(List.of(), merged.meta().compaction().hints());
        assertTrue(merged.meta().compaction().endsTheHead());
        Block again = merge(List.of(merged, late), 4);
        assertEquals(3, again.meta().compaction().level());
        assertEquals(List.of(ulid(1), ulid(2)), again.meta().compaction().sources());
    }

    @Test
    void ofDeletedSamplesNoBlockIsMade() throws Exception {
        Block block = write(1, contents(new Random(1), 0, 1_000), 0, 1_000);
        Tombstones.Builder stones = new Tombstones.Builder();
        PostingCursor series = block.index().all().cursor();
        while (series.next()) {
            stones.add(Integer.toUnsignedLong(series.id()), Long.MIN_VALUE, Long.MAX_VALUE);
        }
        storage.delete(block.directory().resolve(Tombstones.FILE_NAME));
        stones.build().create(storage, block.directory());
        Block deleted = open(ulid(1));
        assertNull(new BlockMerge(storage, DATA).run(List.of(deleted), ulid(2), () -> false));
        assertEquals(List.of(ulid(1).toString()), List.copyOf(storage.list(DATA)));
    }

    @Test
    void aStopLeavesNothingBehind() throws Exception {
        Block block = write(1, contents(new Random(1), 0, 1_000), 0, 1_000);
        AtomicInteger left = new AtomicInteger(3);
        assertThrows(
                CancellationException.class,
                () -> new BlockMerge(storage, DATA).run(List.of(block), ulid(2), () -> left.getAndDecrement() == 0));
        assertEquals(List.of(ulid(1).toString()), List.copyOf(storage.list(DATA)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new BlockMerge(storage, DATA).run(List.of(), ulid(2), () -> false));
    }

    /** A byte of a source that is wrong is found, or it is one that no checksum covers and that changes nothing. */
    @Test
    void aFlippedByteOfASourceGivesNoWrongBlock() throws Exception {
        BlockContents contents = new BlockContents();
        contents.series.put(labels(1), new TreeMap<>(Map.of(10L, 1L, 20L, 1L, 30L, 1L)));
        contents.series.put(labels(2), new TreeMap<>(Map.of(15L, 7L)));
        Block source = write(1, contents, 0, 100);
        BlockContents overlapping = new BlockContents();
        overlapping.series.put(labels(1), new TreeMap<>(Map.of(25L, 9L)));
        Block other = write(2, overlapping, 0, 100);
        Block whole = merge(List.of(source, other), 3);
        BlockContents expected = BlockContents.of(whole);
        int found = 0;
        for (String name : List.of("index", "chunks/000001")) {
            Path file = source.directory().resolve(name);
            byte[] bytes = storage.readAll(file);
            for (int i = 0; i < bytes.length; i++) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= 0x10;
                replace(file, damaged);
                found += mergesRightOrNot(other, expected, name + " byte " + i);
            }
            replace(file, bytes);
        }
        assertTrue(found > 100, "only " + found + " found");
    }

    private int mergesRightOrNot(Block other, BlockContents expected, String where) throws IOException {
        Block damaged;
        try {
            damaged = Block.open(storage, DATA.resolve(ulid(1).toString()));
        } catch (CorruptionException | FormatVersionException e) {
            return 1;
        }
        try {
            assertNotNull(new BlockMerge(storage, DATA).run(List.of(damaged, other), ulid(4), () -> false));
            Block merged = Block.open(storage, DATA.resolve(ulid(4).toString()));
            assertEquals(expected, BlockContents.of(merged), where);
            merged.release();
            storage.deleteRecursively(DATA.resolve(ulid(4).toString()));
            return 0;
        } catch (CorruptionException e) {
            assertFalse(storage.list(DATA).stream().anyMatch(name -> name.startsWith(ulid(4).toString())), where);
            return 1;
        } finally {
            damaged.release();
        }
    }

    private void replace(Path file, byte[] bytes) throws IOException {
        storage.delete(file);
        try (AppendFile out = storage.create(file)) {
            out.write(bytes, 0, bytes.length);
        }
        assertArrayEquals(bytes, storage.readAll(file));
    }
}
