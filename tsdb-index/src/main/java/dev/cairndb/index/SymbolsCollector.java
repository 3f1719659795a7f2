package dev.cairndb.index;

import java.io.IOException;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * Gathers the strings of label sets in byte order, for callers that know series and not symbols. It keeps an object per
 * string: stores with millions of them hand sorted symbols to {@link IndexWriter#addSymbol} themselves. Not
 * thread-safe.
 */
public final class SymbolsCollector {
    private final TreeSet<byte[]> symbols = new TreeSet<>(Arrays::compareUnsigned);

    /** Adds the names and values of packed labels. */
    public void add(byte[] packed, int offset, int length) {
        int end = offset + length;
        for (int at = offset; at < end; at = PackedLabels.stringEnd(packed, at)) {
            addSymbol(packed, PackedLabels.stringStart(packed, at), PackedLabels.stringLength(packed, at));
        }
    }

    public void add(Labels labels) {
        add(labels.packed(), 0, labels.packed().length);
    }

    public void addSymbol(byte[] bytes, int offset, int length) {
        symbols.add(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    public int count() {
        return symbols.size();
    }

    void writeTo(IndexWriter writer) throws IOException {
        for (byte[] symbol : symbols) {
            writer.addSymbol(symbol, 0, symbol.length);
        }
    }
}
