package dev.cairndb.index;

import java.io.IOException;
import java.util.Arrays;

/**
 * The series of each value of names that many series have, found without sorting: once it is known how often each value
 * is there, each series can be put where it belongs. That takes four bytes for a series, and eight for a symbol, where
 * {@link LabelPairs} takes sixteen for a series.
 *
 * <p>The names have their turn one after the other, in ascending order. While the series of one are put in place, the
 * values of the next are counted: no pass over the series is for counting alone, but for those of the first name, which
 * are to be counted by whoever reads the series before. Not thread-safe.
 */
final class CountedNames {
    private static final int NONE = -1;

    private final int[] names;
    /** How often each value of the next name is there. */
    private int[] counts;
    /** Of the present name, where in {@link #refs} the series of the next value begin. */
    private int[] ends;

    private final int[] refs;
    private int next;

    /** @param names ascending */
    private CountedNames(int[] names, int symbolCount, int seriesMax) {
        this.names = names;
        counts = new int[names.length == 0 ? 0 : symbolCount];
        ends = new int[counts.length];
        refs = new int[seriesMax];
    }

    /**
     * Those of the names that have at least so many series, and for which it pays.
     *
     * @param memoryBytesMax of this object
     */
    static CountedNames of(int[] names, IntCounts seriesByName, int symbolCount, long seriesMin, long memoryBytesMax) {
        int[] chosen = new int[names.length];
        int count = 0;
        long most = 0;
        for (int name : names) {
            long series = seriesByName.count(name);
            long bytes = Integer.BYTES * (series + 2L * symbolCount);
            if (series >= Math.max(seriesMin, symbolCount) && bytes <= memoryBytesMax) {
                chosen[count++] = name;
                most = Math.max(most, series);
            }
        }
        return new CountedNames(Arrays.copyOf(chosen, count), symbolCount, (int) most);
    }

    long sizeBytes() {
        return Integer.BYTES * (refs.length + 2L * counts.length);
    }

    boolean has(int name) {
        return Arrays.binarySearch(names, name) >= 0;
    }

    /** Counts what a series has of the next name. */
    void count(SeriesScan series) {
        count(series, nextName());
    }

    private void count(SeriesScan series, int name) {
        int value = name == NONE ? NONE : series.valueOf(name);
        if (value != NONE) {
            counts[value]++;
        }
    }

    private int nextName() {
        return next < names.length ? names[next] : NONE;
    }

    /** Goes on to the next name: reads all series and puts those that have it in place. */
    void place(SeriesScan series) throws IOException {
        int name = names[next++];
        int following = nextName();
        int[] counted = counts;
        counts = ends;
        Arrays.fill(counts, 0);
        ends = counted;
        int start = 0;
        for (int value = 0; value < ends.length; value++) {
            int count = ends[value];
            ends[value] = start;
            start += count;
        }
        series.start();
        while (series.next()) {
            int value = series.valueOf(name);
            if (value != NONE) {
                refs[ends[value]++] = series.ref();
            }
            count(series, following);
        }
    }

    /** The series of the present name: those of its first value, ascending, then those of the next. */
    int[] refs() {
        return refs;
    }

    /** Where those of a value end in {@link #refs}; they begin where those of the value before end. */
    int end(int value) {
        return ends[value];
    }
}
