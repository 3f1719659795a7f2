package dev.cairndb.receiver;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of flags as Go programs write them: durations, sizes, quoted strings. */
final class GoSyntax {
    private static final Pattern DURATION =
            Pattern.compile("(?:(\\d+)y)?(?:(\\d+)w)?(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?(?:(\\d+)ms)?");
    private static final long[] DURATION_MILLIS = {
        365L * 86_400_000, 7L * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000, 1
    };
    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*([KMGTPE]?)i?B?", Pattern.CASE_INSENSITIVE);
    private static final String SIZE_UNITS = "KMGTPE";

    private GoSyntax() {}

    /**
     * For example {@code 15d}, {@code 2h30m}, {@code 0s}, {@code 500ms}; units in descending order, as in Prometheus.
     */
    static Duration duration(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher matcher = DURATION.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new IllegalArgumentException("not a duration such as 15d, 2h or 30s: " + text);
        }
        try {
            long millis = 0;
            for (int unit = 0; unit < DURATION_MILLIS.length; unit++) {
                String count = matcher.group(unit + 1);
                if (count != null) {
                    millis = Math.addExact(millis, Math.multiplyExact(Long.parseLong(count), DURATION_MILLIS[unit]));
                }
            }
            return Duration.ofMillis(millis);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("duration too long: " + text, e);
        }
    }

    static boolean isZeroDuration(String text) {
        try {
            return duration(text).isZero();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** For example {@code 512MB}: units are powers of 1024. */
    static long sizeBytes(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a size such as 512MB: " + text);
        }
        String unit = matcher.group(2).toUpperCase(Locale.ROOT);
        int power = unit.isEmpty() ? 0 : 1 + SIZE_UNITS.indexOf(unit);
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("size too large: " + text, e);
        }
    }

    /** The text in a string literal of Go, with its quotes: {@code "..."} with escapes, or {@code `...`} without. */
    static String unquote(String literal) {
        int end = literal.length() - 1;
        if (end >= 1 && literal.charAt(0) == '`' && literal.indexOf('`', 1) == end) {
            return literal.substring(1, end);
        }
        if (end < 1 || literal.charAt(0) != '"' || literal.charAt(end) != '"') {
            throw new IllegalArgumentException("not in double quotes: " + literal);
        }
        StringBuilder text = new StringBuilder();
        for (int at = 1; at < end; ) {
            char c = literal.charAt(at++);
            if (c == '"' || c == '\n') {
                throw new IllegalArgumentException("not one quoted string: " + literal);
            }
            if (c != '\\') {
                text.append(c);
                continue;
            }
            at = unescape(literal, at, end, text);
        }
        return text.toString();
    }

    private static int unescape(String literal, int at, int end, StringBuilder text) {
        if (at == end) {
            throw new IllegalArgumentException("the string is not closed: " + literal);
        }
        char escape = literal.charAt(at);
        int digits = escape == 'u' ? 4 : escape == 'U' ? 8 : 0;
        if (digits > 0) {
            if (at + 1 + digits > end) {
                throw new IllegalArgumentException("a broken escape in " + literal);
            }
            try {
                text.appendCodePoint(Integer.parseInt(literal.substring(at + 1, at + 1 + digits), 16));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("a broken escape in " + literal, e);
            }
            return at + 1 + digits;
        }
        int simple = "nrt\\\"abfv".indexOf(escape);
        if (simple < 0) {
            throw new IllegalArgumentException("unknown escape \\" + escape + " in " + literal);
        }
        text.append("\n\r\t\\\"\u0007\b\f\u000B".charAt(simple));
        return at + 1;
    }
}
