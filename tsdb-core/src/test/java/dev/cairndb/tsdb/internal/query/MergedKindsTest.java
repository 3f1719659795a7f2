package dev.cairndb.tsdb.internal.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.chunks.Xor2Appender;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.tsdb.internal.block.SampleText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Chunks of all encodings that overlap, from several sources: samples, hints, and the chunks made of them. */
class MergedKindsTest {
    private static final int SPAN = 300;

    /** A chunk with what its own cursor gives: texts without and with hints. */
    private record Chunk(
            ChunkEncoding encoding, byte[] bytes, TreeMap<Long, String> samples, TreeMap<Long, String> withHints) {}

    /** One source of chunks. */
    private static final class Loader implements ChunkLoader {
        final List<Chunk> chunks = new ArrayList<>();

        @Override
        public void load(long reference, EncodedChunk target) {
            Chunk chunk = chunks.get((int) reference);
            target.wrap(
                    chunk.encoding,
                    chunk.samples.firstKey(),
                    chunk.samples.lastKey(),
                    chunk.bytes,
                    0,
                    chunk.bytes.length);
        }

        void addTo(ChunkList list, Chunk chunk) {
            list.add(chunk.samples.firstKey(), chunk.samples.lastKey(), this, chunks.size(), null);
            chunks.add(chunk);
        }
    }

    private static HistogramBuffer histogram(boolean floats, long count, boolean gauge) {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setSchema(1);
        histogram.setCount(number(floats, 2 * count));
        histogram.setZeroCount(number(floats, count));
        histogram.setSumBits(Double.doubleToRawLongBits(count));
        histogram.addPositiveSpan(0, 1);
        histogram.addPositiveBucket(number(floats, count));
        if (gauge) {
            histogram.setResetHint(CounterResetHint.GAUGE);
        }
        return histogram;
    }

    private static long number(boolean floats, long value) {
        return floats ? Double.doubleToRawLongBits(value) : value;
    }

    private static Chunk chunkOf(ChunkEncoding encoding, byte[] bytes, int length, long min, long max)
            throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        byte[] copy = Arrays.copyOf(bytes, length);
        chunk.wrap(encoding, min, max, copy, 0, length);
        TreeMap<Long, String> samples = new TreeMap<>();
        TreeMap<Long, String> withHints = new TreeMap<>();
        for (SampleCursor cursor = new ChunkCursors().open(chunk); cursor.next(); ) {
            samples.put(cursor.timestampMillis(), SampleText.withoutHint(cursor));
            withHints.put(cursor.timestampMillis(), SampleText.of(cursor));
        }
        return new Chunk(encoding, copy, samples, withHints);
    }

    private static Chunk histograms(boolean floats, boolean gauge, long from, int count, long step) throws IOException {
        HistogramAppender appender = new HistogramAppender();
        ChunkEncoding encoding = floats ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM;
        appender.start(encoding);
        for (int i = 0; i < count; i++) {
            assertTrue(appender.append(from + i * step, histogram(floats, 10 + i, gauge)));
        }
        return chunkOf(encoding, appender.array(), appender.byteLength(), from, from + (count - 1) * step);
    }

    private static Chunk floats(Random random, boolean xor2, long from, int count, long step) throws IOException {
        byte[] bytes = new byte[8 * 8 * (count + 2)];
        XorAppender xor = new XorAppender();
        Xor2Appender withStarts = new Xor2Appender();
        xor.start(bytes, 0);
        if (xor2) {
            withStarts.start(bytes, 0);
        }
        for (int i = 0; i < count; i++) {
            if (xor2) {
                withStarts.append(from + i * step, random.nextInt(3) == 0 ? 0 : 5, random.nextLong());
            } else {
                xor.append(from + i * step, random.nextLong());
            }
        }
        return chunkOf(
                xor2 ? ChunkEncoding.XOR2 : ChunkEncoding.XOR,
                bytes,
                xor2 ? withStarts.byteLength() : xor.byteLength(),
                from,
                from + (count - 1) * step);
    }

    private static List<String> read(MergedSamples samples) throws IOException {
        List<String> all = new ArrayList<>();
        while (samples.next()) {
            String hint = samples.kind() == SampleKind.FLOAT
                    ? "float"
                    : samples.histogram().resetHint().toString();
            all.add(samples.timestampMillis() + " " + hint);
        }
        return all;
    }

    @Test
    void hintsOfOneSourceArePassedOn() throws IOException {
        ChunkList list = new ChunkList();
        Loader block = new Loader();
        block.addTo(list, histograms(false, false, 0, 3, 10));
        block.addTo(list, histograms(false, false, 30, 2, 10));
        MergedSamples samples = new MergedSamples(list);
        samples.reset(10, 100);
        // The sample before the first one was left out, but there was one.
        assertEquals(List.of("10 NOT_RESET", "20 NOT_RESET", "30 UNKNOWN", "40 NOT_RESET"), read(samples));
    }

    @Test
    void theFirstHistogramOfEachOfSeveralSourcesKnowsNothingOfAReset() throws IOException {
        ChunkList list = new ChunkList();
        new Loader().addTo(list, histograms(true, false, 0, 3, 10));
        new Loader().addTo(list, histograms(true, false, 30, 3, 10));
        MergedSamples samples = new MergedSamples(list);
        samples.reset(10, 100);
        assertEquals(
                List.of("10 UNKNOWN", "20 NOT_RESET", "30 UNKNOWN", "40 NOT_RESET", "50 NOT_RESET"), read(samples));
        samples.reset(0, 100);
        assertTrue(samples.seek(20));
        assertEquals(CounterResetHint.UNKNOWN, samples.histogram().resetHint());
        assertTrue(samples.seek(20));
        assertTrue(samples.next());
        assertTrue(samples.next());
        assertEquals(CounterResetHint.NOT_RESET, samples.histogram().resetHint());
        assertTrue(samples.seek(35));
        assertEquals(CounterResetHint.NOT_RESET, samples.histogram().resetHint());
    }

    @Test
    void histogramsThatTakeTurnsKnowNothingAndGaugesStayGauges() throws IOException {
        ChunkList list = new ChunkList();
        Loader block = new Loader();
        block.addTo(list, histograms(false, false, 0, 4, 10));
        new Loader().addTo(list, histograms(true, true, 15, 3, 10));
        MergedSamples samples = new MergedSamples(list);
        samples.reset(0, 100);
        assertEquals(
                List.of("0 UNKNOWN", "10 NOT_RESET", "15 GAUGE", "20 UNKNOWN", "25 GAUGE", "30 UNKNOWN", "35 GAUGE"),
                read(samples));
    }

    @Test
    void ofTwoKindsAtOneTimeTheEarlierChunkWins() throws IOException {
        ChunkList list = new ChunkList();
        new Loader().addTo(list, histograms(false, false, 0, 3, 10));
        new Loader().addTo(list, floats(new Random(1), false, 10, 3, 10));
        MergedSamples samples = new MergedSamples(list);
        samples.reset(0, 100);
        assertEquals(List.of("0 UNKNOWN", "10 UNKNOWN", "20 UNKNOWN", "30 float"), read(samples));
    }

    @Test
    void randomChunksGiveWhatTheModelGives() throws IOException {
        int seeds = Integer.getInteger("cairn.seeds", 20) * 100;
        Long only = Long.getLong("cairn.seed");
        int passedOn = 0;
        for (long seed = only == null ? 1 : only; seed <= (only == null ? seeds : only); seed++) {
            passedOn += check(seed);
        }
        assertTrue(passedOn > 0);
        System.out.println("MergedKindsTest: " + seeds + " lists, " + passedOn + " chunks passed on");
    }

    private static int check(long seed) throws IOException {
        Random random = new Random(seed);
        ChunkList list = new ChunkList();
        List<Loader> sources = List.of(new Loader(), new Loader(), new Loader());
        long from = random.nextInt(20);
        boolean disjoint = random.nextInt(3) == 0;
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
            Chunk chunk = randomChunk(random, from);
            sources.get(random.nextInt(3)).addTo(list, chunk);
            if (random.nextInt(5) == 0) {
                sources.get(random.nextInt(3)).addTo(list, chunk);
            }
            from = disjoint ? chunk.samples.lastKey() + 1 + random.nextInt(9) : random.nextInt(SPAN);
        }
        TreeMap<Long, String> model = new TreeMap<>();
        for (int i = 0; i < list.size(); i++) {
            chunk(list, i, sources).samples.forEach(model::putIfAbsent);
        }
        long min = random.nextInt(SPAN) - 30;
        long max = min + random.nextInt(SPAN);
        Map<Long, String> expected = model.subMap(min, true, max, true);
        MergedSamples samples = new MergedSamples(list);
        samples.reset(min, max);
        assertEquals(expected, readChecked(samples, sources), "seed " + seed);
        return checkChunks(list, sources, expected, min, max, "seed " + seed);
    }

    private static Chunk randomChunk(Random random, long from) throws IOException {
        int count = 1 + random.nextInt(30);
        long step = 1 + random.nextInt(8);
        return switch (random.nextInt(4)) {
            case 0 -> histograms(random.nextBoolean(), random.nextInt(3) == 0, from, count, step);
            case 1 -> floats(random, true, from, count, step);
            case 2 -> floats(random, false, from, 100 + count, 1);
            default -> histograms(random.nextBoolean(), false, from, count, step);
        };
    }

    private static Chunk chunk(ChunkList list, int index, List<Loader> sources) throws IOException {
        EncodedChunk found = new EncodedChunk();
        list.load(index, found);
        return sources.stream()
                .flatMap(source -> source.chunks.stream())
                .filter(chunk -> chunk.bytes == found.array())
                .findFirst()
                .orElseThrow();
    }

    /** A hint that says something must be that of a chunk in which this sample follows the one given before. */
    private static Map<Long, String> readChecked(MergedSamples samples, List<Loader> sources) throws IOException {
        TreeMap<Long, String> found = new TreeMap<>();
        while (samples.next()) {
            long t = samples.timestampMillis();
            String text = SampleText.of(samples);
            if (text.contains(" hint=2") && !found.isEmpty()) {
                long before = found.lastKey();
                assertTrue(sources.stream()
                        .flatMap(source -> source.chunks.stream())
                        .anyMatch(chunk -> text.equals(chunk.withHints.get(t))
                                && Long.valueOf(before).equals(chunk.samples.lowerKey(t))));
            }
            assertFalse(text.contains(" hint=1"));
            found.put(t, SampleText.withoutHint(samples));
        }
        return found;
    }

    /** Returns how many of the chunks are those of a source. */
    private static int checkChunks(
            ChunkList list, List<Loader> sources, Map<Long, String> expected, long min, long max, String where)
            throws IOException {
        TrimmedChunks chunks = new TrimmedChunks(list);
        chunks.reset(min, max);
        ChunkCursors cursors = new ChunkCursors();
        TreeMap<Long, String> found = new TreeMap<>();
        int passedOn = 0;
        while (chunks.next()) {
            EncodedChunk chunk = chunks.chunk();
            cursors.verify(chunk);
            assertTrue(found.isEmpty() || found.lastKey() < chunk.minTimestampMillis(), where);
            for (SampleCursor cursor = cursors.open(chunk); cursor.next(); ) {
                found.put(cursor.timestampMillis(), SampleText.withoutHint(cursor));
            }
            boolean isOfSource = sources.stream()
                    .flatMap(source -> source.chunks.stream())
                    .anyMatch(one -> one.bytes == chunk.array());
            passedOn += isOfSource ? 1 : 0;
        }
        assertEquals(expected, found, where);
        return passedOn;
    }
}
