package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.Varint;
import java.util.Arrays;

/**
 * Finds the symbols of label sets, or makes them, and takes a reference of each. Series that come one after the other
 * have mostly the same names and many of the same values: a set is held against the one before, and only what differs
 * is hashed and looked up. For one thread at a time.
 */
final class LabelInterner {
    private final SymbolTable symbols;
    private LabelSet present = new LabelSet();
    private LabelSet before = new LabelSet();

    /** Names and values in turn, as texts in the packed bytes, with their symbols. */
    private static final class LabelSet {
        private byte[] packed = new byte[0];
        private int[] starts = new int[0];
        private int[] ends = starts;
        private int[] symbols = starts;
        /** Texts that have their symbols. */
        private int count;

        /** Returns how many texts there are. */
        int take(byte[] source, int offset, int length) {
            if (packed.length < length) {
                packed = new byte[Math.max(length, 2 * packed.length)];
            }
            System.arraycopy(source, offset, packed, 0, length);
            count = 0;
            int texts = 0;
            int at = 0;
            while (at < length) {
                long text = Varint.readUvarintInt(packed, at);
                at = (int) (text >>> 32);
                if (texts == starts.length) {
                    resize(Math.max(16, 2 * texts));
                }
                starts[texts] = at;
                at += (int) text;
                ends[texts++] = at;
            }
            return texts;
        }

        private void resize(int size) {
            starts = Arrays.copyOf(starts, size);
            ends = Arrays.copyOf(ends, size);
            symbols = Arrays.copyOf(symbols, size);
        }

        int compare(int text, LabelSet other, int otherText) {
            return Arrays.compareUnsigned(
                    packed, starts[text], ends[text], other.packed, other.starts[otherText], other.ends[otherText]);
        }

        boolean has(int text, LabelSet other, int otherText) {
            return Arrays.equals(
                    packed, starts[text], ends[text], other.packed, other.starts[otherText], other.ends[otherText]);
        }
    }

    LabelInterner(SymbolTable symbols) {
        this.symbols = symbols;
    }

    /** Returns how many symbols the set has. */
    int intern(byte[] packed, int offset, int length) {
        LabelSet next = before;
        before = present;
        present = next;
        int texts = next.take(packed, offset, length);
        int known = 0;
        for (int name = 0; name < texts; name += 2) {
            known = atOrBehind(known, next, name);
            if (known < before.count && before.has(known, next, name)) {
                next.symbols[name] = again(before.symbols[known]);
                next.symbols[name + 1] = before.has(known + 1, next, name + 1)
                        ? again(before.symbols[known + 1])
                        : lookUp(next, name + 1);
            } else {
                next.symbols[name] = lookUp(next, name);
                next.symbols[name + 1] = lookUp(next, name + 1);
            }
        }
        next.count = texts;
        return texts;
    }

    /** Where in the set before, from a place on, the name is if it is there: names ascend. */
    private int atOrBehind(int from, LabelSet set, int name) {
        int at = from;
        while (at < before.count && before.compare(at, set, name) < 0) {
            at += 2;
        }
        return at;
    }

    private int again(int symbol) {
        symbols.acquire(symbol);
        return symbol;
    }

    private int lookUp(LabelSet set, int text) {
        return symbols.intern(set.packed, set.starts[text], set.ends[text] - set.starts[text]);
    }

    /** One of those of the last set: names and values in turn. */
    int symbol(int index) {
        return present.symbols[index];
    }

    /** To be called before references are given back: the symbols of the last set may go with them. */
    void forget() {
        present.count = 0;
    }
}
