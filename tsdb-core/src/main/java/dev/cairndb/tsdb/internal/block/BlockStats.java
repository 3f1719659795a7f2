package dev.cairndb.tsdb.internal.block;

/** Counts of what is in a block. Immutable. */
public record BlockStats(
        long samples, long floatSamples, long histogramSamples, long series, long chunks, long tombstones) {
    public static final BlockStats EMPTY = new BlockStats(0, 0, 0, 0, 0, 0);

    public BlockStats withTombstones(long count) {
        return new BlockStats(samples, floatSamples, histogramSamples, series, chunks, count);
    }
}
