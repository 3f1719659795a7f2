package dev.cairndb.index;

import java.util.Arrays;

/**
 * Puts symbols in the order of their bytes. Most comparisons look at eight bytes that were read once, those behind what
 * all symbols begin with, and not at the table.
 */
final class SymbolOrder {
    private final SymbolTable table;
    private final int[] symbols;
    private final long[] keys;

    private SymbolOrder(int[] symbols, SymbolTable table) {
        this.table = table;
        this.symbols = symbols;
        keys = new long[symbols.length];
    }

    /** A new array of the symbols in byte order, each once. */
    static int[] sorted(int[] symbols, SymbolTable table) {
        SymbolOrder order = new SymbolOrder(symbols, table);
        order.readKeys();
        int[] places = new int[symbols.length];
        Arrays.setAll(places, place -> place);
        order.sort(places, new int[symbols.length]);
        int[] sorted = new int[symbols.length];
        int count = 0;
        for (int place : places) {
            if (count == 0 || sorted[count - 1] != symbols[place]) {
                sorted[count++] = symbols[place];
            }
        }
        return Arrays.copyOf(sorted, count);
    }

    private void readKeys() {
        if (symbols.length == 0) {
            return;
        }
        byte[] first = table.copyOf(symbols[0]);
        int common = first.length;
        byte[] bytes = new byte[128];
        for (int symbol : symbols) {
            int length = table.copyIfFits(symbol, bytes);
            if (length > bytes.length) {
                bytes = table.copyOf(symbol);
            }
            int different = Arrays.mismatch(first, 0, common, bytes, 0, Math.min(common, length));
            common = different < 0 ? Math.min(common, length) : different;
        }
        for (int i = 0; i < symbols.length; i++) {
            int length = table.copyIfFits(symbols[i], bytes);
            if (length > bytes.length) {
                bytes = table.copyOf(symbols[i]);
            }
            for (int at = common; at < common + Long.BYTES; at++) {
                // A value that ends here comes before one that goes on, unless that goes on with zeros: then bytes
                // decide.
                keys[i] = keys[i] << 8 | (at < length ? bytes[at] & 0xFF : 0);
            }
        }
    }

    private boolean isAfter(int a, int b) {
        int order = Long.compareUnsigned(keys[a], keys[b]);
        return (order != 0 ? order : table.compare(symbols[a], symbols[b])) > 0;
    }

    /** Merges runs from the bottom up. */
    private void sort(int[] places, int[] scratch) {
        int[] from = places;
        int[] to = scratch;
        for (int width = 1; width < places.length; width = width > places.length / 2 ? places.length : 2 * width) {
            for (int start = 0; start < places.length; ) {
                int middle = Math.min(places.length - start, width) + start;
                int end = Math.min(places.length - middle, width) + middle;
                merge(from, start, middle, end, to);
                start = end;
            }
            int[] merged = to;
            to = from;
            from = merged;
        }
        if (from != places) {
            System.arraycopy(from, 0, places, 0, places.length);
        }
    }

    private void merge(int[] from, int start, int middle, int end, int[] to) {
        int left = start;
        int right = middle;
        for (int at = start; at < end; at++) {
            boolean takeRight = left == middle || right < end && isAfter(from[left], from[right]);
            to[at] = takeRight ? from[right++] : from[left++];
        }
    }
}
