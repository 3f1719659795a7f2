package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.BigEndian;
import java.util.Arrays;

/**
 * Label bytes of a series, as senders write them, by what differs from those of another series, the base. Series that
 * follow each other in a request are mostly of one target and share most labels, so this takes less; and
 * all bytes can be compared without putting them together first.
 *
 * <p>Steps follow each other until all bytes are there: 2 bytes with the offset in the base, 2 with the number of bytes
 * that are the same there, 2 with the number of bytes that are not, and these.
 */
final class LabelDifference {
    /** Of series and base, so that two bytes hold an offset or a length. */
    static final int LABEL_BYTES_MAX = (1 << 16) - 1;

    private static final int STEP_BYTES = 6;
    /** Field 1 of a series in remote write, a message. */
    private static final byte LABEL_TAG = 0x0A;

    private final byte[] labels;
    private final byte[] entries;
    private final int baseFrom;
    private final int sizeMax;
    private final int start;
    private int at;

    private int copyFrom;
    private int copyLength;
    private int literalFrom;
    private int literalLength;

    private LabelDifference(byte[] labels, byte[] entries, int baseFrom, int at, int sizeMax) {
        this.labels = labels;
        this.entries = entries;
        this.baseFrom = baseFrom;
        this.at = at;
        start = at;
        this.sizeMax = sizeMax;
    }

    /**
     * Writes the labels at {@code from} to {@code to} at {@code at} of the entries, which hold the base too. Returns how
     * many bytes that took, or -1 if it is more than {@code sizeMax}, or they are not written as labels.
     */
    static int write(byte[] labels, int from, int to, byte[] entries, int baseFrom, int baseTo, int at, int sizeMax) {
        return new LabelDifference(labels, entries, baseFrom, at, sizeMax).write(from, to, baseTo);
    }

    private int write(int from, int to, int baseTo) {
        int baseAt = baseFrom;
        copyFrom = baseFrom;
        literalFrom = from;
        for (int label = from; label < to; ) {
            int end = endOfLabel(labels, label, to);
            if (end < 0) {
                return -1;
            }
            int same = find(baseAt, baseTo, label, end);
            if (same < 0) {
                literalLength += end - label;
                if (literalLength > sizeMax) {
                    return -1;
                }
            } else {
                if (literalLength > 0 || copyFrom + copyLength != same) {
                    if (!step()) {
                        return -1;
                    }
                    copyFrom = same;
                }
                copyLength += end - label;
                literalFrom = end;
                baseAt = same + (end - label);
            }
            label = end;
        }
        return step() ? at - start : -1;
    }

    /** Where the base has the label, from a label of it on; -1 if nowhere. */
    private int find(int baseAt, int baseTo, int label, int end) {
        for (int other = baseAt; other < baseTo; ) {
            int otherEnd = endOfLabel(entries, other, baseTo);
            if (otherEnd < 0) {
                return -1;
            }
            if (otherEnd - other == end - label && Arrays.equals(entries, other, otherEnd, labels, label, end)) {
                return other;
            }
            other = otherEnd;
        }
        return -1;
    }

    private static int endOfLabel(byte[] bytes, int at, int to) {
        if (bytes[at] != LABEL_TAG) {
            return -1;
        }
        int length = 0;
        int shift = 0;
        for (int i = at + 1; i < to && shift <= 14; i++, shift += 7) {
            length |= (bytes[i] & 0x7F) << shift;
            if (bytes[i] >= 0) {
                int end = i + 1 + length;
                return end <= to ? end : -1;
            }
        }
        return -1;
    }

    /** Writes the step so far, unless nothing is in it. */
    private boolean step() {
        if (copyLength + literalLength == 0) {
            return true;
        }
        if (at - start + STEP_BYTES + literalLength > sizeMax) {
            return false;
        }
        BigEndian.putShort(entries, at, copyFrom - baseFrom);
        BigEndian.putShort(entries, at + 2, copyLength);
        BigEndian.putShort(entries, at + 4, literalLength);
        System.arraycopy(labels, literalFrom, entries, at + STEP_BYTES, literalLength);
        at += STEP_BYTES + literalLength;
        copyLength = 0;
        literalLength = 0;
        return true;
    }

    /**
     * Whether what was written at {@code at} are the labels at {@code from} to {@code to}, of the same length. False, not
     * an exception, where something else stands: who guesses a place may not see yet what was written there.
     */
    static boolean isOf(byte[] labels, int from, int to, byte[] entries, int baseFrom, int at) {
        int label = from;
        int step = at;
        while (label < to) {
            if (step + STEP_BYTES > entries.length) {
                return false;
            }
            int copied = baseFrom + BigEndian.getUnsignedShort(entries, step);
            int copiedEnd = copied + BigEndian.getUnsignedShort(entries, step + 2);
            int literal = step + STEP_BYTES;
            int literalEnd = literal + BigEndian.getUnsignedShort(entries, step + 4);
            int between = label + (copiedEnd - copied);
            int end = between + (literalEnd - literal);
            if (end == label
                    || end > to
                    || Math.max(copiedEnd, literalEnd) > entries.length
                    || !Arrays.equals(entries, copied, copiedEnd, labels, label, between)
                    || !Arrays.equals(entries, literal, literalEnd, labels, between, end)) {
                return false;
            }
            label = end;
            step = literalEnd;
        }
        return true;
    }
}
