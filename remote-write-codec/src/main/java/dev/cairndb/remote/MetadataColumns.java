package dev.cairndb.remote;

import java.util.Arrays;
import java.util.BitSet;

/** Metadata of a request: a type, and where its texts lie. Not thread-safe. */
final class MetadataColumns {
    static final int SERIES = 0;
    static final int TYPE = 1;
    static final int FAMILY_OFFSET = 2;
    static final int FAMILY_LENGTH = 3;
    static final int UNIT_OFFSET = 4;
    static final int UNIT_LENGTH = 5;
    static final int HELP_OFFSET = 6;
    static final int HELP_LENGTH = 7;
    private static final int STRIDE = 8;

    private int[] cells = {};
    private int count;

    int count() {
        return count;
    }

    void clear() {
        count = 0;
    }

    /** Adds an entry in which all but the series is zero, and returns its number. */
    int add(int series) {
        int at = count * STRIDE;
        if (at == cells.length) {
            cells = Arrays.copyOf(cells, Math.max(STRIDE, at * 2));
        }
        Arrays.fill(cells, at, at + STRIDE, 0);
        cells[at + SERIES] = series;
        return count++;
    }

    void setType(int metadata, int type) {
        cells[metadata * STRIDE + TYPE] = type;
    }

    void set(int metadata, int offsetColumn, int offset, int length) {
        cells[metadata * STRIDE + offsetColumn] = offset;
        cells[metadata * STRIDE + offsetColumn + 1] = length;
    }

    /**
     * Makes offsets of the references that stand in their place. An entry with one that leads nowhere goes, and its
     * series is noted.
     */
    void resolve(SymbolTable symbols, BitSet seriesWithBadMetadata) {
        int kept = 0;
        for (int entry = 0; entry < count; entry++) {
            int unit = get(entry, UNIT_OFFSET);
            int help = get(entry, HELP_OFFSET);
            if (!symbols.has(unit) || !symbols.has(help)) {
                seriesWithBadMetadata.set(get(entry, SERIES));
                continue;
            }
            System.arraycopy(cells, entry * STRIDE, cells, kept * STRIDE, STRIDE);
            set(kept, UNIT_OFFSET, symbols.offset(unit), symbols.length(unit));
            set(kept, HELP_OFFSET, symbols.offset(help), symbols.length(help));
            kept++;
        }
        count = kept;
    }

    int get(int metadata, int column) {
        return cells[metadata * STRIDE + column];
    }

    long retainedBytes() {
        return 4L * cells.length;
    }
}
