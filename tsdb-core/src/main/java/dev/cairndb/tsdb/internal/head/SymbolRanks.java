package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.util.BitSet;
import java.util.function.IntConsumer;

/**
 * The strings that the labels of some rows consist of, numbered from 0 in byte order, as the index of a block numbers
 * them: who has these numbers compares and writes labels without looking at a byte of them. Used under an epoch pin;
 * immutable but for the memory that {@link #forEach} uses.
 */
final class SymbolRanks implements IntOrder.Comparison {
    private final SymbolTable symbols;
    /** In the order of their bytes. */
    private final int[] ids;
    /** For each id, as far as it is one of them. */
    private final int[] ranks;

    private SymbolRanks(SymbolTable symbols, int[] ids, int idsEnd) {
        this.symbols = symbols;
        this.ids = ids;
        ranks = new int[idsEnd];
        int rank = -1;
        int last = SymbolTable.NONE;
        for (int id : ids) {
            // A text may have two symbols: one of a removed row that is still to be cut, one of a new row.
            rank += last == SymbolTable.NONE || symbols.compare(last, id) != 0 ? 1 : 0;
            ranks[id] = rank;
            last = id;
        }
    }

    static SymbolRanks of(PostingList selected, RowLabels labels) {
        BitSet used = new BitSet();
        IntConsumer use = used::set;
        for (PostingCursor slots = selected.cursor(); slots.next(); ) {
            labels.forEachSymbol(slots.id(), use);
        }
        int[] ids = new int[used.cardinality()];
        for (int i = 0, id = used.nextSetBit(0); i < ids.length; i++, id = used.nextSetBit(id + 1)) {
            ids[i] = id;
        }
        SymbolTable symbols = labels.symbols();
        IntOrder.sort(ids, symbols::compare);
        return new SymbolRanks(symbols, ids, used.length());
    }

    /** The number of a symbol that the rows have. */
    int of(int symbol) {
        return ranks[symbol];
    }

    @Override
    public int compare(int symbolA, int symbolB) {
        return ranks[symbolA] - ranks[symbolB];
    }

    /** Shows the strings, each once, in byte order. */
    void forEach(Head.SymbolVisitor visitor) throws IOException {
        ByteWriter text = new ByteWriter(128);
        int rank = -1;
        for (int id : ids) {
            if (ranks[id] != rank) {
                rank = ranks[id];
                text.clear();
                text.size(symbols.length(id));
                symbols.copyTo(id, text.array(), 0);
                visitor.symbol(text.array(), 0, text.size());
            }
        }
    }
}
