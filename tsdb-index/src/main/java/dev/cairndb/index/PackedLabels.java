package dev.cairndb.index;

import dev.cairndb.io.Varint;
import java.util.Arrays;

/**
 * Operations on label sets in their packed form: for each label, in ascending byte order of names, uvarint name length,
 * name, uvarint value length, value; no count in front. That is the body of a series record in a write-ahead log.
 *
 * <p>These methods trust the bytes: they come from {@link Labels}, from a reader that checked them, or from a decoder
 * that did. Stateless.
 */
public final class PackedLabels {
    private static final byte[] NO_BYTES = {};

    private PackedLabels() {}

    /**
     * Compares as Prometheus orders series: name and value pairwise as unsigned bytes; a set that is a proper prefix of
     * the other is smaller.
     */
    public static int compare(byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
        int aEnd = aOffset + aLength;
        int bEnd = bOffset + bLength;
        int difference = Arrays.mismatch(a, aOffset, aEnd, b, bOffset, bEnd);
        if (difference < 0) {
            return 0;
        }
        // Lengths lie in front of strings, so the first different byte says nothing by itself. What lies before the
        // string it belongs to is equal in both, so walk to that string and compare there.
        int aAt = aOffset;
        int bAt = bOffset;
        while (aAt < aEnd && bAt < bEnd) {
            int aStart = stringStart(a, aAt);
            int bStart = stringStart(b, bAt);
            int aStop = aStart + stringLength(a, aAt);
            int bStop = bStart + stringLength(b, bAt);
            if (aStop - aOffset > difference || bStop - bOffset > difference) {
                int order = Arrays.compareUnsigned(a, aStart, aStop, b, bStart, bStop);
                if (order != 0) {
                    return order;
                }
            }
            aAt = aStop;
            bAt = bStop;
        }
        return Integer.compare(aEnd - aAt, bEnd - bAt);
    }

    /** XXH64 as {@code labels.Hash} of Prometheus' default build; a hash is never an identity. */
    public static long hash(byte[] bytes, int offset, int length) {
        int end = offset + length;
        boolean shortStrings = true;
        for (int at = offset; at < end && shortStrings; at = stringEnd(bytes, at)) {
            shortStrings = bytes[at] >= 0;
        }
        if (shortStrings) {
            return Xxh64.hash(bytes, offset, length);
        }
        byte[] goForm = goForm(bytes, offset, length);
        return Xxh64.hash(goForm, 0, goForm.length);
    }

    /**
     * Finds the value of a label: its offset in the upper and its length in the lower half, or -1 if the label is not
     * there.
     */
    public static long find(byte[] bytes, int offset, int length, byte[] name) {
        int end = offset + length;
        int at = offset;
        while (at < end) {
            int nameStart = stringStart(bytes, at);
            int valueAt = nameStart + stringLength(bytes, at);
            int valueStart = stringStart(bytes, valueAt);
            int valueLength = stringLength(bytes, valueAt);
            if (Arrays.equals(bytes, nameStart, valueAt, name, 0, name.length)) {
                return (long) valueStart << 32 | valueLength;
            }
            at = valueStart + valueLength;
        }
        return -1;
    }

    /** Number of labels. */
    public static int count(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int strings = 0;
        for (int at = offset; at < end; at = stringEnd(bytes, at)) {
            strings++;
        }
        return strings / 2;
    }

    /** For messages: {@code {a="b", c="d"}}. */
    public static String toString(byte[] bytes, int offset, int length) {
        StringBuilder text = new StringBuilder("{");
        int end = offset + length;
        for (int at = offset; at < end; ) {
            int valueAt = stringEnd(bytes, at);
            if (at > offset) {
                text.append(", ");
            }
            appendName(text, Utf8.decode(bytes, stringStart(bytes, at), stringLength(bytes, at)));
            text.append('=');
            text.append(GoText.quoted(Utf8.decode(bytes, stringStart(bytes, valueAt), stringLength(bytes, valueAt))));
            at = stringEnd(bytes, valueAt);
        }
        return text.append('}').toString();
    }

    /** Index of the first byte of the length-prefixed string at {@code at}. */
    static int stringStart(byte[] bytes, int at) {
        int start = at;
        while (bytes[start] < 0) {
            start++;
        }
        return start + 1;
    }

    static int stringLength(byte[] bytes, int at) {
        return (int) Varint.readUvarintInt(bytes, at);
    }

    static int stringEnd(byte[] bytes, int at) {
        return stringStart(bytes, at) + stringLength(bytes, at);
    }

    /** What Prometheus keeps in memory and hashes: a length from 255 on is 0xFF and three bytes, little-endian. */
    private static byte[] goForm(byte[] bytes, int offset, int length) {
        int end = offset + length;
        // A length grows by at most two bytes, and only one of 128 or more does.
        byte[] target = length == 0 ? NO_BYTES : new byte[length + 2 * (length / 128) + 2];
        int size = 0;
        for (int at = offset; at < end; at = stringEnd(bytes, at)) {
            int stringLength = stringLength(bytes, at);
            if (stringLength < 255) {
                target[size++] = (byte) stringLength;
            } else {
                target[size++] = (byte) 0xFF;
                target[size++] = (byte) stringLength;
                target[size++] = (byte) (stringLength >>> 8);
                target[size++] = (byte) (stringLength >>> 16);
            }
            System.arraycopy(bytes, stringStart(bytes, at), target, size, stringLength);
            size += stringLength;
        }
        return Arrays.copyOf(target, size);
    }

    private static void appendName(StringBuilder text, String name) {
        boolean plain = !name.isEmpty() && !isDigit(name.charAt(0));
        for (int i = 0; i < name.length() && plain; i++) {
            char c = name.charAt(i);
            plain = c == '_' || isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
        }
        if (plain) {
            text.append(name);
        } else {
            text.append(GoText.quoted(name));
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
