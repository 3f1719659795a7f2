package dev.cairndb.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documents say what is so: links lead somewhere, numbers are those of the code. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");
    private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`");
    private static final Path LIMITS = Modules.ROOT.resolve("docs/limits.md");
    private static final Pattern LIMIT =
            Pattern.compile("\\| [^|]+ \\| ([^|]+) \\| `(dev\\.cairndb\\.[\\w.]+)` \\|(?: [^|]+)? \\|");
    private static final Pattern FLAG = Pattern.compile("\\| `--([^`]+)` \\| ([^|]+) \\| [^|]+ \\|");
    private static final Pattern HELP_FLAG = Pattern.compile("(?m)^  --([\\w.-]+)=(\\d+[a-zA-Z]*)$");
    private static final Map<String, Long> SIZE_UNITS = Map.of("KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);
    private static final Map<String, Duration> DURATION_UNITS = Map.of(
            "s",
            Duration.ofSeconds(1),
            "min",
            Duration.ofMinutes(1),
            "h",
            Duration.ofHours(1),
            "d",
            Duration.ofDays(1));

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
    void everyTestThatThePageOnDurabilityNamesIsThere() throws IOException {
        Map<String, String> tests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(Modules.ROOT)) {
            for (Path file : files.filter(path -> path.toString().matches(".*/src/test/java/.*Test\\.java"))
                    .toList()) {
                tests.put(String.valueOf(file.getFileName()).replace(".java", ""), Files.readString(file));
            }
        }
        Matcher name = TEST.matcher(Files.readString(Modules.ROOT.resolve("docs/durability.md")));
        int names = 0;
        for (; name.find(); names++) {
            String method = name.group(2);
            String source = tests.getOrDefault(name.group(1), "");
            assertTrue(!source.isEmpty() && (method == null || source.contains("void " + method + "(")), name.group());
        }
        assertTrue(names > 20, names + " names");
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
    void everyLimitInTheTablesIsThatOfTheCode() throws Exception {
        List<String> rows = limitRows();
        assertTrue(rows.size() > 20);
        for (String row : rows) {
            Matcher limit = LIMIT.matcher(row);
            assertTrue(limit.matches(), () -> "not a row of limits: " + row);
            assertEquals(textOf(valueOf(limit.group(2)), limit.group(1)), limit.group(1), row);
        }
    }

    @Test
    void everyOptionIsInTheTables() throws Exception {
        List<String> named = limitRows().stream()
                .flatMap(row -> LIMIT.matcher(row).results().map(match -> match.group(2)))
                .toList();
        List<String> options = new ArrayList<>();
        addComponents(TsdbOptions.class, TsdbOptions.class.getName(), options);
        addComponents(RemoteWriteLimits.class, RemoteWriteLimits.class.getName(), options);
        options.removeAll(named);
        assertEquals(List.of(), options);
    }

    @Test
    void theFlagsInTheTableHaveTheirDefaultsAndNoFlagWithANumberIsMissing() throws Exception {
        Map<String, String> shown = new TreeMap<>();
        for (String line : Files.readAllLines(LIMITS)) {
            Matcher flag = FLAG.matcher(line);
            if (flag.matches()) {
                shown.put(flag.group(1), flag.group(2));
            }
        }
        Map<String, String> numbers = new TreeMap<>();
        Matcher flag = HELP_FLAG.matcher(helpOfTheReceiver());
        while (flag.find()) {
            numbers.put(flag.group(1), flag.group(2));
        }
        assertEquals(numbers, shown);
    }

    private static List<String> limitRows() throws IOException {
        return Files.readAllLines(LIMITS).stream()
                .filter(line -> line.startsWith("|") && line.contains("`dev.cairndb."))
                .toList();
    }

    private static void addComponents(Class<?> record, String prefix, List<String> names) {
        for (RecordComponent component : record.getRecordComponents()) {
            String name = prefix + "." + component.getName();
            if (component.getType().isRecord()) {
                addComponents(component.getType(), name, names);
            } else {
                names.add(name);
            }
        }
    }

    /** A constant of a class, or a component of the defaults of a record of settings. */
    private static Object valueOf(String name) throws Exception {
        for (Object defaults : List.of(TsdbOptions.defaults(), RemoteWriteLimits.defaults())) {
            String prefix = defaults.getClass().getName() + ".";
            if (name.startsWith(prefix)) {
                Object value = defaults;
                for (String component : name.substring(prefix.length()).split("\\.")) {
                    value = value.getClass().getMethod(component).invoke(value);
                }
                return value;
            }
        }
        int dot = name.lastIndexOf('.');
        Field field = Class.forName(name.substring(0, dot)).getDeclaredField(name.substring(dot + 1));
        field.setAccessible(true);
        return field.get(null);
    }

    /** The value as it is to be written, in the unit that {@code written} uses. */
    private static String textOf(Object value, String written) {
        int space = written.indexOf(' ');
        String unit = space < 0 ? "" : written.substring(space + 1);
        if (value instanceof Duration duration) {
            Duration one = DURATION_UNITS.getOrDefault(unit, Duration.ofMillis(1));
            long count = duration.dividedBy(one);
            return one.multipliedBy(count).equals(duration) ? count + " " + unit : duration.toString();
        }
        if (value instanceof Number number) {
            long one = SIZE_UNITS.getOrDefault(unit, 1L);
            String count = String.format(Locale.ROOT, "%,d", number.longValue() / one);
            return number.longValue() % one != 0 ? number.toString() : unit.isEmpty() ? count : count + " " + unit;
        }
        return value.toString();
    }

    private static String helpOfTheReceiver() throws Exception {
        Method help = Class.forName("dev.cairndb.receiver.ReceiverPage").getDeclaredMethod("text");
        help.setAccessible(true);
        return (String) help.invoke(null);
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
