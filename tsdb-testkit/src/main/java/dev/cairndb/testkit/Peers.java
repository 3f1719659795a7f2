package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The real programs to test against: those in the folder that the environment names as {@code CAIRN_PEERS}, or on the
 * path.
 */
public final class Peers {
    private static final int SECONDS_MAX = 120;

    private Peers() {}

    /** Where a program is; without it the test is skipped, and says so. */
    public static Path program(String name) {
        List<String> folders = new ArrayList<>();
        String given = System.getenv("CAIRN_PEERS");
        if (given != null) {
            folders.add(given);
        }
        folders.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)));
        for (String folder : folders) {
            Path program = Path.of(folder).resolve(name);
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        skip(name + " is neither in CAIRN_PEERS nor on the path");
        throw new IllegalStateException("BUG: a test that is skipped goes on");
    }

    /** A skip that nobody overlooks. */
    public static void skip(String reason) {
        System.out.println("SKIPPED: " + reason);
        Assumptions.abort(reason);
    }

    /**
     * Runs a program to its end, which must be a good one.
     *
     * @param directory takes a file with what it prints
     * @return what it prints, errors included
     */
    public static String run(Path directory, String name, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program(name).toString()));
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile(directory, name, ".out");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), () -> command + " does not end");
            } finally {
                process.destroyForcibly();
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertEquals(0, process.exitValue(), () -> command + "\n" + text);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(command + " was interrupted", e);
        }
    }
}
