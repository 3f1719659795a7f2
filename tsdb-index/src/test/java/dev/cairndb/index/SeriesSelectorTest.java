package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/**
 * The selectors of {@code selectors.jsonl}, with what a real Prometheus 3.15 said to each ({@code error} as a
 * {@code match[]} of {@code /api/v1/series}, the rest as a query of {@code /api/v1/parse_query}); and arbitrary ones.
 */
final class SeriesSelectorTest {
    private static final String OF_QUERY = "invalid parameter \"query\": ";

    @Test
    void readsAndRefusesWhatPrometheusDoesWithTheSameWords() throws IOException {
        int accepted = 0;
        int refused = 0;
        int otherWords = 0;
        List<String> differences = new ArrayList<>();
        for (JsonNode line : recorded()) {
            String text = line.get("text").asText();
            String expected = line.path("error").asText("");
            String found = problemOf(() -> SeriesSelector.parse(text));
            if (expected.isEmpty()) {
                accepted++;
            } else {
                refused++;
            }
            if (found.equals(expected)) {
                continue;
            }
            if (isKnownDifference(text, expected, found)) {
                otherWords++;
            } else {
                differences.add(text + "\n  expected=" + expected + "\n  found=" + found);
            }
        }
        assertEquals(List.of(), differences);
        assertTrue(accepted > 500 && refused > 1500 && otherWords < 30, accepted + " " + refused + " " + otherWords);
    }

    /** Strings that are no UTF-8, and what is wrong with a regular expression or a number. */
    private static boolean isKnownDifference(String text, String expected, String found) {
        if (text.contains("\\xff") || text.contains("\\377")) {
            return found.endsWith("do not give valid UTF-8");
        }
        boolean regex = expected.contains("error parsing regexp");
        boolean number = expected.contains("number or duration") && found.contains("number or duration");
        return (regex || number) && positionOf(found).equals(positionOf(expected));
    }

    private static String positionOf(String message) {
        return message.substring(0, message.indexOf(": parse error"));
    }

    @Test
    void givesTheMatchersThatPrometheusGives() throws IOException {
        int compared = 0;
        for (JsonNode line : recorded()) {
            String text = line.get("text").asText();
            if (text.contains("\\xff")) {
                continue; // a matcher that Prometheus has and that can match nothing
            }
            if (line.has("matchers")) {
                List<Matcher> expected = new ArrayList<>();
                line.get("matchers")
                        .forEach(matcher -> expected.add(Matcher.of(
                                type(matcher.get(1).asText()),
                                matcher.get(0).asText(),
                                matcher.get(2).asText())));
                assertEquals(expected, List.of(SeriesSelector.parseExpression(text)), text);
                assertEquals(expected, List.of(SeriesSelector.parse(text)), text);
                compared++;
            } else {
                assertThrows(SelectorSyntaxException.class, () -> SeriesSelector.parseExpression(text), text);
            }
            if (line.has("selects_all")) {
                assertFalse(SeriesSelector.selectsSome(SeriesSelector.parse(text)), text);
            }
        }
        assertTrue(compared > 400, compared + " compared");
    }

    @Test
    void theRulesForExpressionsHaveTheWordsOfPrometheus() throws IOException {
        int compared = 0;
        for (JsonNode line : recorded()) {
            String expected = line.path("expression_error").asText("");
            if (expected.contains("metric name must not") || expected.contains("non-empty matcher")) {
                assertEquals(
                        expected.substring(OF_QUERY.length()),
                        problemOf(() ->
                                SeriesSelector.parseExpression(line.get("text").asText())));
                compared++;
            }
        }
        assertTrue(compared > 100, compared + " compared");
        assertEquals(
                "unknown position: parse error: no expression found in input",
                problemOf(() -> SeriesSelector.parseExpression("")));
        assertEquals(
                "1:5: parse error: unexpected \"(\"; only a series selector can be used here",
                problemOf(() -> SeriesSelector.parseExpression("rate(x[5m])")));
    }

    private static List<JsonNode> recorded() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        try (var file = SeriesSelectorTest.class.getResourceAsStream("/selectors.jsonl")) {
            for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                lines.add(json.readTree(line));
            }
        }
        return lines;
    }

    private static Matcher.Type type(String operator) {
        return Arrays.stream(Matcher.Type.values())
                .filter(type -> type.operator().equals(operator))
                .findFirst()
                .orElseThrow();
    }

    private static String problemOf(Runnable parsing) {
        try {
            parsing.run();
            return "";
        } catch (SelectorSyntaxException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Property
    void whatIsWrittenIsReadBack(@ForAll("matchers") List<Matcher> matchers, @ForAll boolean trailingComma) {
        StringBuilder text = new StringBuilder("{");
        for (Matcher matcher : matchers) {
            text.append(text.length() > 1 ? ", " : "")
                    .append(GoText.quoted(matcher.name()))
                    .append(matcher.type().operator())
                    .append(GoText.quoted(matcher.value()));
        }
        text.append(trailingComma ? " ,}" : "}");
        assertArrayEquals(matchers.toArray(), SeriesSelector.parse(text.toString()));
    }

    @Provide
    Arbitrary<List<Matcher>> matchers() {
        Arbitrary<String> string = Arbitraries.strings()
                .ofMaxLength(8)
                .filter(text -> text.chars().noneMatch(c -> c == 0xFFFD || Character.isSurrogate((char) c)));
        return net.jqwik.api.Combinators.combine(
                        Arbitraries.of(Matcher.Type.EQUAL, Matcher.Type.NOT_EQUAL), string, string)
                .as(Matcher::of)
                .list()
                .ofMinSize(1)
                .ofMaxSize(5);
    }

    @Property(tries = 5_000)
    void anyTextIsASelectorOrAnErrorInsideOfIt(@ForAll("almostSelectors") String text) {
        try {
            assertTrue(SeriesSelector.parse(text).length > 0 || text.contains("{"));
        } catch (SelectorSyntaxException e) {
            assertTrue(e.offset() >= 0 && e.offset() <= text.length(), e.getMessage());
        }
    }

    @Provide
    Arbitrary<String> almostSelectors() {
        return Arbitraries.of(
                        "m",
                        "{",
                        "}",
                        "\"",
                        "'",
                        "`",
                        "=",
                        "!",
                        "~",
                        ",",
                        "\\",
                        "x",
                        "u",
                        "U",
                        "7",
                        ".",
                        "[",
                        "(",
                        ")",
                        "]",
                        "\n",
                        "#",
                        " ",
                        "\uD800",
                        "\uFFFD",
                        "\u00e9",
                        "\uD83D\uDE00",
                        "(?",
                        "*",
                        "a",
                        "__name__")
                .list()
                .ofMaxSize(14)
                .map(parts -> String.join("", parts));
    }
}
