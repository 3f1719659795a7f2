package dev.cairndb.index;

import dev.cairndb.io.MappedFile;
import java.io.IOException;

/** Walks the series section of an index that is being written and shows references and labels. Not thread-safe. */
final class SeriesScan {
    private static final int BUFFER_BYTES = 1 << 16;

    private final MappedCursor bytes;
    private final long start;
    private final long end;
    private int ref;
    private int labelCount;
    private int[] labels = new int[64];

    SeriesScan(String file, MappedFile mapped, long start, long end) {
        bytes = new MappedCursor(file, mapped, BUFFER_BYTES);
        this.start = start;
        this.end = end;
    }

    void start() {
        bytes.range(start, end);
    }

    boolean next() throws IOException {
        long unaligned = bytes.position() % IndexFormat.SERIES_ALIGNMENT_BYTES;
        bytes.skip(unaligned == 0 || bytes.remaining() == 0 ? 0 : IndexFormat.SERIES_ALIGNMENT_BYTES - unaligned);
        if (bytes.remaining() == 0) {
            return false;
        }
        ref = (int) (bytes.position() / IndexFormat.SERIES_ALIGNMENT_BYTES);
        long size = bytes.readUvarint();
        long contentEnd = bytes.position() + size;
        labelCount = (int) bytes.readUvarint();
        if (2 * labelCount > labels.length) {
            labels = new int[4 * labelCount];
        }
        for (int i = 0; i < 2 * labelCount; i++) {
            labels[i] = (int) bytes.readUvarint();
        }
        bytes.skip(contentEnd + Integer.BYTES - bytes.position());
        return true;
    }

    int ref() {
        return ref;
    }

    int labelCount() {
        return labelCount;
    }

    int name(int label) {
        return labels[2 * label];
    }

    int value(int label) {
        return labels[2 * label + 1];
    }

    /** The symbol of the value of a name, -1 if the series does not have it. */
    int valueOf(int name) {
        for (int i = 0; i < labelCount; i++) {
            if (labels[2 * i] == name) {
                return labels[2 * i + 1];
            }
        }
        return -1;
    }
}
