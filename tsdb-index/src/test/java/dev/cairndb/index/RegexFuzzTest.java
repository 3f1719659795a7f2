package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * A regex, a zero byte and a text: refused, or matched as re2j does, also where literals, prefixes and wildcards were
 * recognised and the engine is not asked. Where re2j does not know Go's syntax there is nothing to compare with.
 */
public class RegexFuzzTest {
    private static final int LENGTH_MAX = 200;

    @Test
    void whateverIsInTheCorpusMatchesAsTheEngineSays() throws IOException {
        FuzzCorpus.replay(RegexFuzzTest.class, RegexFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > LENGTH_MAX) {
            return;
        }
        String all = new String(input, StandardCharsets.UTF_8);
        int end = all.indexOf('\0');
        String regex = end < 0 ? all : all.substring(0, end);
        String text = end < 0 ? "" : all.substring(end + 1);
        Matcher matcher;
        try {
            matcher = Matcher.regex("name", regex);
        } catch (IllegalArgumentException e) {
            return;
        }
        assertEquals(!matcher.matches(text), Matcher.notRegex("name", regex).matches(text));
        Pattern oracle;
        try {
            oracle = Pattern.compile("(?s:" + regex + ")");
        } catch (PatternSyntaxException e) {
            return;
        }
        assertEquals(oracle.matches(text), matcher.matches(text), () -> "'" + regex + "' and '" + text + "'");
        assertEquals(oracle.matches(""), matcher.matchesEmpty(), () -> "'" + regex + "' and nothing");
    }
}
