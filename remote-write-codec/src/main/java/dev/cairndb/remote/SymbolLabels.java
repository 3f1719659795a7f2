package dev.cairndb.remote;

import java.util.Arrays;

/**
 * Labels as pairs of symbol references, name and value. References are taken as they come, since the symbols they mean
 * may follow later in the message; who reads a label has to know that its references were checked. Not thread-safe.
 */
final class SymbolLabels extends LabelList {
    private final SymbolTable symbols;
    private int[] refs = new int[128];
    private int refCount;
    private int refMax;

    /** The range that was found sorted last: most series have the label names of the one before. */
    private int sortedFrom;

    private int sortedTo;

    SymbolLabels(SymbolTable symbols) {
        this.symbols = symbols;
    }

    @Override
    int size() {
        return refCount >> 1;
    }

    @Override
    void clear() {
        refCount = 0;
        refMax = 0;
        sortedFrom = 0;
        sortedTo = 0;
    }

    @Override
    long retainedBytes() {
        return super.retainedBytes() + 4L * refs.length;
    }

    void addRef(int ref) {
        if (refCount == refs.length) {
            refs = Arrays.copyOf(refs, refCount * 2);
        }
        refs[refCount++] = ref;
        refMax = ref < 0 ? Integer.MAX_VALUE : Math.max(refMax, ref);
    }

    /**
     * The references, with room for so many more, to be put behind {@link #refCount} and counted by {@link #refsAdded}.
     */
    int[] refsWithRoom(int more) {
        if (refs.length - refCount < more) {
            refs = Arrays.copyOf(refs, Math.max(refCount + more, refCount * 2));
        }
        return refs;
    }

    int refCount() {
        return refCount;
    }

    int[] refs() {
        return refs;
    }

    /** @param max at least the largest one of them */
    void refsAdded(int newRefCount, int max) {
        refCount = newRefCount;
        refMax = Math.max(refMax, max);
    }

    /** Completes a label that has no value; returns whether there was one. */
    boolean padToPair() {
        boolean odd = (refCount & 1) != 0;
        if (odd) {
            addRef(0);
        }
        return odd;
    }

    /** Whether all references are to symbols. If they are not, {@link #areKnown(int, int)} tells where. */
    boolean areKnown() {
        return refCount == 0 || symbols.has(refMax);
    }

    /** Whether all references of a range of labels are to symbols. */
    boolean areKnown(int from, int to) {
        for (int i = 2 * from; i < 2 * to; i++) {
            if (!symbols.has(refs[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    int nameOffset(int label) {
        return symbols.offset(refs[2 * label]);
    }

    @Override
    int nameLength(int label) {
        return symbols.length(refs[2 * label]);
    }

    @Override
    int valueOffset(int label) {
        return symbols.offset(refs[2 * label + 1]);
    }

    @Override
    int valueLength(int label) {
        return symbols.length(refs[2 * label + 1]);
    }

    @Override
    boolean isUtf8(byte[] bytes, int label) {
        return symbols.isUtf8(bytes, refs[2 * label]) && symbols.isUtf8(bytes, refs[2 * label + 1]);
    }

    @Override
    boolean isSorted(byte[] bytes, int from, int to) {
        if (hasNamesOfLastSorted(from, to)) {
            return true;
        }
        boolean sorted = super.isSorted(bytes, from, to);
        if (sorted) {
            sortedFrom = from;
            sortedTo = to;
        }
        return sorted;
    }

    private boolean hasNamesOfLastSorted(int from, int to) {
        int count = to - from;
        if (count != sortedTo - sortedFrom) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (refs[2 * (from + i)] != refs[2 * (sortedFrom + i)]) {
                return false;
            }
        }
        return true;
    }
}
