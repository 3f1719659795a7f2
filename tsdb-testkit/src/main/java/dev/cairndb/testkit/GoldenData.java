package dev.cairndb.testkit;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Files that another implementation wrote, as one test sees them: where they lie, and the count of what the test
 * checked and what it left out. The tree is the one that the system property {@code cairn.golden} names, else the
 * folder {@code golden} in the resources of the test. What is missing is an {@link AssertionError}, never an empty
 * list: a test that finds nothing must not pass. Not thread-safe.
 */
public final class GoldenData {
    private final Class<?> test;
    private final Map<String, Long> checkedByKind = new TreeMap<>();
    private final Map<String, Long> skippedByReason = new TreeMap<>();

    /** @param test whose resources hold the data, and whose name stands in front of the counts */
    public GoldenData(Class<?> test) {
        this.test = test;
    }

    /** The folder or file of this name in the tree; it is there. */
    public Path path(String name) {
        Path path = root().resolve(name);
        if (!Files.exists(path)) {
            throw new AssertionError("golden data is missing: " + path.toAbsolutePath());
        }
        return path;
    }

    /** What lies in this folder of the tree, sorted; not empty. */
    public List<Path> list(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(path(folder))) {
            return notEmpty(folder, entries.sorted().toList());
        }
    }

    /** The folders that lie in this one, sorted; not empty. */
    public List<Path> folders(String folder) throws IOException {
        return notEmpty(folder, list(folder).stream().filter(Files::isDirectory).toList());
    }

    /** Names of the files in this folder that end with the suffix, without it, sorted; not empty. */
    public List<String> names(String folder, String suffix) throws IOException {
        return notEmpty(
                folder,
                list(folder).stream()
                        .map(file -> String.valueOf(file.getFileName()))
                        .filter(name -> name.endsWith(suffix))
                        .map(name -> name.substring(0, name.length() - suffix.length()))
                        .toList());
    }

    private static <T> List<T> notEmpty(String folder, List<T> found) {
        if (found.isEmpty()) {
            throw new AssertionError("no golden data of this kind in " + folder);
        }
        return found;
    }

    private Path root() {
        String given = System.getProperty("cairn.golden");
        if (given != null && !given.isEmpty()) {
            return Path.of(given);
        }
        URL resource = test.getResource("/golden");
        if (resource == null) {
            throw new AssertionError("no folder golden in the resources of " + test);
        }
        try {
            return Path.of(resource.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Counts a case as checked. */
    public void checked() {
        checked("cases", 1);
    }

    /** @param kind what was checked, in the plural */
    public void checked(String kind, long count) {
        checkedByKind.merge(kind, count, Long::sum);
    }

    /** Counts a case as left out. */
    public void skipped(String reason) {
        skipped(reason, 1);
    }

    /** @param reason what the cases left out have in common */
    public void skipped(String reason, long count) {
        skippedByReason.merge(reason, count, Long::sum);
    }

    /** Prints the counts since the last report in one line; a test that checked nothing fails. */
    public void report(PrintStream out) {
        String checked = checkedByKind.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        String reasons = skippedByReason.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", ", " (", ")"));
        out.println(test.getSimpleName() + ": " + checked + " checked, " + sum(skippedByReason) + " skipped"
                + (skippedByReason.isEmpty() ? "" : reasons));
        boolean nothing = sum(checkedByKind) == 0;
        checkedByKind.clear();
        skippedByReason.clear();
        if (nothing) {
            throw new AssertionError(test.getSimpleName() + " found nothing to check");
        }
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
