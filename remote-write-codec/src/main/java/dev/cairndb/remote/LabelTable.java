package dev.cairndb.remote;

import java.util.Arrays;

/**
 * Labels as offsets and lengths. It is used for all labels of a version 1 request and for those of the series an
 * encoder is building. Not thread-safe.
 */
final class LabelTable extends LabelList {
    private static final int STRIDE = 4;

    /** Name offset, name length, value offset, value length of each label. */
    private int[] cells;

    private int size;

    LabelTable(int initialCapacity) {
        cells = new int[initialCapacity * STRIDE];
    }

    @Override
    int size() {
        return size;
    }

    @Override
    void clear() {
        size = 0;
    }

    @Override
    long retainedBytes() {
        return super.retainedBytes() + 4L * cells.length;
    }

    void add(int nameOffset, int nameLength, int valueOffset, int valueLength) {
        int at = size * STRIDE;
        if (at == cells.length) {
            cells = Arrays.copyOf(cells, Math.max(STRIDE, at * 2));
        }
        cells[at] = nameOffset;
        cells[at + 1] = nameLength;
        cells[at + 2] = valueOffset;
        cells[at + 3] = valueLength;
        size++;
    }

    @Override
    int nameOffset(int label) {
        return cells[label * STRIDE];
    }

    @Override
    int nameLength(int label) {
        return cells[label * STRIDE + 1];
    }

    @Override
    int valueOffset(int label) {
        return cells[label * STRIDE + 2];
    }

    @Override
    int valueLength(int label) {
        return cells[label * STRIDE + 3];
    }

    @Override
    boolean isUtf8(byte[] bytes, int label) {
        return Utf8.isValid(bytes, nameOffset(label), nameLength(label))
                && Utf8.isValid(bytes, valueOffset(label), valueLength(label));
    }
}
