package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code bin/archive-classes} leaves for {@code bin/cairn}. */
@Tag("interop")
class ClassArchiveTest {
    private static final Duration TIME_MAX = Duration.ofSeconds(120);
    private static final String FROM_ARCHIVE = "dev.cairndb.receiver.Main source: shared objects file";

    @TempDir
    Path scratch;

    @Test
    void classesComeFromTheArchiveUntilItIsOfAnotherBuild() throws IOException {
        Path root = treeOfItsOwn();
        String plain = run(root.resolve("bin/cairn"), "--version");
        String archive = run(root.resolve("bin/archive-classes")).strip();
        assertTrue(Files.size(Path.of(archive)) > 1 << 20, archive);
        assertTrue(loadedClasses(root).contains(FROM_ARCHIVE));
        assertEquals(plain, run(root.resolve("bin/cairn"), "--version"));
        Files.delete(Path.of(archive));
        Files.writeString(Path.of(archive), "of another build");
        assertFalse(loadedClasses(root).contains(FROM_ARCHIVE));
        assertEquals(plain, run(root.resolve("bin/cairn"), "--version"), "says nothing of an archive it cannot use");
    }

    /** So that no other test starts from the archive. */
    private Path treeOfItsOwn() throws IOException {
        Path built = Cairn.builtProgram().getParent().getParent();
        Path root = scratch.resolve("tree");
        copy(built, root, "bin", "cairn|archive-classes");
        copy(built, root, "tsdb-receiver/target", "tsdb-receiver-.*\\.jar");
        copy(built, root, "tsdb-receiver/target/lib", ".*\\.jar");
        return root;
    }

    private static void copy(Path from, Path to, String folder, String names) throws IOException {
        Files.createDirectories(to.resolve(folder));
        for (String name : Directories.names(from.resolve(folder), names)) {
            Path file = Path.of(folder, name);
            Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private String loadedClasses(Path root) throws IOException {
        Path log = scratch.resolve("classes.log");
        String unused =
                run(Map.of("CAIRN_JAVA_OPTS", "-Xlog:class+load:file=" + log), root.resolve("bin/cairn"), "--version");
        return Files.readString(log);
    }

    private String run(Path script, String... arguments) {
        return run(Map.of(), script, arguments);
    }

    private String run(Map<String, String> environment, Path script, String... arguments) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("JAVA_HOME", System.getProperty("java.home"));
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        try (RunningProgram program =
                RunningProgram.start(scratch, script.getFileName().toString(), command, all)) {
            assertEquals(0, program.awaitExit(TIME_MAX), program::log);
            return program.log();
        }
    }
}
