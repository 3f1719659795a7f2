package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Bytes as the text of a selector: refused with a place inside the text, or read, and what was read is read again. */
public class SeriesSelectorFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(SeriesSelectorFuzzTest.class, SeriesSelectorFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Matcher[] matchers;
        try {
            matchers = SeriesSelector.parse(text);
        } catch (SelectorSyntaxException e) {
            if (e.offset() > text.length()) {
                throw new AssertionError("an error beyond the text: " + e.getMessage(), e);
            }
            return;
        }
        StringBuilder written = new StringBuilder("{");
        for (Matcher matcher : matchers) {
            written.append(GoText.quoted(matcher.name()))
                    .append(matcher.type().operator())
                    .append(GoText.quoted(matcher.value()))
                    .append(',');
        }
        assertArrayEquals(matchers, SeriesSelector.parse(written.append('}').toString()));
    }
}
