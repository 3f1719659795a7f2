package dev.cairndb.receiver;

/**
 * Names of metrics and labels in formats whose readers may not take every UTF-8 name: the escaping schemes that are
 * negotiated in Accept headers and used in URLs (prometheus/common, model/metric.go). Stateless.
 */
final class MetricNames {
    private static final String VALUES_PREFIX = "U__";
    private static final int CODE_DIGITS_MAX = 6;

    /** What becomes of a name with characters beyond letters, digits, underscore and colon. */
    enum Escaping {
        ALLOW_UTF_8("allow-utf-8"),
        UNDERSCORES("underscores"),
        DOTS("dots"),
        VALUES("values");

        private final String text;

        Escaping(String text) {
            this.text = text;
        }

        /** As written in headers. */
        String text() {
            return text;
        }
    }

    private MetricNames() {}

    /** Whether the name needs no quotes and no escaping. */
    static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (!isPlain(name.charAt(i), i)) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static boolean isPlain(int c, int index) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '_'
                || c == ':'
                || (c >= '0' && c <= '9' && index > 0);
    }

    static String escape(String name, Escaping escaping) {
        if (escaping == Escaping.ALLOW_UTF_8 || isPlain(name) || name.isEmpty()) {
            return name;
        }
        StringBuilder escaped = new StringBuilder(escaping == Escaping.VALUES ? VALUES_PREFIX : "");
        int index = 0;
        for (int at = 0; at < name.length(); index++) {
            int c = name.codePointAt(at);
            switch (escaping) {
                case UNDERSCORES -> appendOr(escaped, c, index, "_");
                case DOTS -> appendOr(escaped, c == '_' ? -1 : c, index, c == '.' ? "_dot_" : "__");
                default ->
                    appendOr(escaped, c == '_' ? -1 : c, index, c == '_' ? "__" : "_" + Integer.toHexString(c) + "_");
            }
            at += Character.charCount(c);
        }
        return escaped.toString();
    }

    private static void appendOr(StringBuilder target, int c, int index, String replacement) {
        if (c >= 0 && isPlain(c, index)) {
            target.append((char) c);
        } else {
            target.append(replacement);
        }
    }

    /** Undoes {@link Escaping#VALUES}; what does not look like such a name is returned as it is. */
    static String unescape(String name) {
        if (!name.startsWith(VALUES_PREFIX)) {
            return name;
        }
        StringBuilder unescaped = new StringBuilder();
        for (int at = VALUES_PREFIX.length(); at < name.length(); at++) {
            char c = name.charAt(at);
            if (c != '_') {
                unescaped.append(c);
                continue;
            }
            int end = name.indexOf('_', at + 1);
            if (end < 0 || end - at - 1 > CODE_DIGITS_MAX) {
                return name;
            }
            int codePoint = end == at + 1 ? '_' : codePoint(name.substring(at + 1, end));
            if (codePoint < 0) {
                return name;
            }
            unescaped.appendCodePoint(codePoint);
            at = end;
        }
        return unescaped.toString();
    }

    private static int codePoint(String hex) {
        int codePoint = 0;
        for (int i = 0; i < hex.length(); i++) {
            int digit = hex.charAt(i) < 0x80 ? Character.digit(hex.charAt(i), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            codePoint = codePoint << 4 | digit;
        }
        boolean isCharacter = codePoint <= Character.MAX_CODE_POINT
                && (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE);
        return isCharacter ? codePoint : -1;
    }
}
