package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The labels of rows: the symbols of names and values, and for each row a block with the numbers of its own, name and
 * value in turn. Whoever reads takes no lock, but holds an epoch pin that is older than the row's removal. One thread
 * at a time changes them: the methods that say so are for the holder of the registry's lock.
 */
final class RowLabels {
    private static final byte[] NAME_LABEL = "__name__".getBytes(StandardCharsets.UTF_8);

    private final Rows rows;
    private final Slab blocks = new Slab();
    private final SymbolTable symbols = new SymbolTable();
    private final IntOrder.Comparison byBytes = symbols::compare;

    // The labels at hand of the one who changes them.
    private final LabelInterner interner = new LabelInterner(symbols);
    private final ByteWriter encoded = new ByteWriter(128);
    private int[] pairs = new int[64];

    RowLabels(Rows rows) {
        this.rows = rows;
    }

    SymbolTable symbols() {
        return symbols;
    }

    // ---- for everybody ----------------------------------------------------------------------------------------------

    /** Whether the row's labels are these, byte for byte. */
    boolean equal(int slot, byte[] packed, int offset, int length) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        byte[] bytes = blocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        int wanted = offset;
        int wantedEnd = offset + length;
        while (at < end && wanted < wantedEnd) {
            long symbol = Varint.readUvarintInt(bytes, at);
            long text = Varint.readUvarintInt(packed, wanted);
            at = behind(symbol);
            wanted = behind(text);
            if (!symbols.equals((int) symbol, packed, wanted, (int) text)) {
                return false;
            }
            wanted += (int) text;
        }
        return at == end && wanted == wantedEnd;
    }

    /** Whether the row has these symbols, in the bytes in which blocks hold them. */
    boolean hasSymbols(int slot, byte[] list, int from, int to) {
        Rows.Page page = rows.page(slot);
        int length = page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        if (length == 0 || length != to - from) {
            return false;
        }
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        int at = Slab.offset(block);
        return Arrays.equals(blocks.bytes(block), at, at + length, list, from, to);
    }

    /** A hash of the row's symbols, in those bytes. */
    long symbolsHash(int slot, LabelHash hash) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        int length = page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        return hash.of(blocks.bytes(block), Slab.offset(block), length);
    }

    /** Writes the row's packed labels to {@code target}. */
    void pack(int slot, ByteWriter target) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        byte[] bytes = blocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        while (at < end) {
            long symbol = Varint.readUvarintInt(bytes, at);
            at = behind(symbol);
            int length = symbols.length((int) symbol);
            target.putUvarint(length);
            target.ensure(length);
            symbols.copyTo((int) symbol, target.array(), target.size());
            target.size(target.size() + length);
        }
    }

    /** Prometheus' order of label sets: name, value, pair by pair, by unsigned bytes; a proper prefix first. */
    int compare(int slotA, int slotB) {
        return compare(slotA, slotB, byBytes);
    }

    /** @param order of symbols that differ: by their bytes, which may be equal even so */
    int compare(int slotA, int slotB, IntOrder.Comparison order) {
        Rows.Page pageA = rows.page(slotA);
        Rows.Page pageB = rows.page(slotB);
        int blockA = pageA.ints[Rows.intAt(slotA, Rows.LABELS)];
        int blockB = pageB.ints[Rows.intAt(slotB, Rows.LABELS)];
        byte[] bytesA = blocks.bytes(blockA);
        byte[] bytesB = blocks.bytes(blockB);
        int atA = Slab.offset(blockA);
        int atB = Slab.offset(blockB);
        int endA = atA + pageA.ints[Rows.intAt(slotA, Rows.LABELS_LENGTH)];
        int endB = atB + pageB.ints[Rows.intAt(slotB, Rows.LABELS_LENGTH)];
        while (atA < endA && atB < endB) {
            long symbolA = Varint.readUvarintInt(bytesA, atA);
            long symbolB = Varint.readUvarintInt(bytesB, atB);
            // A text may have two symbols: one of a removed row that somebody still reads, one of a new row.
            int difference = (int) symbolA == (int) symbolB ? 0 : order.compare((int) symbolA, (int) symbolB);
            if (difference != 0) {
                return difference;
            }
            atA = behind(symbolA);
            atB = behind(symbolB);
        }
        return Boolean.compare(atA < endA, atB < endB);
    }

    /** Shows the row's symbols, name and value in turn. */
    void forEachSymbol(int slot, IntConsumer sink) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        byte[] bytes = blocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        while (at < end) {
            long symbol = Varint.readUvarintInt(bytes, at);
            sink.accept((int) symbol);
            at = behind(symbol);
        }
    }

    /** The symbol of a label set's metric name; {@link SymbolTable#NONE} if it has none, or one that no series has. */
    int metricNameOf(byte[] packed, int offset, int length) {
        int at = offset;
        while (at < offset + length) {
            long name = Varint.readUvarintInt(packed, at);
            int nameAt = behind(name);
            long value = Varint.readUvarintInt(packed, nameAt + (int) name);
            int valueAt = behind(value);
            if (Arrays.equals(packed, nameAt, nameAt + (int) name, NAME_LABEL, 0, NAME_LABEL.length)) {
                return symbols.find(packed, valueAt, (int) value);
            }
            at = valueAt + (int) value;
        }
        return SymbolTable.NONE;
    }

    long symbolBytes() {
        return symbols.sizeBytes();
    }

    long blockBytes() {
        return blocks.bytesReserved();
    }

    // ---- under the lock ---------------------------------------------------------------------------------------------

    /** Takes a label set in hand, with a reference of each symbol; returns how many symbols that are. */
    int intern(byte[] packed, int offset, int length) {
        int count = interner.intern(packed, offset, length);
        encoded.clear();
        for (int i = 0; i < count; i++) {
            int symbol = interner.symbol(i);
            add(i, symbol);
            encoded.putUvarint(symbol);
        }
        return count;
    }

    /** Takes the symbols of a row in hand; returns how many that are. */
    int decode(int slot) {
        int block = rows.getInt(slot, Rows.LABELS);
        byte[] bytes = blocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + rows.getInt(slot, Rows.LABELS_LENGTH);
        int count = 0;
        while (at < end) {
            long symbol = Varint.readUvarintInt(bytes, at);
            at = behind(symbol);
            add(count++, (int) symbol);
        }
        return count;
    }

    private void add(int at, int symbol) {
        if (at == pairs.length) {
            pairs = Arrays.copyOf(pairs, at * 2);
        }
        pairs[at] = symbol;
    }

    /** The symbols at hand: name and value in turn. */
    int[] pairs() {
        return pairs;
    }

    /** The symbol of the metric name at hand; {@link SymbolTable#NONE} if there is none. */
    int metricName(int symbolCount) {
        for (int i = 0; i < symbolCount; i += 2) {
            if (symbols.equals(pairs[i], NAME_LABEL, 0, NAME_LABEL.length)) {
                return pairs[i + 1];
            }
        }
        return SymbolTable.NONE;
    }

    /** A block with the labels that {@link #intern} took in hand. */
    int newBlock() {
        int block = blocks.allocate(encoded.size());
        System.arraycopy(encoded.array(), 0, blocks.bytes(block), Slab.offset(block), encoded.size());
        return block;
    }

    /** Gives a row the block just made for it. */
    void assign(int slot, int block) {
        rows.setInt(slot, Rows.LABELS, block);
        rows.setInt(slot, Rows.LABELS_LENGTH, encoded.size());
    }

    /** Gives a row symbols that have a reference for it, in the bytes in which blocks hold them. */
    void assign(int slot, byte[] list, int offset, int length) {
        int block = blocks.allocate(length);
        System.arraycopy(list, offset, blocks.bytes(block), Slab.offset(block), length);
        rows.setInt(slot, Rows.LABELS, block);
        rows.setInt(slot, Rows.LABELS_LENGTH, length);
    }

    /** Gives back the block of a row that nobody can read any more, and its references of symbols. */
    void free(int slot) {
        releaseSymbols(slot);
        blocks.free(rows.getInt(slot, Rows.LABELS));
    }

    void releaseSymbols(int slot) {
        interner.forget();
        int count = decode(slot);
        for (int i = 0; i < count; i++) {
            symbols.release(pairs[i]);
        }
    }

    /** The offset behind what {@link Varint#readUvarintInt} read. */
    private static int behind(long read) {
        return (int) (read >>> 32);
    }
}
