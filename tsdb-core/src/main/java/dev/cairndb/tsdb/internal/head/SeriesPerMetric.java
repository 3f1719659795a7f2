package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.SymbolTable;

/**
 * How many series of the head have each metric name: a hash table from the name's symbol to a count. A name without
 * series has no entry, so its symbol may be given to another text; the table shrinks when most names are gone. Series
 * without a name are not counted. Not thread-safe.
 */
final class SeriesPerMetric {
    private static final int CELLS_LEAST = 16;

    /** Symbol plus one, 0 for an empty cell, and its count behind it. */
    private int[] cells = new int[2 * CELLS_LEAST];

    private int names;

    int count(int symbol) {
        return symbol == SymbolTable.NONE ? 0 : cells[cellOf(symbol) + 1];
    }

    void add(int symbol) {
        if (symbol == SymbolTable.NONE) {
            return;
        }
        int cell = cellOf(symbol);
        if (cells[cell] == 0) {
            if (++names * 8L > cells.length * 3L) {
                resize(cells.length * 2);
                cell = cellOf(symbol);
            }
            cells[cell] = symbol + 1;
        }
        cells[cell + 1]++;
    }

    void remove(int symbol) {
        if (symbol == SymbolTable.NONE) {
            return;
        }
        int cell = cellOf(symbol);
        if (--cells[cell + 1] == 0) {
            names--;
            clear(cell);
            if (cells.length > 2 * CELLS_LEAST && names * 16L < cells.length) {
                resize(cells.length / 2);
            }
        }
    }

    /** The index of the symbol's cell, or of the empty one where it belongs. */
    private int cellOf(int symbol) {
        int mask = cells.length - 1;
        int at = home(symbol);
        while (cells[at] != 0 && cells[at] != symbol + 1) {
            at = at + 2 & mask;
        }
        return at;
    }

    private int home(int symbol) {
        // The upper bits of the product are the good ones.
        int hash = symbol * 0x9E3779B9;
        return (hash ^ hash >>> 15) << 1 & cells.length - 1;
    }

    /** Empties a cell and moves back those behind it that were pushed on by it. */
    private void clear(int cell) {
        int mask = cells.length - 1;
        int gap = cell;
        for (int at = gap + 2 & mask; cells[at] != 0; at = at + 2 & mask) {
            int distance = at - home(cells[at] - 1) & mask;
            if (distance >= (at - gap & mask)) {
                cells[gap] = cells[at];
                cells[gap + 1] = cells[at + 1];
                gap = at;
            }
        }
        cells[gap] = 0;
        cells[gap + 1] = 0;
    }

    private void resize(int length) {
        int[] old = cells;
        cells = new int[length];
        for (int i = 0; i < old.length; i += 2) {
            if (old[i] != 0) {
                int cell = cellOf(old[i] - 1);
                cells[cell] = old[i];
                cells[cell + 1] = old[i + 1];
            }
        }
    }

    long sizeBytes() {
        return cells.length * 4L;
    }
}
