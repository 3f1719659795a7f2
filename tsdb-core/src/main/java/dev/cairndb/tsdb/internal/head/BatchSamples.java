package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Samples a host adds one by one; each is a series of its own to the head. Reused; not thread-safe. */
public final class BatchSamples implements Samples {
    /** Buffers kept for the histograms of later batches. */
    private static final int BUFFERS_MAX = 256;
    /** Time, schema, counts, sum, threshold. */
    private static final int HISTOGRAM_FIELDS = 6;

    private @Nullable SeriesKey[] keys = new SeriesKey[16];
    /** How many floats there are before each sample; all others are histograms. */
    private int[] floatsBefore = new int[16];

    private long[] floatTimestampsMillis = new long[16];
    private long[] valuesBits = new long[16];
    private long[] histogramTimestampsMillis = new long[0];
    private final List<HistogramBuffer> histograms = new ArrayList<>();
    private int count;
    private int floatCount;
    private long sizeBytes;

    public void add(SeriesKey key, long timestampMillis, long valueBits) {
        addKey(key);
        if (floatCount == valuesBits.length) {
            floatTimestampsMillis = Arrays.copyOf(floatTimestampsMillis, floatCount * 2);
            valuesBits = Arrays.copyOf(valuesBits, floatCount * 2);
        }
        floatTimestampsMillis[floatCount] = timestampMillis;
        valuesBits[floatCount++] = valueBits;
        sizeBytes += 2 * Long.BYTES;
    }

    /** The histogram is copied. */
    public void add(SeriesKey key, long timestampMillis, HistogramSample histogram) {
        int at = count - floatCount;
        if (at == histograms.size()) {
            histograms.add(new HistogramBuffer());
        }
        histograms.get(at).set(histogram);
        if (at == histogramTimestampsMillis.length) {
            histogramTimestampsMillis = Arrays.copyOf(histogramTimestampsMillis, Math.max(16, at * 2));
        }
        histogramTimestampsMillis[at] = timestampMillis;
        int values = histogram.positiveBucketCount() + histogram.negativeBucketCount() + histogram.customBoundCount();
        sizeBytes += (HISTOGRAM_FIELDS + values) * (long) Long.BYTES;
        addKey(key);
    }

    private void addKey(SeriesKey key) {
        if (count == keys.length) {
            keys = Arrays.copyOf(keys, count * 2);
            floatsBefore = Arrays.copyOf(floatsBefore, count * 2);
        }
        keys[count] = key;
        floatsBefore[count++] = floatCount;
    }

    public void clear() {
        Arrays.fill(keys, 0, count, null);
        count = 0;
        floatCount = 0;
        sizeBytes = 0;
        if (histograms.size() > BUFFERS_MAX) {
            histograms.subList(BUFFERS_MAX, histograms.size()).clear();
        }
    }

    @Override
    public int seriesCount() {
        return count;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public int firstSample(int series) {
        return series == count ? floatCount : floatsBefore[series];
    }

    @Override
    public long timestampMillis(int sample) {
        return floatTimestampsMillis[sample];
    }

    @Override
    public long valueBits(int sample) {
        return valuesBits[sample];
    }

    @Override
    public long startTimestampMillis(int sample) {
        return 0;
    }

    @Override
    public int firstHistogram(int series) {
        return series - firstSample(series);
    }

    @Override
    public long histogramTimestampMillis(int histogram) {
        return histogramTimestampsMillis[histogram];
    }

    @Override
    public long histogramStartTimestampMillis(int histogram) {
        return 0;
    }

    @Override
    public void readHistogram(int histogram, HistogramBuffer target) {
        target.set(histograms.get(histogram));
    }

    @Override
    public int resolve(int series, SeriesRegistry registry, AppendScratch scratch, boolean create) {
        return key(series).resolve(registry, create);
    }

    @Override
    public String describe(int series) {
        return key(series).labels().toString();
    }

    private SeriesKey key(int index) {
        SeriesKey key = keys[index];
        if (key == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return key;
    }
}
