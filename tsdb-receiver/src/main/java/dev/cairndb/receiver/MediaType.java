package dev.cairndb.receiver;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of the Content-Type header as RFC 9110 describes it: type and parameter names in any case, blanks around
 * semicolons, values with or without quotes.
 *
 * @param type in lower case, for example {@code application/x-protobuf}
 * @param parameters values by name in lower case
 */
record MediaType(String type, Map<String, String> parameters) {
    /** Null if the text is not a media type. */
    static @Nullable MediaType parse(String text) {
        int end = text.indexOf(';');
        String type = (end < 0 ? text : text.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        int slash = type.indexOf('/');
        if (slash < 1
                || slash == type.length() - 1
                || !isToken(type.substring(0, slash))
                || !isToken(type.substring(slash + 1))) {
            return null;
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        int at = end < 0 ? text.length() : end;
        while (at < text.length()) {
            at = parameter(text, at + 1, parameters);
            if (at < 0) {
                return null;
            }
        }
        return new MediaType(type, parameters);
    }

    /** Reads up to the next semicolon or the end, which is returned; -1 if there is no parameter. */
    private static int parameter(String text, int from, Map<String, String> parameters) {
        int at = skipBlanks(text, from);
        if (at == text.length() || text.charAt(at) == ';') {
            return at;
        }
        int equals = text.indexOf('=', at);
        if (equals < 0) {
            return -1;
        }
        String name = text.substring(at, equals).toLowerCase(Locale.ROOT);
        StringBuilder value = new StringBuilder();
        at = equals + 1;
        if (at < text.length() && text.charAt(at) == '"') {
            at = quoted(text, at + 1, value);
        } else {
            while (at < text.length() && text.charAt(at) != ';' && !isBlank(text.charAt(at))) {
                value.append(text.charAt(at++));
            }
        }
        at = at < 0 ? -1 : skipBlanks(text, at);
        boolean ended = at == text.length() || (at > 0 && text.charAt(at) == ';');
        if (!isToken(name) || !ended || parameters.putIfAbsent(name, value.toString()) != null) {
            return -1;
        }
        return at;
    }

    private static int quoted(String text, int from, StringBuilder value) {
        for (int at = from; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                return at + 1;
            }
            if (c == '\\' && at + 1 < text.length()) {
                c = text.charAt(++at);
            }
            value.append(c);
        }
        return -1;
    }

    private static int skipBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7F || "()<>@,;:\\\"/[]?={}".indexOf(c) >= 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
