package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.internal.query.ChunkList;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.DoubleConsumer;
import java.util.function.IntConsumer;

/**
 * Series of the head, in label order, that have chunks in a range of time, with numbers for the strings of their
 * labels: what a block is written from. Used under an epoch pin. Not thread-safe.
 */
public final class NumberedSeries {
    private final SeriesRegistry registry;
    private final SymbolRanks ranks;
    private final HeadSeriesSource series;
    private final IntConsumer addSymbol = this::add;
    private int[] numbers = new int[64];
    private int count;
    private DoubleConsumer partDone = part -> {};

    NumberedSeries(SeriesRegistry registry, SymbolRanks ranks, HeadSeriesSource series) {
        this.registry = registry;
        this.ranks = ranks;
        this.series = series;
    }

    /** Shows the strings of all series that were selected, each once, in byte order: that of the first has number 0. */
    public void forEachSymbol(Head.SymbolVisitor visitor) throws IOException {
        ranks.forEach(visitor);
    }

    /** Tells with every series how much of the work is done, from 0 to 1. */
    public NumberedSeries telling(DoubleConsumer partDone) {
        this.partDone = partDone;
        return this;
    }

    public boolean next() {
        if (!series.advance()) {
            return false;
        }
        partDone.accept(series.partSeen());
        count = 0;
        registry.forEachSymbol(series.slot(), addSymbol);
        return true;
    }

    private void add(int symbol) {
        if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, count * 2);
        }
        numbers[count++] = ranks.of(symbol);
    }

    /** For each label the number of its name and that of its value; valid until {@link #next}. */
    public int[] labels() {
        return numbers;
    }

    public int labelCount() {
        return count / 2;
    }

    /** Adds the chunks of the present series; they can be loaded until {@link #next}. */
    public void addChunks(ChunkList target) {
        series.addChunks(target);
    }
}
