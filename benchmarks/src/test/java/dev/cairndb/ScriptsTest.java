package dev.cairndb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The scripts beside the module, each the one command of a measurement. */
class ScriptsTest {
    @Test
    void eachTellsHowItIsUsedBeforeItBuildsAnything() throws Exception {
        for (Path script : scripts()) {
            Process process = new ProcessBuilder(script.toString(), "--help")
                    .redirectErrorStream(true)
                    .start();
            String help = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), help);
            assertTrue(help.contains("benchmarks/" + script.getFileName()), script + ": " + help);
            assertTrue(help.lines().count() < 8, help);
        }
    }

    private static List<Path> scripts() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("").toAbsolutePath())) {
            List<Path> scripts = files.filter(Files::isRegularFile)
                    .filter(Files::isExecutable)
                    .toList();
            assertTrue(scripts.size() >= 10, scripts.toString());
            return scripts;
        }
    }
}
