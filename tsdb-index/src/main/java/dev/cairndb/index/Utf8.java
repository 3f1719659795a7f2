package dev.cairndb.index;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Strings to and from the UTF-8 bytes that files and the network carry. */
final class Utf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /** Encodes; a lone surrogate has no UTF-8 form and is refused, so that two strings never become the same bytes. */
    static byte[] encode(String text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("cannot encode as UTF-8: found=a lone surrogate in \"" + text + "\"", e);
        }
    }

    /** How many bytes a part of a text has when encoded; a lone surrogate counts as the replacement character. */
    static int lengthOf(String text, int from, int to) {
        return text.substring(from, to).codePoints().map(Utf8::lengthOf).sum();
    }

    private static int lengthOf(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }

    static String decode(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }

    /**
     * Decodes as Go's ranging over a string does: each byte that does not belong to a valid sequence becomes one
     * U+FFFD. (Java's own decoder makes one of a whole broken sequence, which a regex can tell apart.) Returns the
     * number of chars; {@code target} must have room for {@code length}.
     */
    static int decodeLikeGo(byte[] bytes, int offset, int length, char[] target) {
        int end = offset + length;
        int at = offset;
        int count = 0;
        while (at < end) {
            int b = bytes[at];
            if (b >= 0) {
                target[count++] = (char) b;
                at++;
                continue;
            }
            int width = validSequence(bytes, at, end);
            if (width == 0) {
                target[count++] = REPLACEMENT;
                at++;
                continue;
            }
            int codePoint = width == 2 ? b & 0x1F : width == 3 ? b & 0x0F : b & 0x07;
            for (int i = 1; i < width; i++) {
                codePoint = codePoint << 6 | bytes[at + i] & 0x3F;
            }
            count += Character.toChars(codePoint, target, count);
            at += width;
        }
        return count;
    }

    /** How many bytes the character at {@code at} has; each byte that does not belong to a valid sequence is one. */
    static int charLength(byte[] bytes, int at, int end) {
        return bytes[at] >= 0 ? 1 : Math.max(1, validSequence(bytes, at, end));
    }

    /** The length of the well-formed multi-byte sequence at {@code at}, 0 if there is none. */
    private static int validSequence(byte[] bytes, int at, int end) {
        int lead = bytes[at] & 0xFF;
        int width = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
        if (width == 0 || end - at < width) {
            return 0;
        }
        int second = bytes[at + 1] & 0xFF;
        int least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < least || second > most) {
            return 0;
        }
        for (int i = 2; i < width; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return width;
    }
}
