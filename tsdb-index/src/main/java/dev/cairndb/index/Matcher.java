package dev.cairndb.index;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one label, as in a PromQL selector. A label that a series does not have counts as empty. A regex must
 * match the whole value, is in RE2 syntax and its dot matches line breaks too: {@code ^(?s:...)$}.
 *
 * <p>Immutable, thread-safe.
 */
public final class Matcher {
    /** What is asked of a value. */
    public enum Type {
        EQUAL("="),
        NOT_EQUAL("!="),
        REGEX("=~"),
        NOT_REGEX("!~");

        private final String operator;

        Type(String operator) {
            this.operator = operator;
        }

        /** As written in PromQL. */
        public String operator() {
            return operator;
        }

        boolean isNegative() {
            return this == NOT_EQUAL || this == NOT_REGEX;
        }
    }

    private static final byte[] NO_BYTES = {};

    private final Type type;
    private final String name;
    private final String value;
    private final byte[] nameBytes;
    /** What the positive form accepts, sorted, if that is a list of strings. */
    private final byte @Nullable [][] literals;
    /** What the positive form accepts, if wildcards say it; null also when the engine is needed. */
    private final Glob @Nullable [] globs;

    private final @Nullable Pattern engine;
    /** What an accepted value of the positive form begins with: one of these. */
    private final byte[][] prefixes;

    private final boolean matchesEmpty;

    private Matcher(Type type, String name, String value) {
        this.type = Objects.requireNonNull(type);
        this.name = name;
        this.value = value;
        nameBytes = Utf8.encode(name);
        byte[] valueBytes = Utf8.encode(value);
        if (type == Type.EQUAL || type == Type.NOT_EQUAL) {
            literals = new byte[][] {valueBytes};
            globs = null;
            engine = null;
            prefixes = literals;
        } else {
            RegexSyntax syntax = RegexSyntax.of(value);
            List<Glob> found = syntax.globs();
            globs = found == null ? null : found.toArray(new Glob[0]);
            literals = literalsOf(globs);
            engine = globs == null ? compile(syntax.enginePattern(), value) : null;
            prefixes = globs == null ? new byte[][] {syntax.prefix()} : headsOf(globs);
        }
        matchesEmpty = matches(NO_BYTES, 0, 0);
    }

    /** @throws IllegalArgumentException if a regex cannot be parsed or is beyond a limit */
    public static Matcher of(Type type, String name, String value) {
        return new Matcher(type, name, value);
    }

    public static Matcher equal(String name, String value) {
        return new Matcher(Type.EQUAL, name, value);
    }

    public static Matcher notEqual(String name, String value) {
        return new Matcher(Type.NOT_EQUAL, name, value);
    }

    /** @throws IllegalArgumentException if the regex cannot be parsed or is beyond a limit */
    public static Matcher regex(String name, String regex) {
        return new Matcher(Type.REGEX, name, regex);
    }

    /** @throws IllegalArgumentException if the regex cannot be parsed or is beyond a limit */
    public static Matcher notRegex(String name, String regex) {
        return new Matcher(Type.NOT_REGEX, name, regex);
    }

    public Type type() {
        return type;
    }

    public String name() {
        return name;
    }

    /** The value or the regex. */
    public String value() {
        return value;
    }

    /** Whether a series without the label is accepted. */
    public boolean matchesEmpty() {
        return matchesEmpty;
    }

    /** Whether a label value, in UTF-8, is accepted. */
    public boolean matches(byte[] bytes, int offset, int length) {
        return positiveMatches(bytes, offset, length) != type.isNegative();
    }

    public boolean matches(String text) {
        byte[] bytes = Utf8.encode(text);
        return matches(bytes, 0, bytes.length);
    }

    /** Whether a label set, packed as {@link PackedLabels}, is accepted. */
    public boolean matchesSeries(byte[] packed, int offset, int length) {
        long found = PackedLabels.find(packed, offset, length, nameBytes);
        return found < 0 ? matchesEmpty : matches(packed, (int) (found >>> 32), (int) found);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Matcher matcher
                && type == matcher.type
                && name.equals(matcher.name)
                && value.equals(matcher.value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, name, value);
    }

    @Override
    public String toString() {
        return name + type.operator() + '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    byte[] nameBytes() {
        return nameBytes;
    }

    /** All values that the positive form (= or =~) accepts, sorted; null if it is no list. */
    byte @Nullable [][] literals() {
        return literals;
    }

    /** What values that the positive form accepts begin with, sorted and never null; an empty one says nothing. */
    byte[][] prefixes() {
        return prefixes;
    }

    /** The positive form accepts everything ({@code .*}). */
    boolean isEverything() {
        return globs != null && Arrays.stream(globs).anyMatch(glob -> glob.isAnything(0));
    }

    /** The positive form accepts everything but the empty string ({@code .+}). */
    boolean isEverythingButEmpty() {
        return globs != null && globs.length == 1 && globs[0].isAnything(1);
    }

    /** The positive form accepts nothing but the empty string. */
    boolean isOnlyEmpty() {
        return literals != null && literals.length == 1 && literals[0].length == 0;
    }

    boolean positiveMatches(byte[] bytes, int offset, int length) {
        if (literals != null) {
            return Glob.indexOf(literals, bytes, offset, offset + length) >= 0;
        }
        if (globs != null) {
            for (Glob glob : globs) {
                if (glob.matches(bytes, offset, length)) {
                    return true;
                }
            }
            return false;
        }
        return Glob.startsWith(bytes, offset, offset + length, prefixes[0]) && engineMatches(bytes, offset, length);
    }

    private boolean engineMatches(byte[] bytes, int offset, int length) {
        char[] chars = new char[length];
        int count = Utf8.decodeLikeGo(bytes, offset, length, chars);
        return Objects.requireNonNull(engine).matches(new String(chars, 0, count));
    }

    private static byte @Nullable [][] literalsOf(Glob @Nullable [] globs) {
        return globs != null && globs.length == 1 && globs[0].isLiteral() ? globs[0].heads() : null;
    }

    private static byte[][] headsOf(Glob[] globs) {
        TreeSet<byte[]> heads = new TreeSet<>(Arrays::compareUnsigned);
        for (Glob glob : globs) {
            heads.addAll(Arrays.asList(glob.heads()));
        }
        return heads.toArray(new byte[0][]);
    }

    private static Pattern compile(String enginePattern, String regex) {
        try {
            return Pattern.compile(enginePattern, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "cannot parse regex: found=" + e.getDescription() + ", pattern=" + regex, e);
        }
    }
}
