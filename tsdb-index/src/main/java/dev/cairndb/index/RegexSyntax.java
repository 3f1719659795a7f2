package dev.cairndb.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
    private static final int ALTERNATIVES_MAX = 256;
    private static final int JOINED_CHARS_MAX = 256 * 1024;
    private static final char REPLACEMENT = 0xFFFD;
    private static final String META = "\\.+*?()|[{^$";

    private final String pattern;
    private int at;
    private int depth;
    private boolean opaque;

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
        Node whole = alternation();
        if (at < pattern.length()) {
            opaque = true; // an unmatched ')': for the engine to refuse
        }
        if (!opaque) {
            globs = globs(whole.branches);
        }
        if (globs == null) {
            checkEngineLimits(whole.size);
            prefix = opaque ? prefix : commonPrefix(whole.branches);
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
    private Node alternation() {
        Node node = new Node();
        if (++depth > NESTING_MAX) {
            throw tooLarge("deeper nesting", NESTING_MAX + " levels");
        }
        do {
            node.branches.add(branch(node));
        } while (take('|'));
        depth--;
        mergeLiteralBranches(node);
        return node;
    }

    private List<Piece> branch(Node owner) {
        List<Piece> pieces = new ArrayList<>();
        while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            Piece piece = atom(pieces.isEmpty());
            piece = quantified(piece);
            owner.size += piece.size;
            owner.repeat = Math.max(owner.repeat, piece.repeat);
            append(pieces, piece);
        }
        owner.size++;
        return pieces;
    }

    private Piece atom(boolean first) {
        int codePoint = pattern.codePointAt(at);
        at += Character.charCount(codePoint);
        return switch (codePoint) {
            case '(' -> group();
            case '[' -> charClass();
            case '\\' -> escape();
            case '.' -> Piece.dot();
            // Matching is anchored anyway; elsewhere than at the ends these are the engine's.
            case '^' -> first && depth == 1 && !quantifierFollows() ? Piece.literal("") : Piece.opaque();
            case '$' -> depth == 1 && atEndOfBranch() ? Piece.literal("") : Piece.opaque();
            case '*', '+', '?' -> refused();
            case '{' -> {
                at--;
                opaque |= repeatAhead();
                bracesOfText.add(at);
                at++;
                yield Piece.literal("{");
            }
            default -> {
                at -= Character.charCount(codePoint);
                yield text();
            }
        };
    }

    /** What the engine will not accept. */
    private Piece refused() {
        opaque = true;
        return Piece.opaque();
    }

    /** Plain characters; the last of them is left for a piece of its own if a quantifier follows it. */
    private Piece text() {
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
        Piece piece = broken ? Piece.opaque() : Piece.literal(pattern.substring(start, at));
        piece.size = (long) at - start;
        return piece;
    }

    private Piece group() {
        if (take('?')) {
            flagsOrName();
            if (at > 0 && pattern.charAt(at - 1) == ')') {
                return Piece.opaque(); // (?flags)
            }
        }
        Node inside = alternation();
        if (!take(')')) {
            opaque = true;
        }
        if (inside.branches.size() == 1) {
            Piece piece = Piece.group(inside.branches.get(0));
            piece.size = inside.size;
            piece.repeat = inside.repeat;
            return piece;
        }
        Piece piece = Piece.opaque();
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
        while (at < pattern.length()) {
            char c = pattern.charAt(at++);
            if (named ? c == '>' : c == ':' || c == ')') {
                return;
            }
        }
    }

    private Piece escape() {
        if (at == pattern.length()) {
            return refused();
        }
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        if (c < 0x80 && !isAlphanumeric(c)) {
            return Piece.literal(Character.toString(c));
        }
        return switch (c) {
            case 'n' -> Piece.literal("\n");
            case 't' -> Piece.literal("\t");
            case 'r' -> Piece.literal("\r");
            case 'd', 'D', 'w', 'W', 's', 'S', 'b', 'B', 'A', 'z', 'a', 'f', 'v' -> Piece.opaque();
            case 'x' -> named(2);
            case 'p', 'P' -> named(1);
            case 'Q' -> quoted();
            default -> refused();
        };
    }

    /** Behind {@code \x} or {@code \p}: a name in braces or so many chars. */
    private Piece named(int chars) {
        if (take('{')) {
            int close = pattern.indexOf('}', at);
            if (close < 0) {
                opaque = true;
            } else {
                at = close + 1;
            }
        } else if (pattern.length() - at < chars) {
            opaque = true;
        } else {
            at = pattern.offsetByCodePoints(at, 1);
            at = Math.min(at + chars - 1, pattern.length());
        }
        return Piece.opaque();
    }

    /** {@code \Q...\E}: left to the engine; without an end it would swallow what the pattern is wrapped in. */
    private Piece quoted() {
        int close = pattern.indexOf("\\E", at);
        if (close < 0) {
            throw new IllegalArgumentException(
                    "cannot parse regex: expected=\\E behind \\Q, found=the end, pattern=" + pattern);
        }
        Piece piece = Piece.opaque();
        piece.size = (long) close - at;
        at = close + 2;
        opaque = true;
        return piece;
    }

    private Piece charClass() {
        int start = at;
        take('^');
        take(']');
        while (at < pattern.length() && pattern.charAt(at) != ']') {
            if (pattern.startsWith("[:", at) && pattern.indexOf(":]", at) >= 0) {
                at = pattern.indexOf(":]", at) + 2;
            } else {
                at += pattern.charAt(at) == '\\' ? 2 : 1;
            }
        }
        if (at >= pattern.length()) {
            at = pattern.length();
            return refused();
        }
        String inside = pattern.substring(start, at++);
        List<String> alternatives = simpleClass(inside);
        return alternatives.isEmpty() ? Piece.opaque() : Piece.alternatives(alternatives);
    }

    /** The characters of a class of letters, digits and '_' and ranges of them; empty if it is anything else. */
    private static List<String> simpleClass(String inside) {
        List<String> characters = new ArrayList<>();
        for (int i = 0; i < inside.length(); i++) {
            char from = inside.charAt(i);
            char to = from;
            if (i + 2 < inside.length() && inside.charAt(i + 1) == '-') {
                to = inside.charAt(i + 2);
                i += 2;
            }
            if (!isAlphanumeric(from) && from != '_' || !isAlphanumeric(to) && to != '_' || to < from) {
                return List.of();
            }
            for (char c = from; c <= to; c++) {
                characters.add(String.valueOf(c));
            }
        }
        return characters.stream().distinct().toList();
    }

    private boolean quantifierFollows() {
        return at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0;
    }

    private boolean atEndOfBranch() {
        return at == pattern.length() || pattern.charAt(at) == '|';
    }

    private Piece quantified(Piece piece) {
        if (at == pattern.length()) {
            return piece;
        }
        char c = pattern.charAt(at);
        if (c == '*' || c == '+' || c == '?') {
            at++;
            Piece repeated = piece.repeated(c);
            repeated.size = piece.size + 1;
            repeated.repeat = piece.repeat;
            return afterQuantifier(repeated);
        }
        return c == '{' ? counted(piece) : piece;
    }

    private Piece counted(Piece piece) {
        if (!repeatAhead()) {
            return piece; // the brace is text
        }
        at++;
        int least = repeatNumber();
        int most = take(',') && pattern.charAt(at) != '}' ? repeatNumber() : least;
        at++;
        long times = Math.max(1, Math.max(least, most));
        Piece repeated = Piece.opaque();
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

    private Piece afterQuantifier(Piece piece) {
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

    private IllegalArgumentException tooLarge(String found, String expected) {
        String shown = pattern.length() <= 200 ? pattern : pattern.substring(0, 200) + "...";
        return new IllegalArgumentException(
                "cannot use regex: expected=at most " + expected + ", found=" + found + ", pattern=" + shown);
    }

    // ---- simplification ----

    /** Turns {@code a|b|c} into one branch with one piece of alternatives. */
    private static void mergeLiteralBranches(Node node) {
        if (node.branches.size() == 1) {
            return;
        }
        List<String> all = new ArrayList<>();
        for (List<Piece> branch : node.branches) {
            List<String> alternatives = branch.isEmpty() ? List.of("") : branch.get(0).alternatives;
            if (branch.size() > 1 || alternatives == null) {
                return;
            }
            all.addAll(alternatives);
        }
        List<Piece> merged = new ArrayList<>();
        merged.add(Piece.alternatives(all.stream().distinct().toList()));
        node.branches.clear();
        node.branches.add(merged);
    }

    /** Adds a piece, joined with the one before where both are literal. */
    private static void append(List<Piece> pieces, Piece piece) {
        if (piece.kind == Piece.GROUP) {
            piece.inside.forEach(inner -> append(pieces, inner));
            return;
        }
        Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
        if (last != null && last.alternatives != null && piece.alternatives != null) {
            if (canJoin(last.alternatives, piece.alternatives)) {
                pieces.set(pieces.size() - 1, Piece.alternatives(join(last.alternatives, piece.alternatives)));
                return;
            }
        }
        pieces.add(piece);
    }

    private static List<String> join(List<String> heads, List<String> tails) {
        if (heads.size() == 1 && tails.size() == 1) {
            return List.of(heads.get(0) + tails.get(0));
        }
        Set<String> joined = new LinkedHashSet<>();
        for (String head : heads) {
            for (String tail : tails) {
                joined.add(head + tail);
            }
        }
        return List.copyOf(joined);
    }

    private static boolean canJoin(List<String> heads, List<String> tails) {
        if (heads.size() == 1 && tails.size() == 1) {
            return true;
        }
        long chars = (long) chars(heads) * tails.size() + (long) chars(tails) * heads.size();
        boolean few = (long) heads.size() * tails.size() <= ALTERNATIVES_MAX;
        return chars <= JOINED_CHARS_MAX && (few || heads.size() == 1 || tails.size() == 1);
    }

    private static int chars(List<String> texts) {
        return texts.stream().mapToInt(String::length).sum();
    }

    private static @Nullable List<Glob> globs(List<List<Piece>> branches) {
        List<Glob> globs = new ArrayList<>();
        for (List<Piece> branch : branches) {
            Glob glob = glob(branch);
            if (glob == null) {
                return null;
            }
            globs.add(glob);
        }
        return globs;
    }

    private static @Nullable Glob glob(List<Piece> branch) {
        List<List<byte[]>> literals = new ArrayList<>();
        int[] gaps = new int[branch.size()];
        int gapCount = 0;
        boolean lastWasGap = true;
        for (Piece piece : branch) {
            if (piece.alternatives != null) {
                if (!lastWasGap) {
                    return null; // two lists too large to multiply
                }
                literals.add(piece.alternatives.stream().map(Utf8::encode).toList());
                lastWasGap = false;
            } else if (piece.kind == Piece.ANY || piece.kind == Piece.SOME) {
                if (lastWasGap) {
                    if (gapCount > 0) {
                        if (piece.kind == Piece.SOME && gaps[gapCount - 1] > 0) {
                            return null; // two characters at least: bytes cannot count them
                        }
                        gaps[gapCount - 1] |= piece.kind == Piece.SOME ? 1 : 0;
                        continue;
                    }
                    literals.add(List.of(new byte[0]));
                }
                gaps[gapCount++] = piece.kind == Piece.SOME ? 1 : 0;
                lastWasGap = true;
            } else {
                return null;
            }
        }
        if (lastWasGap) {
            literals.add(List.of(new byte[0]));
        }
        return new Glob(literals, Arrays.copyOf(gaps, gapCount));
    }

    private static byte[] commonPrefix(List<List<Piece>> branches) {
        List<String> heads = branches.size() == 1 && !branches.get(0).isEmpty()
                ? branches.get(0).get(0).alternatives
                : null;
        if (heads == null) {
            return new byte[0];
        }
        byte[] prefix = Utf8.encode(heads.get(0));
        for (String head : heads) {
            byte[] other = Utf8.encode(head);
            int different = Arrays.mismatch(prefix, other);
            prefix = different < 0 ? prefix : Arrays.copyOf(prefix, different);
        }
        return prefix;
    }

    /** An alternation: its branches and what they cost the engine. */
    private static final class Node {
        final List<List<Piece>> branches = new ArrayList<>();
        long size;
        long repeat = 1;
    }

    /** A part of a branch. */
    private static final class Piece {
        static final int LITERAL = 0;
        static final int DOT = 1;
        static final int ANY = 2;
        static final int SOME = 3;
        static final int OPAQUE = 4;
        static final int GROUP = 5;

        final int kind;
        final @Nullable List<String> alternatives;
        final List<Piece> inside;
        long size = 1;
        long repeat = 1;

        private Piece(int kind, @Nullable List<String> alternatives, List<Piece> inside) {
            this.kind = kind;
            this.alternatives = alternatives;
            this.inside = inside;
        }

        static Piece literal(String text) {
            return new Piece(LITERAL, List.of(text), List.of());
        }

        static Piece alternatives(List<String> alternatives) {
            return new Piece(LITERAL, alternatives, List.of());
        }

        static Piece dot() {
            return new Piece(DOT, null, List.of());
        }

        static Piece opaque() {
            return new Piece(OPAQUE, null, List.of());
        }

        static Piece group(List<Piece> inside) {
            if (inside.isEmpty()) {
                return literal("");
            }
            return inside.size() == 1 && inside.get(0).alternatives != null
                    ? alternatives(inside.get(0).alternatives)
                    : new Piece(GROUP, null, inside);
        }

        Piece repeated(char quantifier) {
            if (kind == DOT && quantifier != '?') {
                return new Piece(quantifier == '*' ? ANY : SOME, null, List.of());
            }
            if (alternatives != null && quantifier == '?') {
                List<String> optional = new ArrayList<>(alternatives);
                optional.add("");
                return alternatives(optional.stream().distinct().toList());
            }
            return opaque();
        }
    }
}
