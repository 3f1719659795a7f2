package dev.cairndb.index;

import java.util.Arrays;
import java.util.List;

/**
 * Literal alternatives with wildcards between them, as {@code (a|b).*c.+}: what most regex matchers are. Matches on
 * UTF-8 bytes directly. Immutable, thread-safe.
 *
 * <p>Greedy search is exact here: of several alternatives in a place the one that ends first leaves most to the
 * wildcard behind it.
 */
final class Glob {
    private final byte[][][] literals;
    private final int[] gapCharsMin;
    private final boolean startsWithAnything;

    /**
     * @param literals alternatives, one more list of them than gaps; an empty string where there is none
     * @param gapCharsMin for each gap 0 ({@code .*}) or 1 ({@code .+})
     */
    Glob(List<List<byte[]>> literals, int[] gapCharsMin) {
        this.literals = new byte[literals.size()][][];
        for (int i = 0; i < this.literals.length; i++) {
            this.literals[i] = literals.get(i).toArray(new byte[0][]);
            Arrays.sort(this.literals[i], Arrays::compareUnsigned);
        }
        this.gapCharsMin = gapCharsMin.clone();
        startsWithAnything = isOnlyEmpty(this.literals[0]);
    }

    /** No wildcard: the alternatives are all there is. */
    boolean isLiteral() {
        return gapCharsMin.length == 0;
    }

    /** What a value can begin with, sorted. */
    byte[][] heads() {
        return literals[0];
    }

    /** Is {@code .*} (minimum 0) or {@code .+} (minimum 1). */
    boolean isAnything(int charsMin) {
        return gapCharsMin.length == 1
                && gapCharsMin[0] == charsMin
                && isOnlyEmpty(literals[0])
                && isOnlyEmpty(literals[1]);
    }

    boolean matches(byte[] bytes, int offset, int length) {
        int end = offset + length;
        if (isLiteral()) {
            return indexOf(literals[0], bytes, offset, end) >= 0;
        }
        int at = startsWithAnything ? offset : shortestHead(bytes, offset, end);
        for (int gap = 0; at >= 0 && gap < gapCharsMin.length; gap++) {
            int from = gapCharsMin[gap] == 0 ? at : behindChar(bytes, at, end);
            at = gap == gapCharsMin.length - 1 ? tailEnd(bytes, from, end) : earliestEnd(gap + 1, bytes, from, end);
        }
        return at >= 0;
    }

    /** Where the next character ends; behind the end if there is none. The literal that follows may be empty. */
    private static int behindChar(byte[] bytes, int at, int end) {
        return at + (at < end ? Utf8.charLength(bytes, at, end) : 1);
    }

    private int shortestHead(byte[] bytes, int offset, int end) {
        int best = -1;
        for (byte[] literal : literals[0]) {
            if (startsWith(bytes, offset, end, literal) && (best < 0 || offset + literal.length < best)) {
                best = offset + literal.length;
            }
        }
        return best;
    }

    private int tailEnd(byte[] bytes, int from, int end) {
        for (byte[] literal : literals[literals.length - 1]) {
            if (end - literal.length >= from && startsWith(bytes, end - literal.length, end, literal)) {
                return end;
            }
        }
        return -1;
    }

    private int earliestEnd(int place, byte[] bytes, int from, int end) {
        int best = -1;
        for (byte[] literal : literals[place]) {
            int lastStart = (best < 0 ? end : best - 1) - literal.length;
            int at = find(literal, bytes, from, lastStart);
            if (at >= 0) {
                best = at + literal.length;
            }
        }
        return best;
    }

    private static int find(byte[] literal, byte[] bytes, int from, int lastStart) {
        if (literal.length == 0) {
            return from <= lastStart ? from : -1;
        }
        byte first = literal[0];
        for (int at = from; at <= lastStart; at++) {
            if (bytes[at] == first && Arrays.equals(bytes, at, at + literal.length, literal, 0, literal.length)) {
                return at;
            }
        }
        return -1;
    }

    /** Place of a string in sorted strings, or negative. */
    static int indexOf(byte[][] sorted, byte[] bytes, int from, int to) {
        int low = 0;
        int high = sorted.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            byte[] candidate = sorted[middle];
            int order = Arrays.compareUnsigned(candidate, 0, candidate.length, bytes, from, to);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    static boolean startsWith(byte[] bytes, int at, int end, byte[] prefix) {
        int length = prefix.length;
        // Most values differ in the first byte, which is found sooner than ranges are checked.
        return length == 0
                || end - at >= length
                        && bytes[at] == prefix[0]
                        && Arrays.equals(bytes, at, at + length, prefix, 0, length);
    }

    private static boolean isOnlyEmpty(byte[][] alternatives) {
        return alternatives.length == 1 && alternatives[0].length == 0;
    }
}
