package dev.cairndb.chunks;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Lists of samples as series have them, and as they should not. */
final class SampleArbitraries {
    private static final long DAY_MILLIS = 86_400_000;

    private SampleArbitraries() {}

    /** Times ascend, mostly at a rate, with jitter, gaps of weeks and jumps of any size. */
    static Arbitrary<Samples> ascending(int sizeMax) {
        Arbitrary<Long> first = Arbitraries.oneOf(
                Arbitraries.longs().between(1_600_000_000_000L, 1_800_000_000_000L),
                Arbitraries.longs().between(Long.MIN_VALUE / 2, Long.MAX_VALUE / 4),
                Arbitraries.of(0L, -1L, 1L, Long.MIN_VALUE));
        Arbitrary<Long> delta = Arbitraries.frequencyOf(
                Tuple.of(12, Arbitraries.longs().between(14_990, 15_010)),
                Tuple.of(6, Arbitraries.of(15_000L, 15_000L + 8192, 15_000L + 8193, 15_000L - 8191)),
                Tuple.of(3, Arbitraries.longs().between(1, 600_000)),
                Tuple.of(2, Arbitraries.longs().between(24 * DAY_MILLIS, 26 * DAY_MILLIS)),
                Tuple.of(1, Arbitraries.longs().between(1, 1L << 50)));
        return Combinators.combine(first, delta.list().ofMaxSize(sizeMax), values(sizeMax + 1))
                .as(SampleArbitraries::ascending)
                .withoutEdgeCases();
    }

    /** Any times in any order. */
    static Arbitrary<Samples> wild(int sizeMax) {
        return Combinators.combine(Arbitraries.longs().list().ofSize(sizeMax), values(sizeMax))
                .as((times, values) -> new Samples(
                        times.stream().mapToLong(Long::longValue).toArray(),
                        values.stream().mapToLong(Long::longValue).toArray()))
                .withoutEdgeCases();
    }

    private static Samples ascending(long first, List<Long> deltas, List<Long> values) {
        int size = deltas.size();
        long[] times = new long[size];
        long[] bits = new long[size];
        long time = first;
        for (int i = 0; i < size; i++) {
            times[i] = time;
            bits[i] = values.get(i);
            time += deltas.get(i);
        }
        return new Samples(times, bits);
    }

    private static Arbitrary<List<Long>> values(int size) {
        Arbitrary<Long> odd = Arbitraries.of(
                0x7FF0000000000002L, // stale marker
                0x7FF8000000000001L, // Prometheus' NaN
                0xFFF8DEADBEEF0001L,
                0x8000000000000000L, // -0.0
                0L,
                Double.doubleToRawLongBits(Double.POSITIVE_INFINITY),
                Double.doubleToRawLongBits(Double.MIN_VALUE),
                -1L);
        Arbitrary<Long> counter = Arbitraries.integers().between(0, 5000).map(v -> Double.doubleToRawLongBits(v));
        Arbitrary<Long> gauge = Arbitraries.integers().map(v -> Double.doubleToRawLongBits(v / 100.0));
        Arbitrary<Long> constant = Arbitraries.of(Double.doubleToRawLongBits(42.5));
        return Arbitraries.frequencyOf(
                        Tuple.of(2, odd),
                        Tuple.of(6, counter),
                        Tuple.of(4, gauge),
                        Tuple.of(6, constant),
                        Tuple.of(2, Arbitraries.longs()))
                .list()
                .ofSize(size);
    }
}
