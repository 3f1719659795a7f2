package dev.cairndb.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents say what is so: links lead somewhere, numbers are those of the code. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");
    private static final Pattern LIMIT =
            Pattern.compile("\\| [^|]+ \\| ([\\d,]+)( [KMG]iB)? \\| `([\\w.]+)\\.(\\w+)` \\| [^|]+ \\|");
    private static final Map<String, Long> UNITS = Map.of("", 1L, " KiB", 1L << 10, " MiB", 1L << 20, " GiB", 1L << 30);

    @Test
    void everyLinkToAFileLeadsToOne() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                String target = link.group(1);
                if (target.contains("://")) {
                    continue;
                }
                links++;
                if (!Files.exists(document.resolveSibling(target))) {
                    broken.add(Modules.ROOT.relativize(document) + " -> " + target);
                }
            }
        }
        assertEquals(List.of(), broken);
        assertTrue(links > 0);
    }

    @Test
    void everyFormatPageIsReachedFromTheListOfDocuments() throws IOException {
        String list = Files.readString(Modules.ROOT.resolve("docs/README.md"));
        try (Stream<Path> pages = Files.list(Modules.ROOT.resolve("docs/format"))) {
            List<String> missing = pages.map(page -> "format/" + page.getFileName())
                    .filter(page -> !list.contains("(" + page + ")"))
                    .sorted()
                    .toList();
            assertEquals(List.of(), missing);
        }
    }

    @Test
    void theLimitsAreThoseOfTheCode() throws Exception {
        List<String> rows = Files.readAllLines(Modules.ROOT.resolve("docs/limits.md")).stream()
                .filter(line -> line.startsWith("|") && line.contains("`"))
                .toList();
        assertTrue(rows.size() > 5);
        for (String row : rows) {
            Matcher limit = LIMIT.matcher(row);
            assertTrue(limit.matches(), () -> "not a row of limits: " + row);
            String unit = limit.group(2) == null ? "" : limit.group(2);
            long number = Long.parseLong(limit.group(1).replace(",", "")) * UNITS.get(unit);
            assertEquals(constant(limit.group(3), limit.group(4)), number, row);
        }
    }

    private static long constant(String type, String name) throws Exception {
        Field field = Class.forName(type).getDeclaredField(name);
        field.setAccessible(true);
        return ((Number) field.get(null)).longValue();
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.find(
                Modules.ROOT,
                3,
                (path, attributes) -> path.toString().endsWith(".md")
                        && !Modules.ROOT.relativize(path).toString().contains("target"))) {
            return files.toList();
        }
    }
}
