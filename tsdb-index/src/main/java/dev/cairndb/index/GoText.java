package dev.cairndb.index;

/** Text in error messages as Go's formatting verbs write it, so that messages read like those of Prometheus. */
final class GoText {
    private static final String ESCAPED = "\u0007\b\f\n\r\t\u000B\\";
    private static final String ESCAPES = "abfnrtv\\";

    private GoText() {}

    /** A string in double quotes ({@code %q}). */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(codePoint -> append(quoted, codePoint, '"'));
        return quoted.append('"').toString();
    }

    /** A character in single quotes ({@code %q}); a negative one, the end of the text, is the replacement character. */
    static String quoted(int codePoint) {
        StringBuilder quoted = new StringBuilder("'");
        append(quoted, codePoint < 0 ? 0xFFFD : codePoint, '\'');
        return quoted.append('\'').toString();
    }

    /** For example {@code U+0071 'q'} ({@code %#U}). */
    static String named(int codePoint) {
        String name = String.format("U+%04X", codePoint);
        return isPrintable(codePoint) ? name + " '" + Character.toString(codePoint) + "'" : name;
    }

    private static void append(StringBuilder target, int codePoint, char quote) {
        int simple = ESCAPED.indexOf(codePoint);
        if (codePoint == quote) {
            target.append('\\').append(quote);
        } else if (simple >= 0) {
            target.append('\\').append(ESCAPES.charAt(simple));
        } else if (isPrintable(codePoint)) {
            target.appendCodePoint(codePoint);
        } else if (codePoint < ' ' || codePoint == 0x7F) {
            target.append(String.format("\\x%02x", codePoint));
        } else {
            target.append(String.format(codePoint > 0xFFFF ? "\\U%08x" : "\\u%04x", codePoint));
        }
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> true;
        };
    }
}
