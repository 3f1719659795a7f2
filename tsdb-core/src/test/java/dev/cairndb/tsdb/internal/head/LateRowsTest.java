package dev.cairndb.tsdb.internal.head;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.FloatEncoding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** How late samples of one series are put into chunks. */
class LateRowsTest {
    private static final long RANGE = 7_200_000;
    private static final long STEP = 15_000;
    private static final long START = 1_699_999_200_000L;

    private final Rows seriesRows = new Rows();
    private final LateRows late = newRows(FloatEncoding.XOR);
    private final int row = newRow(late);

    private LateRows newRows(FloatEncoding encoding) {
        try {
            HeadChunkReader reader = HeadChunkReader.open(new CrashingStorage(1), Path.of("/none"));
            return new LateRows(seriesRows, reader, RANGE, encoding);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private int newRow(LateRows rows) {
        int slot = seriesRows.take();
        seriesRows.setLong(slot, Rows.REF, slot + 1);
        return rows.rowOf(seriesRows.page(slot), slot);
    }

    private Outcome append(long t, long bits) {
        return late.append(row, t, 0, bits);
    }

    private record Chunk(List<Long> times, long minMillis, long maxMillis) {}

    /** All chunks of the row, closed ones first, each checked against its time range. */
    private static List<Chunk> chunks(LateRows late, int row) throws IOException {
        Rows.Page page = late.rows.page(row);
        late.chunks.closeOpen(page, row);
        List<Chunk> chunks = new ArrayList<>();
        EncodedChunk chunk = new EncodedChunk();
        ChunkCursors cursors = new ChunkCursors();
        for (int i = 0; i < page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)]; i++) {
            long reference = late.closed.reference(page, row, i);
            int address = (int) reference;
            long min = late.closed.minMillis(page, row, i);
            long max = late.closed.maxMillis(page, row, i);
            chunk.wrap(
                    ClosedChunks.encodingOf(reference),
                    min,
                    max,
                    late.slab.bytes(address),
                    Slab.offset(address),
                    ClosedChunks.lengthOf(reference));
            cursors.verify(chunk);
            List<Long> times = new ArrayList<>();
            for (SampleCursor samples = cursors.open(chunk); samples.next(); ) {
                times.add(samples.timestampMillis());
            }
            chunks.add(new Chunk(times, min, max));
        }
        return chunks;
    }

    private static List<Integer> sizes(List<Chunk> chunks) {
        return chunks.stream().map(chunk -> chunk.times.size()).toList();
    }

    @Example
    void aBacklogInOrderIsNeverWrittenAnew() throws IOException {
        for (int i = 0; i < 8 * 240; i++) {
            assertEquals(Outcome.STORED_LATE, append(START + i * STEP, i));
        }
        assertEquals(0, late.insertions());
        List<Chunk> chunks = chunks(late, row);
        assertEquals(16, chunks.size(), "480 samples in a range: " + sizes(chunks));
        chunks.forEach(chunk -> assertEquals(120, chunk.times.size()));
    }

    @Example
    void aBacklogEndsItsChunkWithTheRange() throws IOException {
        for (int i = 0; i < 100; i++) {
            assertEquals(Outcome.STORED_LATE, append(START + RANGE - 50 * STEP + i * STEP, i));
        }
        assertEquals(List.of(50, 50), sizes(chunks(late, row)));
    }

    @Example
    void twoBacklogsInTurnShareTheirChunks() throws IOException {
        for (int i = 0; i < 480; i++) {
            assertEquals(Outcome.STORED_LATE, append(START + i * STEP, i));
            assertEquals(Outcome.STORED_LATE, append(START + 5 * RANGE + i * STEP, i));
        }
        List<Chunk> chunks = chunks(late, row);
        assertTrue(chunks.size() <= 10, "960 samples in chunks of " + sizes(chunks));
        assertEquals(960, sizes(chunks).stream().mapToInt(size -> size).sum());
    }

    @Example
    void twoBacklogsInLargerTurnsDoNotTearEachOther() throws IOException {
        for (int i = 0; i < 20; i++) {
            for (int n = 0; n < 40; n++) {
                assertEquals(Outcome.STORED_LATE, append(START + (i * 40 + n) * STEP / 2, i));
            }
            for (int n = 0; n < 40; n++) {
                assertEquals(Outcome.STORED_LATE, append(START + 5 * RANGE + (i * 40 + n) * STEP / 2, i));
            }
        }
        List<Chunk> chunks = chunks(late, row);
        assertTrue(chunks.size() <= 1600 / 16, "1,600 samples in chunks of " + sizes(chunks));
    }

    @Example
    void aBacklogBackwardsFillsItsChunks() throws IOException {
        for (int i = 480; i > 0; i--) {
            assertEquals(Outcome.STORED_LATE, append(START + i * STEP, i));
        }
        assertEquals(List.of(120, 120, 120, 120), sizes(chunks(late, row)));
    }

    @Example
    void largeSamplesEndAChunkByItsSize() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            assertEquals(
                    Outcome.STORED_LATE, append(START + random.nextInt(1 << 22) * 64L + i % 64, random.nextLong()));
        }
        for (int size : sizes(chunks(late, row))) {
            assertTrue(size <= 120, "a chunk of " + size);
        }
        assertTrue(late.slab.bytesUsed() < 1000 * 24, late.slab.bytesUsed() + " bytes");
    }

    @Property(tries = 200)
    void anyOrderOfFloatsIsKept(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        LateRows rows = newRows(random.nextBoolean() ? FloatEncoding.XOR : FloatEncoding.XOR2);
        boolean withStarts = rows.chunks.keepsStartTimestamps() && random.nextBoolean();
        int only = newRow(rows);
        TreeMap<Long, List<Long>> model = new TreeMap<>();
        int spread = 1 + random.nextInt(400);
        for (int i = random.nextInt(500); i >= 0; i--) {
            long t = START + random.nextInt(spread) * STEP;
            long start = withStarts ? START - random.nextInt(3) : 0;
            long bits = random.nextInt(5) == 0 ? HistogramSample.STALE_NAN_BITS : random.nextInt(3);
            Outcome outcome = rows.append(only, t, start, bits);
            List<Long> there = model.computeIfAbsent(t, key -> new ArrayList<>());
            assertTrue(outcome == Outcome.STORED_LATE || !there.isEmpty(), "seed " + seed);
            if (outcome == Outcome.STORED_LATE) {
                there.add(bits);
            } else {
                assertTrue((outcome == Outcome.DUPLICATE) == there.contains(bits) || there.size() > 1, "seed " + seed);
            }
        }
        TreeMap<Long, Integer> found = new TreeMap<>();
        chunks(rows, only).forEach(chunk -> chunk.times.forEach(t -> found.merge(t, 1, Integer::sum)));
        TreeMap<Long, Integer> expected = new TreeMap<>();
        model.forEach((t, values) -> expected.put(t, values.size()));
        assertEquals(expected, found, "seed " + seed);
        rows.replaceUnmapped(only, null);
        assertEquals(0, rows.slab.bytesUsed());
        assertEquals(0, rows.chunks.chunkCount());
    }

    @Property(tries = 100)
    void anyOrderOfHistogramsIsKept(@ForAll long seed) throws IOException {
        Random random = new Random(seed);
        LateRows rows = newRows(FloatEncoding.XOR);
        int only = newRow(rows);
        TreeMap<Long, Integer> expected = new TreeMap<>();
        int spread = 1 + random.nextInt(400);
        boolean floatCounts = random.nextBoolean();
        for (int i = random.nextInt(300); i >= 0; i--) {
            long t = START + random.nextInt(spread) * STEP;
            HistogramBuffer histogram = new HistogramBuffer();
            histogram.clear(random.nextInt(50) == 0 || floatCounts);
            long count = random.nextInt(40) == 0 ? random.nextInt(9) : (t - START) / STEP;
            histogram.setCount(floatCounts ? Double.doubleToRawLongBits(count) : count);
            histogram.addPositiveSpan(random.nextInt(2), 1);
            histogram.addPositiveBucket(floatCounts ? Double.doubleToRawLongBits(count) : count);
            if (random.nextInt(60) == 0) {
                histogram.setResetHint(CounterResetHint.GAUGE);
            }
            if (rows.append(only, t, histogram) == Outcome.STORED_LATE) {
                expected.merge(t, 1, Integer::sum);
            } else {
                assertTrue(expected.containsKey(t), "seed " + seed);
            }
        }
        TreeMap<Long, Integer> found = new TreeMap<>();
        chunks(rows, only).forEach(chunk -> chunk.times.forEach(t -> found.merge(t, 1, Integer::sum)));
        assertEquals(expected, found, "seed " + seed);
        rows.replaceUnmapped(only, null);
        assertEquals(0, rows.slab.bytesUsed());
        assertEquals(0, rows.chunks.chunkCount());
    }
}
