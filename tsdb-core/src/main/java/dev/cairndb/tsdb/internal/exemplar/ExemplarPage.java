package dev.cairndb.tsdb.internal.exemplar;

import dev.cairndb.io.ByteWriter;

/** {@link #SIZE} exemplars that follow each other, as columns, and the bytes of their labels. Used again and again. */
final class ExemplarPage {
    static final int BITS = 8;
    static final int SIZE = 1 << BITS;

    private static final int COLUMN_BYTES = SIZE * (3 * Long.BYTES + 2 * Integer.BYTES);
    private static final int LABEL_BYTES_FIRST = 4096;
    /** A page that once had many long labels does not keep their memory for ever. */
    private static final int LABEL_BYTES_KEPT_MAX = 32 * 1024;

    final long[] timestampsMillis = new long[SIZE];
    final long[] valueBits = new long[SIZE];
    /** The number of the exemplar of the same series before this one, -1 if there was none. */
    final long[] previous = new long[SIZE];
    /** Place of the series in the {@link ExemplarSeriesTable}. */
    final int[] series = new int[SIZE];

    private final int[] labelEnds = new int[SIZE];
    private ByteWriter labels = new ByteWriter(LABEL_BYTES_FIRST);

    /** Before the page takes its first exemplar again. */
    void clear() {
        if (labels.array().length > LABEL_BYTES_KEPT_MAX) {
            labels = new ByteWriter(LABEL_BYTES_FIRST);
        }
        labels.clear();
    }

    /** Sets the labels of the exemplar at a place; places are filled in order. */
    void putLabels(int place, byte[] bytes, int offset, int length) {
        labels.putBytes(bytes, offset, length);
        labelEnds[place] = labels.size();
    }

    byte[] labels() {
        return labels.array();
    }

    int labelsOffset(int place) {
        return place == 0 ? 0 : labelEnds[place - 1];
    }

    int labelsLength(int place) {
        return labelEnds[place] - labelsOffset(place);
    }

    long bytesReserved() {
        return (long) COLUMN_BYTES + labels.array().length;
    }
}
