package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.Varint;
import dev.cairndb.remote.RemoteWriteRequest;
import java.util.Arrays;

/**
 * The series of one version 2 request as lists of the store's symbols, in the bytes in which rows hold them: each
 * symbol of the request is looked for once, however many labels refer to it. Two series with the same list have the
 * same labels, as long as the epoch pin is held under which the symbols were found. Reused; not thread-safe.
 */
final class RequestSymbols {
    private static final int LENGTH_MASK = 0xFF;

    /**
     * Of each symbol the bytes that stand for it, the first one highest, and in the lowest how many; 0 if it is
     * unknown.
     */
    private long[] encoded = new long[0];

    private final byte[] varint = new byte[Long.BYTES + Varint.MAX_BYTES];

    /** The lists, one behind the other. There is room for a word behind the last one. */
    private byte[] bytes = new byte[0];

    /** Where the list of each series starts, and the last one ends. */
    private int[] starts = new int[1];

    /** Looks for all symbols. The caller holds an epoch pin, under which alone the rest is of use. */
    void find(RemoteWriteRequest request, SymbolTable symbols) {
        int count = request.symbolCount();
        if (encoded.length < count) {
            encoded = new long[Math.max(count, encoded.length * 2)];
        }
        byte[] source = request.bytes();
        for (int i = 0; i < count; i++) {
            int symbol = symbols.find(source, request.symbolOffset(i), request.symbolLength(i));
            encoded[i] = symbol == SymbolTable.NONE ? 0 : encode(symbol);
        }
    }

    private long encode(int symbol) {
        BigEndian.putLong(varint, 0, 0);
        int length = Varint.putUvarint(varint, 0, symbol);
        return BigEndian.getLong(varint, 0) | length;
    }

    /** Makes the lists of all series; one with a symbol that is unknown has none. */
    void list(RemoteWriteRequest request) {
        int seriesCount = request.seriesCount();
        if (starts.length <= seriesCount) {
            starts = new int[Math.max(seriesCount + 1, starts.length * 2)];
        }
        int[] refs = request.labelRefs();
        int at = 0;
        for (int series = 0; series < seriesCount; series++) {
            starts[series] = at;
            int from = request.labelRefsStart(series);
            if (from >= 0) {
                at = list(refs, from, request.labelRefsEnd(series), at);
            }
        }
        starts[seriesCount] = at;
    }

    private int list(int[] refs, int from, int to, int start) {
        long room = start + (to - from) * 5L + Long.BYTES;
        if (room > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 16, Math.max(room, bytes.length * 2L)));
        }
        byte[] target = bytes;
        long[] symbols = encoded;
        int at = start;
        for (int i = from; i < to; i++) {
            long symbol = symbols[refs[i]];
            if (symbol == 0) {
                return start;
            }
            // What is behind its last byte is overwritten by the next one.
            BigEndian.putLong(target, at, symbol);
            at += (int) symbol & LENGTH_MASK;
        }
        return at;
    }

    byte[] bytes() {
        return bytes;
    }

    int start(int series) {
        return starts[series];
    }

    /** The start of a series without a list. */
    int end(int series) {
        return starts[series + 1];
    }

    long retainedBytes() {
        return 8L * encoded.length + bytes.length + 4L * starts.length;
    }
}
