package dev.cairndb.tsdb.internal.compact;

import dev.cairndb.index.IndexReader;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The strings of several blocks in byte order, each once. Not thread-safe; its bytes are valid until the next step. */
final class MergedSymbols {
    private static final Comparator<IndexReader.SymbolCursor> BY_BYTES = MergedSymbols::compare;

    private final PriorityQueue<IndexReader.SymbolCursor> waiting;
    /** Those that stand at the present string. */
    private final List<IndexReader.SymbolCursor> present = new ArrayList<>();

    MergedSymbols(List<Block> blocks) throws CorruptionException {
        waiting = new PriorityQueue<>(blocks.size(), BY_BYTES);
        for (Block block : blocks) {
            present.add(block.index().symbols());
        }
    }

    boolean next() throws CorruptionException {
        for (IndexReader.SymbolCursor cursor : present) {
            if (cursor.next()) {
                waiting.add(cursor);
            }
        }
        present.clear();
        IndexReader.SymbolCursor first = waiting.poll();
        if (first == null) {
            return false;
        }
        present.add(first);
        for (IndexReader.SymbolCursor other = waiting.peek();
                other != null && compare(other, first) == 0;
                other = waiting.peek()) {
            present.add(waiting.remove());
        }
        return true;
    }

    byte[] array() {
        return present.get(0).array();
    }

    int offset() {
        return present.get(0).offset();
    }

    int length() {
        return present.get(0).length();
    }

    private static int compare(IndexReader.SymbolCursor a, IndexReader.SymbolCursor b) {
        return Arrays.compareUnsigned(
                a.array(), a.offset(), a.offset() + a.length(), b.array(), b.offset(), b.offset() + b.length());
    }
}
