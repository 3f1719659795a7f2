package dev.cairndb.index;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a regex before the engine does. It finds the patterns that need no engine (literals, alternations and
 * wildcards: {@link #globs}), text that every match begins with ({@link #prefix}), and measures what compiling would
 * cost, because the engine itself knows no bound and recurses.
 *
 * <p>It understands a subset of the syntax and knows where each piece of the rest ends. A piece it does not understand
 * is opaque: the engine decides. Anything that could give later text another meaning (flags such as {@code (?i)}, a
 * pattern that is not well-formed) makes the whole pattern opaque. So being conservative costs speed, never a wrong
 * answer; property tests hold it against the engine.
 */
final class RegexSyntax {
    /** Longest pattern, in chars, that is handed to the engine: its compiler is quadratic in places. */
    static final int ENGINE_PATTERN_CHARS_MAX = 64 * 1024;

    static final int NESTING_MAX = 100;
    /** As in Go: repeat counts, multiplied where they nest. */
    static final int REPEAT_MAX = 1000;

    static final int PROGRAM_SIZE_MAX = 100_000;
    /** Characters of a range that the engine folds in about the time of a step. */
    private static final int FOLDED_PER_STEP = 64;

    private static final char REPLACEMENT = 0xFFFD;
    private static final String META = "\\.+*?()|[{^$";

    private final String pattern;
    private int at;
    private int depth;
    private boolean opaque;
    /** From here on, perhaps: a flag may also end with its group. */
    private boolean ignoresCase;
    /** Met, escaped, what the engine must not fold. */
    private boolean foldingEndless;

    private final List<Integer> bracesOfText = new ArrayList<>();
    private @Nullable List<Glob> globs;
    private byte[] prefix = {};

    private RegexSyntax(String pattern) {
        this.pattern = pattern;
    }

    /** @throws IllegalArgumentException if the pattern is beyond a limit */
    static RegexSyntax of(String pattern) {
        RegexSyntax syntax = new RegexSyntax(pattern);
        syntax.analyse();
        return syntax;
    }

    /** Together equal to the pattern, or null if the engine is needed. */
    @Nullable
    List<Glob> globs() {
        return globs;
    }

    /** What every match begins with; may be empty. */
    byte[] prefix() {
        return prefix;
    }

    /** The pattern as the engine takes it: it refuses a repeated brace that is text. */
    String enginePattern() {
        StringBuilder text = new StringBuilder(pattern);
        for (int i = bracesOfText.size() - 1; i >= 0; i--) {
            int brace = bracesOfText.get(i);
            if (brace + 1 < pattern.length() && "*+?".indexOf(pattern.charAt(brace + 1)) >= 0) {
                text.insert(brace, '\\');
            }
        }
        return text.toString();
    }

    private void analyse() {
        RegexBranches whole = alternation();
        if (at < pattern.length()) {
            opaque = true; // an unmatched ')': for the engine to refuse
        }
        if (ignoresCase && (foldingEndless || pattern.chars().anyMatch(RegexSyntax::foldsWithoutEnd))) {
            throw endlessFolding();
        }
        if (!opaque) {
            globs = whole.globs();
        }
        if (globs == null) {
            checkEngineLimits(whole.size);
            prefix = opaque ? prefix : whole.commonPrefix();
        }
    }

    private void checkEngineLimits(long programSize) {
        if (pattern.length() > ENGINE_PATTERN_CHARS_MAX) {
            throw tooLarge(pattern.length() + " chars", ENGINE_PATTERN_CHARS_MAX + " chars");
        }
        if (programSize > PROGRAM_SIZE_MAX) {
            throw tooLarge("a program of " + programSize + " steps", PROGRAM_SIZE_MAX + " steps");
        }
    }

    // ---- grammar ----

    /** One or more branches, up to the end or to a ')'. */
    private RegexBranches alternation() {
        RegexBranches node = new RegexBranches();
        if (++depth > NESTING_MAX) {
            throw tooLarge("deeper nesting", NESTING_MAX + " levels");
        }
        do {
            node.branches.add(branch(node));
        } while (take('|'));
        depth--;
        node.mergeLiterals();
        return node;
    }

    private List<RegexPiece> branch(RegexBranches owner) {
        List<RegexPiece> pieces = new ArrayList<>();
        while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            RegexPiece piece = atom(pieces.isEmpty());
            piece = quantified(piece);
            owner.size += piece.size;
            owner.repeat = Math.max(owner.repeat, piece.repeat);
            RegexPiece.append(pieces, piece);
        }
        owner.size++;
        return pieces;
    }

    private RegexPiece atom(boolean first) {
        int codePoint = pattern.codePointAt(at);
        at += Character.charCount(codePoint);
        return switch (codePoint) {
            case '(' -> group();
            case '[' -> charClass();
            case '\\' -> escape();
            case '.' -> RegexPiece.dot();
            // Matching is anchored anyway; elsewhere than at the ends these are the engine's.
            case '^' -> first && depth == 1 && !quantifierFollows() ? RegexPiece.literal("") : RegexPiece.opaque();
            case '$' -> depth == 1 && atEndOfBranch() ? RegexPiece.literal("") : RegexPiece.opaque();
            case '*', '+', '?' -> refused();
            case '{' -> {
                at--;
                opaque |= repeatAhead();
                bracesOfText.add(at);
                at++;
                yield RegexPiece.literal("{");
            }
            default -> {
                at -= Character.charCount(codePoint);
                yield text();
            }
        };
    }

    /** What the engine will not accept. */
    private RegexPiece refused() {
        opaque = true;
        return RegexPiece.opaque();
    }

    /** Plain characters; the last of them is left for a piece of its own if a quantifier follows it. */
    private RegexPiece text() {
        int start = at;
        int last = at;
        boolean broken = false;
        while (at < pattern.length() && META.indexOf(pattern.charAt(at)) < 0) {
            last = at;
            int codePoint = pattern.codePointAt(at);
            // U+FFFD also stands for each broken byte of a value, which comparing bytes would not see.
            broken |= codePoint == REPLACEMENT;
            at += Character.charCount(codePoint);
        }
        if (last > start && quantifierFollows()) {
            at = last;
        }
        RegexPiece piece = broken ? RegexPiece.opaque() : RegexPiece.literal(pattern.substring(start, at));
        piece.size = (long) at - start;
        return piece;
    }

    private RegexPiece group() {
        if (take('?')) {
            flagsOrName();
            if (at > 0 && pattern.charAt(at - 1) == ')') {
                return RegexPiece.opaque(); // (?flags)
            }
        }
        RegexBranches inside = alternation();
        if (!take(')')) {
            opaque = true;
        }
        if (inside.branches.size() == 1) {
            RegexPiece piece = RegexPiece.group(inside.branches.get(0));
            piece.size = inside.size;
            piece.repeat = inside.repeat;
            return piece;
        }
        RegexPiece piece = RegexPiece.opaque();
        piece.size = inside.size;
        piece.repeat = inside.repeat;
        return piece;
    }

    /** Behind {@code (?}: leaves the position behind the ':', '>' or ')' that ends it. */
    private void flagsOrName() {
        if (take(':')) {
            return;
        }
        opaque = true;
        boolean named = pattern.startsWith("P<", at) || pattern.startsWith("<", at);
        boolean setting = !named;
        while (at < pattern.length()) {
            char c = pattern.charAt(at++);
            setting &= c != '-';
            ignoresCase |= setting && c == 'i';
            if (named ? c == '>' : c == ':' || c == ')') {
                return;
            }
        }
    }

    private RegexPiece escape() {
        if (at == pattern.length()) {
            return refused();
        }
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        if (c < 0x80 && !isAlphanumeric(c)) {
            return RegexPiece.literal(Character.toString(c));
        }
        return switch (c) {
            case 'n' -> RegexPiece.literal("\n");
            case 't' -> RegexPiece.literal("\t");
            case 'r' -> RegexPiece.literal("\r");
            case 'd', 'D', 'w', 'W', 's', 'S', 'b', 'B', 'A', 'z', 'a', 'f', 'v' -> RegexPiece.opaque();
            case 'x' -> hexadecimal();
            case 'p', 'P' -> named();
            case 'Q' -> quoted();
            default -> refused();
        };
    }

    private RegexPiece hexadecimal() {
        int end = RegexClass.hexadecimalEnd(pattern, at);
        int codePoint = RegexClass.hexadecimal(pattern, at, end);
        opaque |= codePoint < 0;
        foldingEndless |= foldsWithoutEnd(codePoint);
        at = end;
        return RegexPiece.opaque();
    }

    /** Behind {@code \p}: a name in braces or a letter. */
    private RegexPiece named() {
        if (take('{')) {
            int close = pattern.indexOf('}', at);
            if (close < 0) {
                opaque = true;
            } else {
                at = close + 1;
            }
        } else if (at == pattern.length()) {
            opaque = true;
        } else {
            at = pattern.offsetByCodePoints(at, 1);
        }
        return RegexPiece.opaque();
    }

    /** {@code \Q...\E}: left to the engine; without an end it would swallow what the pattern is wrapped in. */
    private RegexPiece quoted() {
        int close = pattern.indexOf("\\E", at);
        if (close < 0) {
            throw new IllegalArgumentException(
                    "cannot parse regex: expected=\\E behind \\Q, found=the end, pattern=" + pattern);
        }
        RegexPiece piece = RegexPiece.opaque();
        piece.size = (long) close - at;
        at = close + 2;
        opaque = true;
        return piece;
    }

    private RegexPiece charClass() {
        RegexClass read = RegexClass.read(pattern, at);
        at = read.end();
        if (ignoresCase && read.foldingEndless()) {
            throw endlessFolding(); // also without an end, which the engine sees too late
        }
        if (!read.closed()) {
            return refused();
        }
        List<String> alternatives = read.alternatives();
        RegexPiece piece = alternatives.isEmpty() ? RegexPiece.opaque() : RegexPiece.alternatives(alternatives);
        piece.size += ignoresCase ? read.folded() / FOLDED_PER_STEP : 0;
        return piece;
    }

    private boolean quantifierFollows() {
        return at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0;
    }

    private boolean atEndOfBranch() {
        return at == pattern.length() || pattern.charAt(at) == '|';
    }

    private RegexPiece quantified(RegexPiece piece) {
        if (at == pattern.length()) {
            return piece;
        }
        char c = pattern.charAt(at);
        if (c == '*' || c == '+' || c == '?') {
            at++;
            RegexPiece repeated = piece.repeated(c);
            repeated.size = piece.size + 1;
            repeated.repeat = piece.repeat;
            return afterQuantifier(repeated);
        }
        return c == '{' ? counted(piece) : piece;
    }

    private RegexPiece counted(RegexPiece piece) {
        if (!repeatAhead()) {
            return piece; // the brace is text
        }
        at++;
        int least = repeatNumber();
        int most = take(',') && pattern.charAt(at) != '}' ? repeatNumber() : least;
        at++;
        long times = Math.max(1, Math.max(least, most));
        RegexPiece repeated = RegexPiece.opaque();
        repeated.repeat = piece.repeat * times;
        repeated.size = piece.size * times + 1;
        if (repeated.repeat > REPEAT_MAX) {
            throw tooLarge("a repeat count of " + repeated.repeat, REPEAT_MAX + " (nested counts multiply)");
        }
        checkEngineLimits(repeated.size);
        return afterQuantifier(repeated);
    }

    /** Whether a well-formed {@code {n}}, {@code {n,}} or {@code {n,m}} stands here; moves nothing. */
    private boolean repeatAhead() {
        int start = at;
        boolean well = take('{') && repeatNumber() >= 0;
        if (well && take(',')) {
            well = pattern.startsWith("}", at) || repeatNumber() >= 0;
        }
        well = well && take('}');
        at = start;
        return well;
    }

    private RegexPiece afterQuantifier(RegexPiece piece) {
        take('?');
        if (at < pattern.length() && ("*+?".indexOf(pattern.charAt(at)) >= 0 || repeatAhead())) {
            opaque = true; // a repeated repeat: for the engine to refuse
        }
        return piece;
    }

    /** Digits without a leading zero, or -1. */
    private int repeatNumber() {
        int start = at;
        while (at < pattern.length() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '9') {
            at++;
        }
        int digits = at - start;
        if (digits == 0 || digits > 1 && pattern.charAt(start) == '0') {
            return -1;
        }
        return digits > 4 ? REPEAT_MAX + 1 : Integer.parseInt(pattern.substring(start, at));
    }

    private boolean take(char c) {
        if (at < pattern.length() && pattern.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private static boolean isAlphanumeric(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private static boolean foldsWithoutEnd(int c) {
        return c >= RegexClass.FOLDING_ENDLESS_FIRST && c <= RegexClass.FOLDING_ENDLESS_LAST;
    }

    private IllegalArgumentException endlessFolding() {
        return unusable(
                "a letter or range with any of U+1C80 to U+1C88 where case is ignored",
                "what the engine comes to the end of folding");
    }

    private IllegalArgumentException tooLarge(String found, String expected) {
        return unusable(found, "at most " + expected);
    }

    private IllegalArgumentException unusable(String found, String expected) {
        String shown = pattern.length() <= 200 ? pattern : pattern.substring(0, 200) + "...";
        return new IllegalArgumentException(
                "cannot use regex: expected=" + expected + ", found=" + found + ", pattern=" + shown);
    }
}
