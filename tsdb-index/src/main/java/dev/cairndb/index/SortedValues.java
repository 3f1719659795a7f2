package dev.cairndb.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The values of a label name in byte order, their bytes one behind the other: what a regex over all values goes along,
 * and where the values with a prefix are found. The bytes are copies of those in the {@link SymbolTable}, where the
 * values of one name lie scattered.
 *
 * <p>Immutable, free for any thread. Values are kept in leaves; to have some more makes new leaves of those they belong
 * to, and shares the rest.
 */
final class SortedValues {
    private static final int LEAF_VALUES_MAX = 512;
    private static final int LEAF_TEXT_BYTES = 32 << 10;
    private static final int LEAF_OBJECT_BYTES = 24 + 3 * 16;

    private final Leaf[] leaves;
    private final long sizeBytes;

    /** Some values that follow each other. */
    private static final class Leaf {
        final byte[] text;
        /** Where each value begins, and where the last one ends. */
        final int[] starts;

        final int[] symbols;

        Leaf(byte[] text, int[] starts, int[] symbols) {
            this.text = text;
            this.starts = starts;
            this.symbols = symbols;
        }

        int length(int value) {
            return starts[value + 1] - starts[value];
        }

        int order(int value, byte[] other, int from, int to) {
            return Arrays.compareUnsigned(text, starts[value], starts[value + 1], other, from, to);
        }

        long sizeBytes() {
            return LEAF_OBJECT_BYTES + text.length + 4L * starts.length + 4L * symbols.length;
        }
    }

    private SortedValues(List<Leaf> leaves) {
        this.leaves = leaves.toArray(new Leaf[0]);
        long sum = 32 + 4L * this.leaves.length;
        for (Leaf leaf : this.leaves) {
            sum += leaf.sizeBytes();
        }
        sizeBytes = sum;
    }

    static SortedValues empty() {
        return new SortedValues(List.of());
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** These and some more, which may be among these already. */
    SortedValues with(int[] more, SymbolTable table) {
        int[] sorted = SymbolOrder.sorted(more, table);
        List<Leaf> result = new ArrayList<>(leaves.length + 1);
        int at = 0;
        for (int i = 0; i < leaves.length; i++) {
            int end = sorted.length;
            if (i + 1 < leaves.length) {
                Leaf next = leaves[i + 1];
                end = at;
                while (end < sorted.length && table.compare(sorted[end], next.text, 0, next.starts[1]) < 0) {
                    end++;
                }
            }
            if (end == at) {
                result.add(leaves[i]);
            } else {
                new Merge(leaves[i], Arrays.copyOfRange(sorted, at, end), table).addTo(result);
            }
            at = end;
        }
        if (leaves.length == 0 && sorted.length > 0) {
            new Merge(new Leaf(new byte[0], new int[1], new int[0]), sorted, table).addTo(result);
        }
        return new SortedValues(result);
    }

    /** Puts more values between those of a leaf. */
    private static final class Merge {
        private final Leaf old;
        private final int[] more;
        private final SymbolTable table;
        private final List<Leaf> target = new ArrayList<>();
        private byte[] text = new byte[1024];
        private int textLength;
        private final int[] starts;
        private final int[] symbols;
        private int count;

        Merge(Leaf old, int[] more, SymbolTable table) {
            this.old = old;
            this.more = more;
            this.table = table;
            // Leaves of about the same size, so that there is room in all of them.
            int all = old.symbols.length + more.length;
            int parts = (all - 1) / LEAF_VALUES_MAX + 1;
            symbols = new int[(all - 1) / parts + 1];
            starts = new int[symbols.length + 1];
        }

        void addTo(List<Leaf> result) {
            int atOld = 0;
            int atMore = 0;
            while (atOld < old.symbols.length || atMore < more.length) {
                int order = order(atOld, atMore);
                if (order <= 0) {
                    add(old.symbols[atOld], old.text, old.starts[atOld], old.length(atOld));
                    atOld++;
                    atMore += order == 0 ? 1 : 0;
                } else {
                    byte[] bytes = table.copyOf(more[atMore]);
                    add(more[atMore++], bytes, 0, bytes.length);
                }
            }
            cut();
            result.addAll(target);
        }

        /** Negative if the old value comes first, or is the only one left; 0 if both are the same. */
        private int order(int atOld, int atMore) {
            if (atOld == old.symbols.length) {
                return 1;
            }
            return atMore == more.length
                    ? -1
                    : -table.compare(more[atMore], old.text, old.starts[atOld], old.length(atOld));
        }

        private void add(int symbol, byte[] bytes, int offset, int length) {
            if (count == symbols.length || count > 0 && textLength + length > LEAF_TEXT_BYTES) {
                cut();
            }
            if (textLength + length > text.length) {
                text = Arrays.copyOf(text, Math.max(textLength + length, 2 * text.length));
            }
            System.arraycopy(bytes, offset, text, textLength, length);
            textLength += length;
            symbols[count++] = symbol;
            starts[count] = textLength;
        }

        private void cut() {
            if (count > 0) {
                target.add(new Leaf(
                        Arrays.copyOf(text, textLength),
                        Arrays.copyOf(starts, count + 1),
                        Arrays.copyOf(symbols, count)));
            }
            count = 0;
            textLength = 0;
        }
    }

    Cursor cursor() {
        return new Cursor();
    }

    /** Walks the values from a prefix on: {@link #seek}, {@link #next}, then the value. Not thread-safe. */
    final class Cursor {
        private int leaf;
        private int value = -1;

        /** Goes in front of the first value that is not less. */
        void seek(byte[] prefix) {
            int low = 0;
            int high = leaves.length - 1;
            while (low < high) {
                int middle = low + high + 1 >>> 1;
                if (leaves[middle].order(0, prefix, 0, prefix.length) <= 0) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            leaf = low;
            value = leaves.length == 0 ? -1 : lowerBound(leaves[low], prefix) - 1;
        }

        private int lowerBound(Leaf in, byte[] prefix) {
            int low = 0;
            int high = in.symbols.length;
            while (low < high) {
                int middle = low + high >>> 1;
                if (in.order(middle, prefix, 0, prefix.length) < 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        boolean next() {
            if (leaf < leaves.length && value + 1 < leaves[leaf].symbols.length) {
                value++;
                return true;
            }
            leaf++;
            value = 0;
            return leaf < leaves.length;
        }

        byte[] text() {
            return leaves[leaf].text;
        }

        int start() {
            return leaves[leaf].starts[value];
        }

        int end() {
            return leaves[leaf].starts[value + 1];
        }

        int symbol() {
            return leaves[leaf].symbols[value];
        }
    }
}
