package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.Varint;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the symbols of label sets, or makes them, and takes a reference of each. Series that come one after the other
 * have mostly the same names and many of the same values: the last label of a name is kept with its symbols, and only
 * what differs from it is hashed and looked up. For one thread at a time.
 */
final class LabelInterner {
    /** More names than most series have together; two that share a place take it from each other. */
    private static final int PLACES = 128;

    private final SymbolTable symbols;
    private final @Nullable Label[] labels = new Label[PLACES];
    private int[] found = new int[32];

    /** A label, packed. */
    private static final class Label {
        private byte[] packed = new byte[0];
        private int length;
        private int nameLength;
        private int name;
        private int value;

        boolean isAt(byte[] source, int offset, int end) {
            return length > 0
                    && length <= end - offset
                    && Arrays.equals(packed, 0, length, source, offset, offset + length);
        }

        boolean hasName(byte[] source, int offset, int end) {
            return Arrays.equals(packed, 0, nameLength, source, offset, end);
        }

        void set(byte[] source, int offset, int nameEnd, int end, int nameSymbol, int valueSymbol) {
            length = end - offset;
            if (packed.length < length) {
                packed = new byte[Math.max(length, 2 * packed.length)];
            }
            System.arraycopy(source, offset, packed, 0, length);
            nameLength = nameEnd - offset;
            name = nameSymbol;
            value = valueSymbol;
        }
    }

    LabelInterner(SymbolTable symbols) {
        this.symbols = symbols;
    }

    /** Returns how many symbols the set has. */
    int intern(byte[] packed, int offset, int length) {
        int end = offset + length;
        int count = 0;
        for (int at = offset; at < end; ) {
            Label label = label(packed, at);
            if (label.isAt(packed, at, end)) {
                symbols.acquire(label.name);
                symbols.acquire(label.value);
            } else {
                lookUp(label, packed, at);
            }
            if (count == found.length) {
                found = Arrays.copyOf(found, 2 * count);
            }
            found[count++] = label.name;
            found[count++] = label.value;
            at += label.length;
        }
        return count;
    }

    /** The last label of the name that is here, or of another one; an empty one if there was none. */
    private Label label(byte[] packed, int at) {
        // The last byte of a name, or at least one that is in the label for sure.
        int last = at + (packed[at] & 0x7F);
        int hash = (packed[at] * 31 + packed[at + 1]) * 31 + packed[last];
        int place = (hash ^ hash >> 7) & PLACES - 1;
        Label label = labels[place];
        if (label == null) {
            label = new Label();
            labels[place] = label;
        }
        return label;
    }

    private void lookUp(Label label, byte[] packed, int at) {
        long nameText = Varint.readUvarintInt(packed, at);
        int nameAt = (int) (nameText >>> 32);
        int nameEnd = nameAt + (int) nameText;
        long valueText = Varint.readUvarintInt(packed, nameEnd);
        int valueAt = (int) (valueText >>> 32);
        int name;
        if (label.hasName(packed, at, nameEnd)) {
            name = label.name;
            symbols.acquire(name);
        } else {
            name = symbols.intern(packed, nameAt, (int) nameText);
        }
        int value = symbols.intern(packed, valueAt, (int) valueText);
        label.set(packed, at, nameEnd, valueAt + (int) valueText, name, value);
    }

    /** One of those of the last set: names and values in turn. */
    int symbol(int index) {
        return found[index];
    }

    /** To be called before references are given back: the symbols of labels that are kept may go with them. */
    void forget() {
        Arrays.fill(labels, null);
    }
}
