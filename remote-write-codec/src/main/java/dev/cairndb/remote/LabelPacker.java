package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import org.jspecify.annotations.Nullable;

/**
 * Brings labels into the stored form: ascending by name, without empty values, for each label {@code uvarint length,
 * name, uvarint length, value}. Nothing is appended if there is a problem. Not thread-safe, because lists are not.
 */
final class LabelPacker {
    /** The bytes of {@code __name__}. */
    private static final long METRIC_NAME = 0x5F5F6E616D655F5FL;

    private LabelPacker() {}

    /** The labels of a series: there must be a metric name, and no name twice even if a value is empty. */
    static @Nullable LabelProblem packSeries(LabelList labels, byte[] bytes, int from, int to, ByteWriter target) {
        LabelProblem problem = checkEach(labels, bytes, from, to);
        if (problem != null) {
            return problem;
        }
        return hasMetricName(labels, bytes, from, to)
                ? pack(labels, bytes, from, to, target, true)
                : LabelProblem.NO_METRIC_NAME;
    }

    /** The labels of an exemplar: any number of them, and what is empty does not count. */
    static @Nullable LabelProblem packExemplar(LabelList labels, byte[] bytes, int from, int to, ByteWriter target) {
        LabelProblem problem = checkEach(labels, bytes, from, to);
        return problem != null ? problem : pack(labels, bytes, from, to, target, false);
    }

    private static @Nullable LabelProblem checkEach(LabelList labels, byte[] bytes, int from, int to) {
        for (int label = from; label < to; label++) {
            if (labels.nameLength(label) == 0) {
                return LabelProblem.EMPTY_NAME;
            }
            if (!labels.isUtf8(bytes, label)) {
                return LabelProblem.INVALID_UTF8;
            }
        }
        return null;
    }

    private static boolean hasMetricName(LabelList labels, byte[] bytes, int from, int to) {
        boolean named = false;
        for (int label = from; label < to; label++) {
            if (labels.nameLength(label) == 8 && BigEndian.getLong(bytes, labels.nameOffset(label)) == METRIC_NAME) {
                if (labels.valueLength(label) == 0) {
                    return false;
                }
                named = true;
            }
        }
        return named;
    }

    private static @Nullable LabelProblem pack(
            LabelList labels, byte[] bytes, int from, int to, ByteWriter target, boolean emptyOnesCount) {
        if (labels.isSorted(bytes, from, to)) {
            for (int label = from; label < to; label++) {
                put(labels, bytes, label, target);
            }
            return null;
        }
        labels.sort(bytes, from, to);
        int before = -1;
        for (int rank = 0; rank < to - from; rank++) {
            int label = labels.ordered(rank);
            if (labels.valueLength(label) == 0 && !emptyOnesCount) {
                continue;
            }
            if (before >= 0 && labels.compareNames(bytes, before, label) == 0) {
                return LabelProblem.DUPLICATE_NAME;
            }
            before = label;
        }
        for (int rank = 0; rank < to - from; rank++) {
            put(labels, bytes, labels.ordered(rank), target);
        }
        return null;
    }

    private static void put(LabelList labels, byte[] bytes, int label, ByteWriter target) {
        int nameLength = labels.nameLength(label);
        int valueLength = labels.valueLength(label);
        if (valueLength > 0) {
            target.putUvarint(nameLength);
            target.putBytes(bytes, labels.nameOffset(label), nameLength);
            target.putUvarint(valueLength);
            target.putBytes(bytes, labels.valueOffset(label), valueLength);
        }
    }
}
