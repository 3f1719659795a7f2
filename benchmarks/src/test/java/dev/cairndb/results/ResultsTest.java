package dev.cairndb.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of a run before. */
class ResultsTest {
    private static Results.Machine machine(String processor, String load) {
        return new Results.Machine(processor, 2, 4096, "Linux", "17", load);
    }

    private static Results results(boolean smoke, Map<String, String> commits) {
        Figure figure = new Figure("blocks", "compact", "CairnDB", "s", false, List.of(1.0));
        return new Results(
                "2026-01-01T00:00:00Z", smoke, "new", commits, 1, machine("a", "0"), Map.of(), List.of(figure));
    }

    @Test
    void figuresOfAnotherMachineOrOfASmokeRunAreNotKept() {
        results(false, Map.of()).requireFitting(machine("a", "2"));
        assertThrows(
                IllegalArgumentException.class, () -> results(false, Map.of()).requireFitting(machine("b", "0")));
        assertThrows(
                IllegalArgumentException.class, () -> results(true, Map.of()).requireFitting(machine("a", "0")));
        assertThrows(
                IllegalArgumentException.class,
                () -> RunTool.main(new String[] {"--smoke", "--only", "jmh", "out.json"}));
    }

    @Test
    void eachPartHasItsCommit(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("results.json");
        results(false, Map.of("blocks", "old", "jmh", "new")).write(file);
        Results read = Results.read(file);
        assertEquals("old", read.commitOf("blocks"));
        assertEquals("new", read.commitOf("receivers"));
        Files.writeString(file, Files.readString(file).replaceAll("\"commits\" : \\{[^}]*},", ""));
        assertEquals("new", Results.read(file).commitOf("blocks"));
        Path page = directory.resolve("RESULTS.md");
        RenderTool.render(read, page);
        assertTrue(Files.readString(page).contains("| commit of blocks | old |\n"));
    }
}
