package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenDataTest {
    private static final String PROPERTY = "cairn.golden";

    private final GoldenData golden = new GoldenData(GoldenDataTest.class);
    private @Nullable String given;

    @TempDir
    Path directory;

    @BeforeEach
    void takeTheResources() {
        given = System.clearProperty(PROPERTY);
    }

    @AfterEach
    void takeWhatWasGiven() {
        if (given == null) {
            System.clearProperty(PROPERTY);
        } else {
            System.setProperty(PROPERTY, given);
        }
    }

    @Test
    void foldersAndNamesAreListedInOrder() throws IOException {
        assertEquals(List.of("list.jsonl", "one", "two"), names(golden.list("things")));
        assertEquals(List.of("one", "two"), names(golden.folders("things")));
        assertEquals(List.of("a", "b"), golden.names("things/one", ".txt"));
    }

    @Test
    void anotherTreeIsTakenIfOneIsGiven() throws IOException {
        Files.createDirectories(directory.resolve("things/other"));
        System.setProperty(PROPERTY, directory.toString());
        assertEquals(List.of("other"), names(golden.folders("things")));
    }

    @Test
    void whatIsMissingIsAnError() throws IOException {
        assertThrows(AssertionError.class, () -> golden.path("nothing"));
        assertThrows(AssertionError.class, () -> golden.list("nothing"));
        assertThrows(AssertionError.class, () -> golden.folders("things/one"));
        assertThrows(AssertionError.class, () -> golden.names("things/one", ".tsv"));
        System.setProperty(PROPERTY, directory.resolve("absent").toString());
        assertThrows(AssertionError.class, () -> golden.folders("things"));
    }

    @Test
    void countsAreReportedInOneLine() {
        golden.checked();
        golden.checked();
        golden.checked("samples", 7);
        golden.skipped("encoding 4", 12);
        golden.skipped("encoding 2");
        assertEquals(
                "GoldenDataTest: 2 cases, 7 samples checked, 13 skipped (encoding 2: 1, encoding 4: 12)", report());
        golden.checked();
        assertEquals("GoldenDataTest: 1 cases checked, 0 skipped", report());
    }

    @Test
    void nothingCheckedIsAnError() {
        golden.skipped("everything");
        golden.checked("samples", 0);
        assertThrows(AssertionError.class, this::report);
    }

    @Test
    void aDirectoryIsCopiedWithAllThatIsInIt() throws IOException {
        Path target = directory.resolve("copy");
        DirectoryCopy.copy(golden.path("things"), target);
        List<Path> listed;
        try (Stream<Path> files = Files.list(target)) {
            listed = files.sorted().toList();
        }
        assertEquals(List.of("list.jsonl", "one", "two"), names(listed));
        assertEquals("y\n", Files.readString(target.resolve("one/b.txt")));
        assertThrows(IOException.class, () -> DirectoryCopy.copy(golden.path("things"), target));
    }

    private String report() {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        golden.report(new PrintStream(printed, true, StandardCharsets.UTF_8));
        return printed.toString(StandardCharsets.UTF_8).strip();
    }

    private static List<String> names(List<Path> paths) {
        return paths.stream().map(path -> String.valueOf(path.getFileName())).toList();
    }
}
