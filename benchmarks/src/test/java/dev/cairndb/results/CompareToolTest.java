package dev.cairndb.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompareToolTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void whatIsBeyondNoiseIsWorseOrBetterByItsDirection() {
        assertEquals(1, compare(time(10, 11), time(13, 14)));
        assertTrue(text().contains("WORSE"), text());
        assertEquals(0, compare(time(13, 14), time(10, 11)));
        assertTrue(text().contains("better"), text());
        assertEquals(0, compare(rate(10, 11), rate(13, 14)));
        assertEquals(1, compare(rate(13, 14), rate(10, 11)));
    }

    @Test
    void whatOverlapsOrIsNearlyTheSameIsNeither() {
        assertEquals(0, compare(time(10, 20), time(19, 40)));
        assertEquals(0, compare(time(10.0, 10.1), time(10.2, 10.3)));
        assertTrue(!text().contains("WORSE") && !text().contains("better"), text());
    }

    @Test
    void whatIsInOneOnlyIsTold() {
        Figure other = new Figure("group", "other", "CairnDB", "ns/op", false, List.of(1.0));
        assertEquals(0, compare(time(1, 2), other));
        assertTrue(text().contains("new     group / other / CairnDB"), text());
        assertTrue(text().contains("gone    group / name / CairnDB"), text());
    }

    private int compare(Figure before, Figure after) {
        printed.reset();
        return CompareTool.compare(
                results(before), results(after), new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private String text() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    private static Figure time(double... values) {
        return figure(false, values);
    }

    private static Figure rate(double... values) {
        return figure(true, values);
    }

    private static Figure figure(boolean higherIsBetter, double... values) {
        return new Figure(
                "group",
                "name",
                "CairnDB",
                "ns/op",
                higherIsBetter,
                java.util.Arrays.stream(values).boxed().toList());
    }

    private static Results results(Figure figure) {
        Results.Machine machine = new Results.Machine("processor", 2, 1, "Linux", "17", "0");
        return new Results("2026-01-01T00:00:00Z", false, "abc", Map.of(), 1, machine, Map.of(), List.of(figure));
    }
}
