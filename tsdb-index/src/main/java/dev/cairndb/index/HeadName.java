package dev.cairndb.index;

import org.jspecify.annotations.Nullable;

/**
 * A label name of a head's index, its values, and the series that have any. One writer; readers at any time. There is
 * one for each name, so it has no field that {@link HeadNames} can have for all: what a list takes in memory is
 * returned, to be accounted there.
 */
final class HeadName {
    /** Without the table and the lists. */
    static final int OBJECT_BYTES = 32;

    private final int symbol;
    private final TagTable values;
    private volatile GrowingPostings series;
    private volatile @Nullable ValueLog log;
    private int valueCount;

    HeadName(int symbol, TagTable values, GrowingPostings series) {
        this.symbol = symbol;
        this.values = values;
        this.series = series;
    }

    // ---------------------------------------------------------------------------------------------- for any thread

    int symbol() {
        return symbol;
    }

    TagTable values() {
        return values;
    }

    /** All its values, and perhaps some that are gone; null if they are few. */
    @Nullable
    ValueLog log() {
        return log;
    }

    /** May have series that the list of all series does not have, or not any more. */
    PostingList series() {
        return series.snapshot();
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    boolean hasSeries() {
        return !series.isEmpty();
    }

    long seriesBytes() {
        return series.sizeBytes();
    }

    /** Returns how many bytes more the list takes. */
    long addSeries(int[] slots, int count) {
        return setSeries(series.addAll(slots, 0, count));
    }

    /** Returns how many bytes more the list takes. */
    long removeSeries(PostingList slots) {
        return setSeries(series.minus(slots));
    }

    private long setSeries(GrowingPostings next) {
        GrowingPostings present = series;
        if (next == present) {
            return 0;
        }
        series = next;
        return next.sizeBytes() - present.sizeBytes();
    }

    int valueCount() {
        return valueCount;
    }

    /** To be told of each value that is added to the table, or taken out of it. */
    void countValues(int more) {
        valueCount += more;
    }

    void startLog(ValueLog first) {
        log = first;
    }

    /**
     * Gives up the log it has, if any, for another one or none. Before the symbols of the values that went are
     * released: they may come back as other values.
     *
     * @return how many bytes more the log takes
     */
    long replaceLog(@Nullable ValueLog next) {
        ValueLog present = log;
        if (present == null) {
            return 0;
        }
        log = next;
        present.close();
        return (next == null ? 0 : next.sizeBytes()) - present.sizeBytes();
    }
}
