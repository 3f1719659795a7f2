package dev.cairndb.tsdb.internal.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.tsdb.internal.block.Intervals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random lists of chunks that overlap, with deleted ranges, beside a map. {@code -Dcairn.seeds=N} runs more. */
class MergedSamplesTest {
    private static final int SPAN = 400;

    private record Chunk(long min, long max, byte[] bytes, int length) {}

    /** Chunks by number; counts what is loaded. */
    private static final class Loader implements ChunkLoader {
        final List<Chunk> chunks = new ArrayList<>();
        int loads;

        @Override
        public void load(long reference, EncodedChunk target) {
            Chunk chunk = chunks.get((int) reference);
            loads++;
            target.wrap(ChunkEncoding.XOR, chunk.min, chunk.max, chunk.bytes, 0, chunk.length);
        }
    }

    private static Chunk encode(TreeMap<Long, Long> samples) {
        byte[] target = new byte[(samples.size() + 2) * XorAppender.MAX_BYTES_PER_SAMPLE + 7 & ~7];
        XorAppender appender = new XorAppender();
        appender.start(target, 0);
        samples.forEach(appender::append);
        return new Chunk(samples.firstKey(), samples.lastKey(), target, appender.byteLength());
    }

    @Test
    void givesWhatTheModelGivesUnderRandomNextAndSeek() throws IOException {
        int seeds = Integer.getInteger("cairn.seeds", 20) * 100;
        Long only = Long.getLong("cairn.seed");
        ChunkList list = new ChunkList();
        MergedSamples merged = new MergedSamples(list);
        for (long seed = only == null ? 1 : only; seed <= (only == null ? seeds : only); seed++) {
            check(seed, list, merged);
        }
        System.out.println("MergedSamplesTest: " + seeds + " lists");
    }

    private static void check(long seed, ChunkList list, MergedSamples merged) throws IOException {
        Random random = new Random(seed);
        Loader loader = new Loader();
        list.clear();
        Intervals deleted = deleted(random);
        TreeMap<Long, Long> model = new TreeMap<>();
        int chunks = random.nextInt(9);
        boolean disjoint = random.nextInt(3) == 0;
        List<TreeMap<Long, Long>> contents = new ArrayList<>();
        long from = 0;
        for (int i = 0; i < chunks; i++) {
            TreeMap<Long, Long> content = new TreeMap<>();
            long t = disjoint ? from : random.nextInt(SPAN);
            int count = 1 + random.nextInt(random.nextInt(2) == 0 ? 3 : 40);
            for (int n = 0; n < count; n++) {
                content.put(t, random.nextLong());
                t += 1 + random.nextInt(5);
            }
            from = t;
            contents.add(content);
            Chunk chunk = encode(content);
            loader.chunks.add(chunk);
            list.add(chunk.min, chunk.max, loader, i, random.nextInt(4) == 0 ? null : deleted);
        }
        // The one that is earlier in the list wins: what a later one adds must not replace it.
        for (int i = 0; i < list.size(); i++) {
            TreeMap<Long, Long> content = contents.get(indexOf(list, i, loader));
            Intervals gone = list.deleted(i);
            content.forEach((t, bits) -> {
                if (gone == null || !gone.contains(t)) {
                    model.putIfAbsent(t, bits);
                }
            });
        }
        for (int walk = 0; walk < 4; walk++) {
            long min = random.nextInt(SPAN) - 20;
            long max = walk == 0 ? Long.MAX_VALUE : min + random.nextInt(SPAN);
            walk(random, merged, new TreeMap<>(model.subMap(min, true, max, true)), min, max, "seed " + seed);
        }
    }

    private static int indexOf(ChunkList list, int index, Loader loader) throws IOException {
        EncodedChunk chunk = new EncodedChunk();
        list.load(index, chunk);
        for (int i = 0; i < loader.chunks.size(); i++) {
            if (loader.chunks.get(i).bytes == chunk.array()) {
                return i;
            }
        }
        throw new AssertionError("a chunk nobody added");
    }

    private static Intervals deleted(Random random) {
        Intervals deleted = Intervals.NONE;
        for (int i = random.nextInt(4); i > 0; i--) {
            long from = random.nextInt(SPAN);
            deleted = deleted.plus(Intervals.of(from, from + random.nextInt(60)));
        }
        return deleted;
    }

    private static void walk(
            Random random, MergedSamples merged, TreeMap<Long, Long> model, long min, long max, String where)
            throws IOException {
        merged.reset(min, max);
        Map.Entry<Long, Long> at = null;
        boolean begun = false;
        while (true) {
            boolean moved;
            if (random.nextInt(4) == 0) {
                long present = at == null ? min : at.getKey();
                long wanted = present + random.nextInt(60) - 15;
                if (at == null || wanted > at.getKey()) {
                    at = begun && at == null ? null : model.ceilingEntry(wanted);
                }
                moved = merged.seek(wanted);
            } else {
                at = at == null ? model.firstEntry() : model.higherEntry(at.getKey());
                moved = merged.next();
            }
            begun = true;
            assertEquals(at != null, moved, where);
            if (at == null) {
                assertFalse(merged.next(), where);
                assertFalse(merged.seek(Long.MIN_VALUE), where);
                return;
            }
            assertEquals(at.getKey(), merged.timestampMillis(), where);
            assertEquals(at.getValue(), merged.valueBits(), where);
        }
    }

    @Test
    void aSeekLoadsNoChunkThatEndsBeforeIt() throws IOException {
        Loader loader = new Loader();
        ChunkList list = new ChunkList();
        for (int i = 0; i < 10; i++) {
            TreeMap<Long, Long> content = new TreeMap<>(Map.of(i * 10L, 1L, i * 10L + 5, 2L));
            Chunk chunk = encode(content);
            loader.chunks.add(chunk);
            list.add(chunk.min, chunk.max, loader, i, null);
        }
        MergedSamples merged = new MergedSamples(list);
        merged.reset(0, 1_000);
        assertTrue(merged.seek(72));
        assertEquals(75, merged.timestampMillis());
        assertEquals(1, loader.loads);
    }
}
