package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Runs the real programs: those in the folder {@code CAIRN_PEERS}, or on the path. */
public final class Peers {
    private static final int TIMEOUT_SECONDS = 120;

    private Peers() {}

    /** Where the program is; without it the test is skipped, and says so. */
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
        System.out.println("SKIPPED: " + name + " is neither in CAIRN_PEERS nor on the path");
        return Assumptions.abort(name + " is neither in CAIRN_PEERS nor on the path");
    }

    /** What the program prints, errors included; it must end with 0. */
    public static String run(Path directory, String name, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program(name).toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, name, ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS), () -> command + " does not end");
            String text = Files.readString(output, StandardCharsets.UTF_8);
            assertEquals(0, process.exitValue(), () -> command + "\n" + text);
            return text;
        } finally {
            process.destroyForcibly();
        }
    }
}
