package dev.cairndb.index;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Cuts a series selector into tokens, with the rules and the messages of Prometheus' lexer (promql/parser/lex.go). What
 * is part of PromQL but not of selectors becomes a token too, so that the parser can name it. Not thread-safe.
 */
final class SelectorLexer {
    enum Kind {
        END,
        /** Usable as a metric name outside of braces, as a label name inside. */
        NAME,
        STRING,
        LEFT_BRACE,
        RIGHT_BRACE,
        COMMA,
        EQUAL,
        NOT_EQUAL,
        REGEX,
        NOT_REGEX,
        /** Whatever a selector does not have. */
        OTHER
    }

    private static final int END_OF_TEXT = -1;
    private static final int REPLACEMENT = 0xFFFD;
    private static final int SHOWN_CHARS_MAX = 10;

    /**
     * Words that mean something in PromQL, with the way messages show them; all but those of UNUSABLE are names too.
     */
    private static final Map<String, String> WORDS = words();

    private static final Set<String> UNUSABLE =
            Set.of("bool", "on", "ignoring", "group_left", "group_right", "atan2", "inf", "nan");

    private final String text;
    private int at;
    private boolean inBraces;

    private Kind kind = Kind.END;
    private int start;
    private String value = "";
    private String description = "";

    SelectorLexer(String text) {
        this.text = text;
    }

    private static Map<String, String> words() {
        Map<String, String> words = new HashMap<>();
        for (String word : List.of("and", "or", "unless", "atan2")) {
            words.put(word, "<op:%s>");
        }
        List<String> aggregations = List.of(
                "sum",
                "avg",
                "count",
                "min",
                "max",
                "group",
                "stddev",
                "stdvar",
                "topk",
                "bottomk",
                "count_values",
                "quantile",
                "limitk",
                "limit_ratio");
        for (String word : aggregations) {
            words.put(word, "<aggr:%s>");
        }
        List<String> keywords = List.of(
                "offset",
                "smoothed",
                "anchored",
                "by",
                "without",
                "on",
                "ignoring",
                "group_left",
                "group_right",
                "fill",
                "fill_left",
                "fill_right",
                "bool");
        for (String word : keywords) {
            words.put(word, "<%s>");
        }
        for (String word : List.of("start", "end", "step", "range", "max_of", "min_of")) {
            words.put(word, "\"%s\"");
        }
        for (String word : List.of("inf", "nan")) {
            words.put(word, "number \"%s\"");
        }
        return words;
    }

    Kind kind() {
        return kind;
    }

    /** Where the present token begins, in chars. */
    int start() {
        return start;
    }

    /** The name, or what the string stands for. */
    String value() {
        return value;
    }

    /** The present token in messages. */
    String description() {
        return description;
    }

    /** Moves to the next token. */
    void next() {
        skipBlanksAndComments();
        start = at;
        value = "";
        int c = read();
        if (c == END_OF_TEXT) {
            if (inBraces) {
                throw error("unexpected end of input inside braces");
            }
            token(Kind.END, "end of input");
        } else if (c == '"' || c == '\'') {
            string(c);
        } else if (c == '`') {
            rawString();
        } else if (isLetter(c) || (c == ':' && !inBraces)) {
            name();
        } else if (c == ',') {
            symbol(Kind.COMMA);
        } else if (inBraces) {
            insideBraces(c);
        } else {
            outsideBraces(c);
        }
    }

    private void skipBlanksAndComments() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                at++;
            } else {
                return;
            }
        }
    }

    private int peek() {
        return at < text.length() ? text.codePointAt(at) : END_OF_TEXT;
    }

    private int read() {
        int c = peek();
        at += c == END_OF_TEXT ? 0 : Character.charCount(c);
        return c;
    }

    private boolean readIf(char expected) {
        boolean is = peek() == expected;
        at += is ? 1 : 0;
        return is;
    }

    private void token(Kind newKind, String newDescription) {
        kind = newKind;
        description = newDescription;
    }

    private void symbol(Kind newKind) {
        token(newKind, GoText.quoted(text.substring(start, at)));
    }

    private void operator(Kind newKind) {
        token(newKind, "<op:" + text.substring(start, at) + ">");
    }

    private SelectorSyntaxException error(String problem) {
        return new SelectorSyntaxException(text, start, problem);
    }

    private void insideBraces(int c) {
        switch (c) {
            case '=' -> {
                if (readIf('~')) {
                    operator(Kind.REGEX);
                } else {
                    symbol(Kind.EQUAL);
                }
            }
            case '!' -> {
                if (readIf('~')) {
                    operator(Kind.NOT_REGEX);
                } else if (readIf('=')) {
                    operator(Kind.NOT_EQUAL);
                } else {
                    throw error("unexpected character after '!' inside braces: " + GoText.quoted(peek()));
                }
            }
            case '}' -> {
                inBraces = false;
                symbol(Kind.RIGHT_BRACE);
            }
            case '{' -> throw error("unexpected left brace '{'");
            default -> throw error("unexpected character inside braces: " + GoText.quoted(c));
        }
    }

    private void outsideBraces(int c) {
        switch (c) {
            case '{' -> {
                inBraces = true;
                symbol(Kind.LEFT_BRACE);
            }
            case '(', '[' -> symbol(Kind.OTHER);
            case ')' -> {
                start = at;
                throw error("unexpected right parenthesis ')'");
            }
            case ']' -> throw error("unexpected right bracket ']'");
            case '*', '/', '%', '+', '-', '^', '@' -> operator(Kind.OTHER);
            case '=' -> {
                if (peek() == '~') {
                    throw error("unexpected character after '=': '~'");
                }
                if (readIf('=')) {
                    operator(Kind.OTHER);
                } else {
                    symbol(Kind.OTHER);
                }
            }
            case '!' -> {
                if (!readIf('=')) {
                    throw error("unexpected character after '!': " + GoText.quoted(peek()));
                }
                operator(Kind.OTHER);
            }
            case '<', '>' -> {
                boolean unused = readIf('=') || readIf('/');
                operator(Kind.OTHER);
            }
            default -> {
                if (!isDigit(c) && !(c == '.' && isDigit(peek()))) {
                    throw error("unexpected character: " + GoText.quoted(c));
                }
                number();
            }
        }
    }

    private void number() {
        while (isLetter(peek()) || isDigit(peek()) || peek() == '.') {
            at++;
        }
        String word = text.substring(start, at);
        if (word.matches("(\\d[\\d_]*)?\\.?[\\d_]*([eE]\\d+)?|0[xX][\\da-fA-F_]+")) {
            token(Kind.OTHER, "number " + shown(word));
        } else if (word.matches("(\\d+(ms|[smhdwy]))+")) {
            token(Kind.OTHER, "duration " + shown(word));
        } else {
            throw error("bad number or duration syntax: " + GoText.quoted(word));
        }
    }

    private void name() {
        while (isLetter(peek()) || isDigit(peek()) || (peek() == ':' && !inBraces)) {
            at++;
        }
        value = text.substring(start, at);
        String lower = value.toLowerCase(Locale.ROOT);
        String shown = inBraces ? null : WORDS.get(lower);
        if (shown != null && lower.startsWith("fill") && !isCallNext()) {
            shown = null;
        }
        if (shown != null) {
            token(UNUSABLE.contains(lower) ? Kind.OTHER : Kind.NAME, String.format(shown, value));
        } else {
            token(Kind.NAME, (value.indexOf(':') < 0 ? "identifier " : "metric identifier ") + GoText.quoted(value));
        }
    }

    private boolean isCallNext() {
        return text.substring(at).stripLeading().startsWith("(");
    }

    private void rawString() {
        while (true) {
            int c = read();
            if (c == END_OF_TEXT) {
                throw error("unterminated raw string");
            }
            checkCharacter(c);
            if (c == '`') {
                value = text.substring(start + 1, at - 1);
                token(Kind.STRING, "string " + shown(text.substring(start, at)));
                return;
            }
        }
    }

    private void string(int quote) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (true) {
            int c = read();
            if (c == END_OF_TEXT || c == '\n') {
                throw error("unterminated quoted string");
            }
            checkCharacter(c);
            if (c == quote) {
                break;
            }
            if (c == '\\') {
                escape(quote, bytes);
            } else {
                write(c, bytes);
            }
        }
        value = decode(bytes.toByteArray());
        token(Kind.STRING, "string " + shown(text.substring(start, at)));
    }

    private void checkCharacter(int c) {
        if (c == REPLACEMENT || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw error("invalid UTF-8 rune");
        }
    }

    private void escape(int quote, ByteArrayOutputStream bytes) {
        int c = read();
        int simple = "abfnrtv\\".indexOf(c);
        if (c == END_OF_TEXT) {
            throw error("escape sequence not terminated");
        } else if (c == quote) {
            bytes.write(quote);
        } else if (simple >= 0) {
            bytes.write("\u0007\b\f\n\r\t\u000B\\".charAt(simple));
        } else if (c >= '0' && c <= '7') {
            at--;
            bytes.write(digits(3, 8, 0xFF));
        } else if (c == 'x') {
            bytes.write(digits(2, 16, 0xFF));
        } else if (c == 'u' || c == 'U') {
            write(digits(c == 'u' ? 4 : 8, 16, Character.MAX_CODE_POINT), bytes);
        } else {
            throw error("unknown escape sequence " + GoText.named(c));
        }
    }

    private int digits(int count, int base, int max) {
        long number = 0;
        for (int i = 0; i < count; i++) {
            int c = read();
            int digit = c < 0x80 ? Character.digit(c, base) : -1;
            if (c == END_OF_TEXT) {
                throw error("escape sequence not terminated");
            }
            if (digit < 0) {
                throw error("illegal character " + GoText.named(c) + " in escape sequence");
            }
            number = number * base + digit;
        }
        if (number > max || (number >= Character.MIN_SURROGATE && number <= Character.MAX_SURROGATE)) {
            throw error("escape sequence is an invalid Unicode code point");
        }
        return (int) number;
    }

    private static void write(int codePoint, ByteArrayOutputStream bytes) {
        bytes.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Prometheus takes a string of any bytes; here label values are UTF-8, so that nothing could be equal to others.
     */
    private String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw error("the escapes of the string do not give valid UTF-8");
        }
    }

    private static String shown(String token) {
        return token.getBytes(StandardCharsets.UTF_8).length <= SHOWN_CHARS_MAX
                ? GoText.quoted(token)
                : GoText.quoted(token.substring(
                                0,
                                token.offsetByCodePoints(
                                        0, Math.min(SHOWN_CHARS_MAX, token.codePointCount(0, token.length())))))
                        + "...";
    }

    private static boolean isLetter(int c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
