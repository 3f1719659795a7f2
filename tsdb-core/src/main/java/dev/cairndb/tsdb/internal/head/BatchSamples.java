package dev.cairndb.tsdb.internal.head;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Samples a host adds one by one; each is a series of its own to the head. Reused; not thread-safe. */
public final class BatchSamples implements Samples {
    private @Nullable SeriesKey[] keys = new SeriesKey[16];
    private long[] timestampsMillis = new long[16];
    private long[] valuesBits = new long[16];
    private int count;

    public void add(SeriesKey key, long timestampMillis, long valueBits) {
        if (count == keys.length) {
            keys = Arrays.copyOf(keys, count * 2);
            timestampsMillis = Arrays.copyOf(timestampsMillis, count * 2);
            valuesBits = Arrays.copyOf(valuesBits, count * 2);
        }
        keys[count] = key;
        timestampsMillis[count] = timestampMillis;
        valuesBits[count++] = valueBits;
    }

    public void clear() {
        Arrays.fill(keys, 0, count, null);
        count = 0;
    }

    @Override
    public int seriesCount() {
        return count;
    }

    @Override
    public int firstSample(int series) {
        return series;
    }

    @Override
    public long timestampMillis(int sample) {
        return timestampsMillis[sample];
    }

    @Override
    public long valueBits(int sample) {
        return valuesBits[sample];
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
