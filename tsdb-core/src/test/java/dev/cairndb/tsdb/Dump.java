package dev.cairndb.tsdb;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** All samples of a store by series and time, as bits. */
final class Dump {
    static final Matcher EVERYTHING = Matcher.regex("__name__", ".*");

    private Dump() {}

    static Map<Labels, TreeMap<Long, Long>> of(Tsdb db) throws IOException {
        return of(db, TimeRange.all());
    }

    /** Fails if series or samples do not ascend or come twice. */
    static Map<Labels, TreeMap<Long, Long>> of(Tsdb db, TimeRange range) throws IOException {
        try (Querier querier = db.querier(range)) {
            return of(querier);
        }
    }

    static Map<Labels, TreeMap<Long, Long>> of(Querier querier) throws IOException {
        return of(querier, Dump::bits);
    }

    /** The value of a float, the sum of a histogram. */
    private static long bits(SampleCursor sample) {
        return sample.kind() == SampleKind.FLOAT
                ? sample.valueBits()
                : sample.histogram().sumBits();
    }

    /** Samples of all kinds, each as {@code text} has it. */
    static Map<Labels, TreeMap<Long, String>> texts(Tsdb db, Function<SampleCursor, String> text) throws IOException {
        return texts(db, TimeRange.all(), text);
    }

    static Map<Labels, TreeMap<Long, String>> texts(Tsdb db, TimeRange range, Function<SampleCursor, String> text)
            throws IOException {
        try (Querier querier = db.querier(range)) {
            return texts(querier, text);
        }
    }

    static Map<Labels, TreeMap<Long, String>> texts(Querier querier, Function<SampleCursor, String> text)
            throws IOException {
        return of(querier, text);
    }

    private static <V> Map<Labels, TreeMap<Long, V>> of(Querier querier, Function<SampleCursor, V> value)
            throws IOException {
        Map<Labels, TreeMap<Long, V>> all = new TreeMap<>();
        Labels last = null;
        try (SeriesCursor series = querier.select(EVERYTHING)) {
            while (series.next()) {
                Labels labels = series.labels();
                if (last != null && last.compareTo(labels) >= 0) {
                    throw new AssertionError("series " + labels + " comes after " + last);
                }
                last = labels;
                TreeMap<Long, V> samples = new TreeMap<>();
                for (SampleCursor cursor = series.samples(); cursor.next(); ) {
                    long t = cursor.timestampMillis();
                    if (!samples.isEmpty() && samples.lastKey() >= t) {
                        throw new AssertionError(labels + ": sample " + t + " comes after " + samples.lastKey());
                    }
                    samples.put(t, value.apply(cursor));
                }
                if (!samples.isEmpty()) {
                    all.put(labels, samples);
                }
            }
        }
        return all;
    }

    /** Samples of all chunks: more than there are timestamps if some sample is stored twice. */
    static long samplesInChunks(Querier querier) throws IOException {
        long count = 0;
        try (SeriesCursor series = querier.select(EVERYTHING)) {
            while (series.next()) {
                for (ChunkCursor chunks = series.chunks(); chunks.next(); ) {
                    count += chunks.chunk().sampleCount();
                }
            }
        }
        return count;
    }
}
