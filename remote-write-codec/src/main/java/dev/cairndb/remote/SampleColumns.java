package dev.cairndb.remote;

import java.util.Arrays;

/** Float samples of a request, those of all series one after the other. Not thread-safe. */
final class SampleColumns {
    private static final int FIRST_CAPACITY = 16;

    private long[] timestampsMillis = new long[FIRST_CAPACITY];
    private long[] valuesBits = new long[FIRST_CAPACITY];

    /** Empty until a sample has a start timestamp. */
    private long[] startTimestampsMillis = {};

    private boolean haveStarts;
    private int count;

    int count() {
        return count;
    }

    void clear() {
        count = 0;
        haveStarts = false;
    }

    void add(long timestampMillis, long valueBits) {
        if (count == timestampsMillis.length) {
            timestampsMillis = Arrays.copyOf(timestampsMillis, count * 2);
            valuesBits = Arrays.copyOf(valuesBits, count * 2);
        }
        if (haveStarts) {
            putStart(0);
        }
        timestampsMillis[count] = timestampMillis;
        valuesBits[count++] = valueBits;
    }

    void add(long timestampMillis, long startTimestampMillis, long valueBits) {
        if (startTimestampMillis != 0) {
            if (!haveStarts) {
                Arrays.fill(startTimestampsMillis, 0, Math.min(count, startTimestampsMillis.length), 0);
                haveStarts = true;
            }
            add(timestampMillis, valueBits);
            startTimestampsMillis[count - 1] = startTimestampMillis;
        } else {
            add(timestampMillis, valueBits);
        }
    }

    private void putStart(long startTimestampMillis) {
        if (count >= startTimestampsMillis.length) {
            startTimestampsMillis = Arrays.copyOf(startTimestampsMillis, timestampsMillis.length);
        }
        startTimestampsMillis[count] = startTimestampMillis;
    }

    long timestampMillis(int sample) {
        return timestampsMillis[sample];
    }

    long valueBits(int sample) {
        return valuesBits[sample];
    }

    long startTimestampMillis(int sample) {
        return haveStarts ? startTimestampsMillis[sample] : 0;
    }

    long retainedBytes() {
        return 8L * (timestampsMillis.length + valuesBits.length + startTimestampsMillis.length);
    }
}
