package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MatcherTest {
    @Test
    void anAbsentLabelIsAnEmptyValue() {
        assertTrue(Matcher.equal("a", "").matchesEmpty());
        assertTrue(Matcher.notEqual("a", "x").matchesEmpty());
        assertTrue(Matcher.regex("a", ".*").matchesEmpty());
        assertFalse(Matcher.regex("a", ".+").matchesEmpty());
        assertTrue(Matcher.notRegex("a", ".+").matchesEmpty());
        assertTrue(Matcher.regex("a", "x|").matchesEmpty());
        byte[] packed = Labels.of("b", "1").packed();
        assertTrue(Matcher.equal("a", "").matchesSeries(packed, 0, packed.length));
        assertTrue(Matcher.equal("b", "1").matchesSeries(packed, 0, packed.length));
        assertFalse(Matcher.notEqual("b", "1").matchesSeries(packed, 0, packed.length));
    }

    @Test
    void regexesAreAnchoredAndDotMatchesLineBreaks() {
        assertTrue(Matcher.regex("a", "b.c").matches("b\nc"));
        assertFalse(Matcher.regex("a", "b").matches("abc"));
        assertTrue(Matcher.regex("a", "x.[0-9]").matches("x\n5"));
        assertFalse(Matcher.regex("a", "a|b").matches("ab"));
        assertTrue(Matcher.regex("a", "(?i)AbC").matches("aBc"));
        assertTrue(Matcher.regex("a", "\\pL+").matches("\u00e9\u65e5"));
        assertTrue(Matcher.regex("a", "[\\x{10000}-\\x{10ffff}]").matches("\uD83D\uDE00"));
        assertTrue(Matcher.regex("a", ".").matches("\uD83D\uDE00"));
    }

    @Test
    void eachBrokenByteIsACharacterAsInGo() {
        byte[] broken = {(byte) 0xED, (byte) 0xA0, (byte) 0x80, (byte) 0xC3};
        assertTrue(Matcher.regex("a", ".{4}").matches(broken, 0, 4));
        assertTrue(Matcher.regex("a", "[\uFFFD]{4}").matches(broken, 0, 4));
        assertTrue(Matcher.regex("a", "\uFFFD...").matches(broken, 0, 4));
        assertTrue(Matcher.regex("a", ".+").matches(broken, 0, 4));
        assertFalse(Matcher.regex("a", ".").matches(broken, 0, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {".+a?.+", ".+(b|).+", "x?.+y?.*z?.+", ".+a?.+a?", ".*b?.+a?.+"})
    void wildcardsWithNothingBetweenThemWantACharacterEach(String regex) {
        Matcher matcher = Matcher.regex("n", regex);
        assertFalse(usesEngine(regex), regex);
        for (String text : new String[] {"\u00E9", "\u20AC", "\uD83D\uDE00", "q", ""}) {
            assertFalse(matcher.matches(text), regex + " and " + text);
        }
        for (String text : new String[] {"\u00E9\u00E9", "q\u20AC", "\uD83D\uDE00q", "qq"}) {
            assertTrue(matcher.matches(text), regex + " and " + text);
        }
        byte[] broken = {(byte) 0xC3, (byte) 0x80, (byte) 0x80};
        assertFalse(matcher.matches(broken, 0, 1));
        assertFalse(matcher.matches(broken, 0, 2));
        assertTrue(matcher.matches(broken, 1, 2));
        assertTrue(matcher.matches(broken, 0, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "a|b|c",
                "(a|b)",
                "(?:a|b)",
                "pre(a|b)",
                "pre(a|b)post",
                "a|",
                "",
                "()",
                "[05]",
                "(2|3)[05]0",
                "1?[2-4]",
                "10\\.0\\.0\\.1:9100",
                "^a$",
                "^a|b$",
                "a{,3}",
                "a]",
                "x(y(z|w)|v)",
                "a??",
                "\\-\\_\\/"
            })
    void listsAreRecognised(String regex) {
        assertNotNull(Matcher.regex("n", regex).literals(), regex);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".*",
                ".+",
                "a.*",
                ".*a",
                ".*a.*",
                "a.*b.+c",
                "(metric|http)_.*",
                ".*00.*",
                "a.*|b",
                "(.*)",
                "a(.*)b",
                "e.*e?",
                ".*?",
                ".+_(3|5).*",
                "^.*$",
                ".*.+"
            })
    void wildcardsNeedNoEngine(String regex) {
        Matcher matcher = Matcher.regex("n", regex);
        assertNull(matcher.literals(), regex);
        assertTrue(matcher.isEverything() || matcher.isEverythingButEmpty() || !usesEngine(regex), regex);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a*",
                "a+",
                ".",
                "a.b",
                "(?i)a",
                "(?i:a|b)",
                "\\d+",
                "[^a]",
                "a{2}",
                "(a|b)*",
                ".+.+",
                "a\\b",
                "(?s)a.b",
                "\uFFFD",
                "[a-z][a-z]",
                "(?P<x>a)",
                "\\Qa\\E",
                "a^b"
            })
    void theRestGoesToTheEngine(String regex) {
        assertTrue(usesEngine(regex), regex);
        assertNull(Matcher.regex("n", regex).literals());
    }

    @Test
    void aBraceThatIsTextMayBeRepeated() {
        assertTrue(Matcher.regex("n", "{*\\d").matches("{{1"));
        assertTrue(Matcher.regex("n", "a{?").matches("a"));
    }

    @Test
    void literalPrefixesAreFoundInFrontOfWhatTheEngineDoes() {
        assertEquals("pod-000", prefix("pod-000(01|02|3.)"));
        assertEquals("ab", prefix("abc?\\d"));
        assertEquals("ab", prefix("abc{2}"));
        assertEquals("10.0", prefix("10\\.0.*\\d"));
        assertEquals("", prefix("(?i)abc.[a]"));
        assertEquals("", prefix("ab\\d|cd"));
        assertEquals("", prefix("abc(?i)d"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a)|(b",
                "(",
                ")",
                "a**",
                "*",
                "+a",
                "a|*",
                "{2}",
                "a{2}{3}",
                "a*{2}",
                "[",
                "[a",
                "[z-a]",
                "\\",
                "\\Qa",
                "\\1",
                "(?x)a",
                "(?=a)",
                "a{1001}",
                "(a{500}){3}",
                "((a{30}){30}){30}",
                "[[:nope:]]",
                "\\C",
                "a*+",
                "x{2}*",
                "(a",
                "\\pX1"
            })
    void badPatternsAreRefusedWithThePattern(String regex) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> Matcher.regex("n", regex));
        assertTrue(refused.getMessage().contains("pattern=" + regex), refused.getMessage());
    }

    @Test
    void patternsThatWouldExhaustTheEngineAreRefused() {
        List<String> patterns = new ArrayList<>();
        patterns.add("(".repeat(100_000));
        patterns.add("(".repeat(100_000) + "a" + ")".repeat(100_000));
        patterns.add("(?:a*".repeat(100_000) + ")".repeat(100_000));
        patterns.add("((a{1000}){1000}){1000}");
        patterns.add("(" + "a{1000}".repeat(101) + ")");
        patterns.add("ab*|".repeat(100_000));
        patterns.add("(?i)" + "[\\x{1C89}-\\x{10000}]".repeat(2_500));
        for (String pattern : patterns) {
            assertThrows(IllegalArgumentException.class, () -> Matcher.regex("n", pattern));
        }
        assertTrue(Matcher.regex("n", "(".repeat(99) + "a*" + ")".repeat(99)).matches("aaa"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?i:[W-\uFFFD])",
                "(?i:[W-\uFFFD",
                "(?i)[^B-\uFFFF]",
                "(?i)\u1C80",
                "a(?i)b[x\\x{1C00}-\\x{1C80}]",
                "(?si)[\\x{1C88}]",
                "(?s)(?i-s)\\x{1C85}+",
                "(?i)[A-[:\u10A0-\uFFFF:]\u1C80-\u1C81]",
                "(?i)[A-[:\u1000-\u2000:]",
                "(?i)\\Q\u1C83\\E",
            })
    void whatTheEngineWouldFoldForEverIsRefused(String regex) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> Matcher.regex("n", regex));
        assertTrue(refused.getMessage().contains("U+1C80"), refused.getMessage());
    }

    @Test
    void whatElseIgnoresCaseIsFolded() {
        assertTrue(Matcher.regex("n", "(?i)[\u0430-\u044f]+").matches("\u041f\u0420\u0438"));
        assertTrue(Matcher.regex("n", "(?i:[^W-z])").matches("\u1C80"));
        assertTrue(Matcher.regex("n", "(?i:[!-\\x{10FFFF}]+)").matches("\u1C80"));
        assertTrue(Matcher.regex("n", "(?i:[A-Z]+)(?-i)").matches("abc"));
        assertTrue(Matcher.regex("n", "(?P<i>[W-\uFFFD])").matches("\u1C80"));
        assertTrue(Matcher.regex("n", "(?s-i:[\\x{1C80}-\uFFFD])").matches("\u1C80"));
    }

    /** The tables of cases grow with each JDK, those of the engine do not. */
    @Test
    void everyCharacterIsFoldedToAnEndOrRefused() {
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> {
            int refused = 0;
            for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
                String range = String.format("(?i)[\\x{%x}-\\x{%x}]", c, c += c < 0x20000 ? 7 : 0xFFF);
                try {
                    assertNotNull(Matcher.regex("n", range));
                } catch (IllegalArgumentException e) {
                    refused++;
                }
            }
            assertEquals(2, refused, "ranges of eight");
        });
    }

    @Test
    void theDeepestPatternFitsIntoASmallStack() throws InterruptedException {
        boolean[] matched = new boolean[1];
        String pattern = "(?:a*".repeat(99) + "b" + ")*".repeat(99);
        Thread small =
                new Thread(null, () -> matched[0] = Matcher.regex("n", pattern).matches("b"), "small", 256 * 1024);
        small.start();
        small.join();
        assertTrue(matched[0]);
    }

    @Test
    void aLongListOfLiteralsIsNoProblem() {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < 50_000; i++) {
            regex.append("10.0.0.".replace(".", "\\.")).append(i).append('|');
        }
        Matcher matcher = Matcher.regex("n", regex + "last");
        assertTrue(matcher.matches("10.0.0.49999"));
        assertTrue(matcher.matches("last"));
        assertFalse(matcher.matches("10x0.0.1"));
    }

    @Test
    void aHugeProductOfAlternativesStaysBounded() {
        String list = "(" + "a|".repeat(1000) + "b)";
        Matcher matcher = Matcher.regex("n", list.repeat(4) + "x\\.".repeat(500));
        assertTrue(matcher.matches("abab" + "x.".repeat(500)));
        assertFalse(matcher.matches("abab"));
    }

    private static boolean usesEngine(String regex) {
        return RegexSyntax.of(regex).globs() == null;
    }

    private static String prefix(String regex) {
        return new String(RegexSyntax.of(regex).prefix(), StandardCharsets.UTF_8);
    }
}
