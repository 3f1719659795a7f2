package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.FloatAppender;
import dev.cairndb.chunks.Xor2Appender;
import dev.cairndb.chunks.XorAppender;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Where chunks end, compared byte for byte with a naive reading of the rules: 120 samples, an end predicted at a
 * quarter of that, at most 240 samples, none begun beyond 1,005 bytes, none over a multiple of two hours.
 */
class ChunkCutRulesTest {
    private static final long RANGE = Duration.ofHours(2).toMillis();

    private enum Cut {
        RANGE_END,
        PREDICTED,
        COUNT,
        BYTES
    }

    private record Sample(long timestampMillis, long valueBits) {}

    /** A list of samples that is encoded from the start whenever its size is asked for. */
    private static final class NaiveChunk {
        final List<Sample> samples = new ArrayList<>();
        long end;
        boolean predicted;

        NaiveChunk(long timestampMillis) {
            end = (timestampMillis / RANGE + 1) * RANGE;
        }

        byte[] encoded(FloatEncoding encoding) {
            FloatAppender appender = encoding == FloatEncoding.XOR ? new XorAppender() : new Xor2Appender();
            byte[] target = new byte[(samples.size() + 2) * appender.bytesPerSampleMax() + 7 & ~7];
            appender.start(target, 0);
            samples.forEach(sample -> appender.append(sample.timestampMillis, 0, sample.valueBits));
            return Arrays.copyOf(target, appender.byteLength());
        }

        Cut cutBefore(long timestampMillis, FloatEncoding encoding) {
            if (encoded(encoding).length > 1005) {
                return Cut.BYTES;
            }
            if (samples.size() == 30) {
                long first = samples.get(0).timestampMillis;
                double left = end - first;
                double chunks = Math.floor(left / ((samples.get(29).timestampMillis - first + 1) * 4.0));
                if (chunks > 1) {
                    end = (long) (first + left / chunks);
                    predicted = true;
                }
            }
            if (timestampMillis >= end) {
                return predicted ? Cut.PREDICTED : Cut.RANGE_END;
            }
            return samples.size() >= 240 ? Cut.COUNT : null;
        }
    }

    private final Set<Cut> cuts = EnumSet.noneOf(Cut.class);

    private List<byte[]> naive(List<Sample> samples, FloatEncoding encoding) {
        List<byte[]> chunks = new ArrayList<>();
        NaiveChunk open = null;
        for (Sample sample : samples) {
            Cut cut = open == null ? null : open.cutBefore(sample.timestampMillis, encoding);
            if (cut != null) {
                cuts.add(cut);
                chunks.add(open.encoded(encoding));
                open = null;
            }
            if (open == null) {
                open = new NaiveChunk(sample.timestampMillis);
            }
            open.samples.add(sample);
        }
        if (open != null) {
            chunks.add(open.encoded(encoding));
        }
        return chunks;
    }

    @ParameterizedTest
    @EnumSource
    void chunksEndWhereTheRulesSay(FloatEncoding encoding) throws IOException {
        int seeds = Integer.getInteger("cairn.seeds", 25);
        Long only = Long.getLong("cairn.seed");
        int chunks = 0;
        try (TsdbRuntime runtime = TsdbRuntime.create()) {
            for (long seed = only == null ? 1 : only; seed <= (only == null ? seeds : only); seed++) {
                chunks += check(seed, runtime, encoding);
            }
        }
        if (only == null) {
            assertEquals(EnumSet.allOf(Cut.class), cuts);
        }
        System.out.println("ChunkCutRulesTest: " + chunks + " chunks of " + encoding + " compared");
    }

    private int check(long seed, TsdbRuntime runtime, FloatEncoding encoding) throws IOException {
        Random random = new Random(seed);
        Labels labels = Labels.of("__name__", "m");
        List<Sample> samples = samples(random);
        CrashingStorage storage = TestStores.storage(seed);
        ManualClock clock = new ManualClock(samples.get(samples.size() - 1).timestampMillis);
        List<byte[]> expected = naive(samples, encoding);
        try (Tsdb db = TestStores.builder(storage, clock, runtime)
                .options(TestStores.OPTIONS.withDurability(Durability.OS).withFloatEncoding(encoding))
                .open()) {
            AppendBatch batch = db.newBatch();
            int at = 0;
            while (at < samples.size()) {
                int end = Math.min(samples.size(), at + 1 + random.nextInt(400));
                for (; at < end; at++) {
                    batch.add(
                            db.series(labels),
                            samples.get(at).timestampMillis,
                            TestStores.ofBits(samples.get(at).valueBits));
                }
                assertEquals(0, batch.commit().rejectedTotal());
                if (random.nextInt(3) == 0) {
                    db.admin().flushAligned();
                }
            }
            List<byte[]> found = new ArrayList<>();
            try (Querier querier = db.querier(TimeRange.all());
                    SeriesCursor series = querier.select(Matcher.equal("__name__", "m"))) {
                assertTrue(series.next());
                for (ChunkCursor chunks = series.chunks(); chunks.next(); ) {
                    EncodedChunk chunk = chunks.chunk();
                    found.add(Arrays.copyOfRange(chunk.array(), chunk.offset(), chunk.offset() + chunk.length()));
                }
            }
            assertEquals(expected.size(), found.size(), "seed " + seed);
            for (int i = 0; i < found.size(); i++) {
                assertArrayEquals(expected.get(i), found.get(i), "seed " + seed + ", chunk " + i);
            }
        }
        return expected.size();
    }

    /** Some hours of a series whose interval and values change their character now and then. */
    private static List<Sample> samples(Random random) {
        List<Sample> samples = new ArrayList<>();
        long t = START + random.nextInt((int) RANGE);
        long[] intervals = {1, 100, 1_000, 5_000, 15_000, 60_000, 300_000, 3_000_000};
        int count = 1_500 + random.nextInt(2_000);
        long interval = 15_000;
        int character = 0;
        double value = 0;
        for (int i = 0; i < count; i++) {
            if (random.nextInt(150) == 0) {
                interval = intervals[random.nextInt(intervals.length)];
                character = random.nextInt(4);
            }
            t += 1 + Math.max(0, interval - 1 + (random.nextInt(3) == 0 ? random.nextInt((int) interval) / 10 : 0));
            value += character == 1 ? 1 : 0;
            long bits = character < 2
                    ? Double.doubleToRawLongBits(value)
                    : character == 2 ? random.nextLong() : Double.doubleToRawLongBits(random.nextGaussian());
            samples.add(new Sample(t, bits));
        }
        return samples;
    }
}
