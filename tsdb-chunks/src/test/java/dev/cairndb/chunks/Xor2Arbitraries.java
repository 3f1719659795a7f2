package dev.cairndb.chunks;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Lists of samples with start timestamps as counters have them, and as they should not. */
final class Xor2Arbitraries {
    private Xor2Arbitraries() {}

    static Arbitrary<Xor2Samples> ascending(int sizeMax) {
        return withStarts(SampleArbitraries.ascending(sizeMax), sizeMax);
    }

    static Arbitrary<Xor2Samples> wild(int size) {
        return withStarts(SampleArbitraries.wild(size), size);
    }

    /** Steps of the start timestamp: mostly none, so that it begins to change anywhere in a chunk or never. */
    private static Arbitrary<Xor2Samples> withStarts(Arbitrary<Samples> samples, int sizeMax) {
        Arbitrary<Start> change = Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.just(Start.PREVIOUS_SAMPLE)),
                Tuple.of(2, Arbitraries.just(Start.NONE)),
                Tuple.of(2, Arbitraries.just(Start.NEAR)),
                Tuple.of(1, Arbitraries.just(Start.ANY)));
        Arbitrary<List<Start>> starts = Arbitraries.of(0, 1, 3, 50)
                .flatMap(changesWeight -> Arbitraries.frequencyOf(
                                Tuple.of(50, Arbitraries.just(Start.SAME)), Tuple.of(changesWeight, change))
                        .list()
                        .ofSize(sizeMax));
        return Combinators.combine(samples, starts, Arbitraries.longs(), Arbitraries.of(true, false))
                .as(Xor2Arbitraries::withStarts)
                .withoutEdgeCases();
    }

    private enum Start {
        SAME,
        PREVIOUS_SAMPLE,
        NONE,
        NEAR,
        ANY
    }

    private static Xor2Samples withStarts(Samples samples, List<Start> steps, long random, boolean firstKnown) {
        int size = samples.size();
        long[] times = samples.timestampsMillis();
        long[] starts = new long[size];
        long rest = random;
        for (int i = 0; i < size; i++) {
            rest = rest * 6364136223846793005L + 1442695040888963407L;
            long previous = i == 0 ? firstKnown ? times[0] - 3_600_000 : 0 : starts[i - 1];
            starts[i] = switch (steps.get(i)) {
                case SAME -> previous;
                case PREVIOUS_SAMPLE -> i == 0 ? previous : times[i - 1];
                case NONE -> 0;
                case NEAR -> previous + (rest >> 40 + (rest & 15));
                case ANY -> rest;
            };
        }
        return new Xor2Samples(times, starts, samples.valuesBits());
    }
}
