package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;

/** Checks UTF-8 as Go does: shortest forms only, no surrogates, nothing over U+10FFFF. */
final class Utf8 {
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8() {}

    static boolean isValid(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        while (at < end) {
            at = endOfAscii(bytes, at, end);
            if (at == end) {
                return true;
            }
            int size = sizeOfMultiByte(bytes, at, end);
            if (size == 0) {
                return false;
            }
            at += size;
        }
        return true;
    }

    private static int endOfAscii(byte[] bytes, int start, int end) {
        int at = start;
        while (end - at >= 8 && (BigEndian.getLong(bytes, at) & HIGH_BITS) == 0) {
            at += 8;
        }
        while (at < end && bytes[at] >= 0) {
            at++;
        }
        return at;
    }

    /** Returns 0 if what starts at {@code at} is not a valid sequence. */
    private static int sizeOfMultiByte(byte[] bytes, int at, int end) {
        int lead = bytes[at] & 0xFF;
        int size = lead < 0xC2 || lead > 0xF4 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (size == 0 || end - at < size) {
            return 0;
        }
        int codePoint = lead & (0x7F >> size);
        for (int i = 1; i < size; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
            codePoint = codePoint << 6 | bytes[at + i] & 0x3F;
        }
        boolean shortest = size == 2 || codePoint >= (size == 3 ? 0x800 : 0x10000);
        boolean surrogate = codePoint >>> 11 == 0xD800 >>> 11;
        return shortest && !surrogate && codePoint <= 0x10FFFF ? size : 0;
    }
}
