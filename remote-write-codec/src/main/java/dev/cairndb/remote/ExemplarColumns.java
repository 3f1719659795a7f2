package dev.cairndb.remote;

import java.util.Arrays;

/**
 * Exemplars of a request, those of all series one after the other; their labels lie in a list of their own. Not
 * thread-safe.
 */
final class ExemplarColumns {
    private int[] labelEnds = {};
    private long[] timestampsMillis = {};
    private long[] valuesBits = {};
    private int count;

    int count() {
        return count;
    }

    void clear() {
        count = 0;
    }

    /** @param labelEnd how many labels the list of exemplar labels has with this one's */
    void add(int labelEnd, long timestampMillis, long valueBits) {
        if (count == labelEnds.length) {
            int capacity = Math.max(16, count * 2);
            labelEnds = Arrays.copyOf(labelEnds, capacity);
            timestampsMillis = Arrays.copyOf(timestampsMillis, capacity);
            valuesBits = Arrays.copyOf(valuesBits, capacity);
        }
        labelEnds[count] = labelEnd;
        timestampsMillis[count] = timestampMillis;
        valuesBits[count++] = valueBits;
    }

    int labelStart(int exemplar) {
        return exemplar == 0 ? 0 : labelEnds[exemplar - 1];
    }

    int labelEnd(int exemplar) {
        return labelEnds[exemplar];
    }

    long timestampMillis(int exemplar) {
        return timestampsMillis[exemplar];
    }

    long valueBits(int exemplar) {
        return valuesBits[exemplar];
    }

    long retainedBytes() {
        return 4L * labelEnds.length + 8L * (timestampsMillis.length + valuesBits.length);
    }
}
