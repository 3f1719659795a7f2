package dev.cairndb.index;

import java.util.ArrayList;
import java.util.List;

/**
 * A character class, {@code [...]}, read as the engine reads it: where it ends, which characters it lists if it is a
 * plain one, and what its ranges cost where case is ignored, because the engine then folds each character of a range.
 */
final class RegexClass {
    /**
     * Letters whose folding does not end in the engine: its own table of cases is older than that of the JDK, where
     * their capital letter is not the one that they are the small letter of. It follows them for ever.
     */
    static final int FOLDING_ENDLESS_FIRST = 0x1C80;

    static final int FOLDING_ENDLESS_LAST = 0x1C88;
    /** Ranges around all letters that have a case are not folded by the engine. */
    private static final int CASE_FIRST = 'A';

    private static final int CASE_LAST = 0x1044F;

    private final String pattern;
    private int at;
    private boolean plain = true;
    private final List<String> characters = new ArrayList<>();
    private long folded;
    private boolean foldingEndless;
    private boolean closed;

    private RegexClass(String pattern, int start) {
        this.pattern = pattern;
        at = start;
    }

    /** Reads what stands behind a '['. */
    static RegexClass read(String pattern, int start) {
        RegexClass read = new RegexClass(pattern, start);
        read.items();
        return read;
    }

    /** Behind the ']', or the end of the pattern if there is none. */
    int end() {
        return at;
    }

    boolean closed() {
        return closed;
    }

    /** The characters of a class of letters, digits and '_' and ranges of them; empty if it is anything else. */
    List<String> alternatives() {
        return plain ? characters.stream().distinct().toList() : List.of();
    }

    /** So many characters the engine folds if case is ignored. */
    long folded() {
        return folded;
    }

    /** Whether it would never end to do so. */
    boolean foldingEndless() {
        return foldingEndless;
    }

    private void items() {
        plain &= !take('^');
        for (boolean first = true; at < pattern.length(); first = false) {
            if (pattern.charAt(at) == ']' && !first) {
                at++;
                closed = true;
                return;
            }
            item();
        }
    }

    private void item() {
        int close = pattern.startsWith("[:", at) ? pattern.indexOf(":]", at) : -1;
        if (close >= 0) {
            plain = false;
            at = close + 2;
            return;
        }
        int from = character();
        int to = from;
        if (pattern.startsWith("-", at) && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']') {
            at++;
            to = character();
        }
        add(from, to);
    }

    private void add(int from, int to) {
        plain &= isWord(from) && isWord(to) && from <= to;
        if (plain) {
            for (int c = from; c <= to; c++) {
                characters.add(Character.toString(c));
            }
        }
        if (from > CASE_FIRST || to < CASE_LAST) {
            folded += Math.max(0, Math.min(to, CASE_LAST) - Math.max(from, CASE_FIRST) + 1);
            foldingEndless |= from <= FOLDING_ENDLESS_LAST && to >= FOLDING_ENDLESS_FIRST;
        }
    }

    /** One character, escaped or not. An escape for several, such as {@code \d}, counts as its letter. */
    private int character() {
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        if (c != '\\' || at == pattern.length()) {
            return c;
        }
        plain = false;
        int escaped = pattern.codePointAt(at);
        at += Character.charCount(escaped);
        if (escaped == 'p' || escaped == 'P') {
            int close = pattern.startsWith("{", at) ? pattern.indexOf('}', at) : -1;
            at = close < 0 ? at : close + 1;
        }
        if (escaped != 'x') {
            return escaped;
        }
        int end = hexadecimalEnd(pattern, at);
        int value = hexadecimal(pattern, at, end);
        at = end;
        return value < 0 ? escaped : value;
    }

    /** Behind the digits, in braces or two, that stand behind {@code \x}. */
    static int hexadecimalEnd(String pattern, int start) {
        if (pattern.startsWith("{", start)) {
            int close = pattern.indexOf('}', start);
            return close < 0 ? pattern.length() : close + 1;
        }
        return Math.min(start + 2, pattern.length());
    }

    /** The code point of such digits; -1 if they are none, which the engine refuses. */
    static int hexadecimal(String pattern, int start, int end) {
        boolean inBraces = pattern.startsWith("{", start);
        try {
            long value = Long.parseLong(pattern, inBraces ? start + 1 : start, inBraces ? end - 1 : end, 16);
            return value >= 0 && value <= Character.MAX_CODE_POINT ? (int) value : -1;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return -1;
        }
    }

    private boolean take(char c) {
        if (pattern.startsWith(String.valueOf(c), at)) {
            at++;
            return true;
        }
        return false;
    }

    private static boolean isWord(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }
}
