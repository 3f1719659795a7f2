package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is recognised without the engine must be what the engine says. */
final class MatcherPropertyTest {
    private static final String[] PIECES = {
        "a",
        "b",
        "ab",
        "é",
        "\uD83D\uDE00",
        ".",
        ".*",
        ".+",
        ".*?",
        "|",
        "(",
        ")",
        "(?:",
        "(?i)",
        "(?i:",
        "(?s)",
        "(?-s)",
        "[ab]",
        "[^a]",
        "[]a]",
        "[a-c]",
        "\\.",
        "\\-",
        "\\_",
        "\\d",
        "\\pL",
        "\\x61",
        "\\x{62}",
        "\\n",
        "\\b",
        "\\Qa|b\\E",
        "^",
        "$",
        "?",
        "*",
        "+",
        "{2}",
        "{,2}",
        "{1,}",
        "{02}",
        "{",
        "}",
        "]",
        "-",
        "_",
        "\n",
        "(?P<n>",
        "[[:alpha:]]",
        "\uFFFD",
        "(?m)",
        "\\pN",
        "\\z"
    };

    /** The engine refuses these although Go does not; {@link RegexSyntax#enginePattern}. */
    private static final java.util.regex.Pattern BRACE_REPEATED = java.util.regex.Pattern.compile("\\{[*+?]");

    @Property(tries = 5_000)
    void agreesWithTheEngine(@ForAll("patterns") String pattern, @ForAll("values") List<byte[]> values) {
        Pattern engine;
        try {
            engine = Pattern.compile(pattern, Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            if (!BRACE_REPEATED.matcher(pattern).find()) {
                assertThrows(IllegalArgumentException.class, () -> Matcher.regex("n", pattern));
            }
            return;
        }
        Matcher matcher = Matcher.regex("n", pattern);
        Matcher negative = Matcher.notRegex("n", pattern);
        for (byte[] value : values) {
            boolean expected = engine.matches(decodeLikeGo(value));
            String shown = "pattern <" + pattern + "> value <" + new String(value, StandardCharsets.UTF_8) + ">";
            assertEquals(expected, matcher.matches(value, 0, value.length), shown);
            assertEquals(!expected, negative.matches(value, 0, value.length), shown);
            if (expected) {
                assertTrue(beginsWithOneOf(value, matcher.prefixes()), shown);
            }
            if (matcher.isEverythingButEmpty()) {
                assertEquals(value.length > 0, expected, shown);
            }
            assertTrue(!matcher.isEverything() || expected, shown);
        }
        byte[][] literals = matcher.literals();
        if (literals != null) {
            for (byte[] literal : literals) {
                assertTrue(engine.matches(decodeLikeGo(literal)), pattern);
            }
        }
    }

    private static boolean beginsWithOneOf(byte[] value, byte[][] prefixes) {
        for (byte[] prefix : prefixes) {
            if (Glob.startsWith(value, 0, value.length, prefix)) {
                return true;
            }
        }
        return false;
    }

    private static String decodeLikeGo(byte[] value) {
        char[] chars = new char[value.length];
        return new String(chars, 0, Utf8.decodeLikeGo(value, 0, value.length, chars));
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.of(PIECES).list().ofMaxSize(8).map(pieces -> String.join("", pieces));
    }

    @Provide
    Arbitrary<List<byte[]>> values() {
        Arbitrary<String> pieces = Arbitraries.of(
                "a",
                "b",
                "c",
                "ab",
                "é",
                "\uD83D\uDE00",
                "|",
                ".",
                "-",
                "_",
                "\n",
                "2",
                "{2}",
                "{,2}",
                "]",
                "A",
                "\uFFFD");
        Arbitrary<byte[]> well =
                pieces.list().ofMaxSize(6).map(list -> String.join("", list).getBytes(StandardCharsets.UTF_8));
        Arbitrary<byte[]> broken = Arbitraries.bytes().array(byte[].class).ofMaxSize(6);
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(6, well), net.jqwik.api.Tuple.of(1, broken))
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }
}
