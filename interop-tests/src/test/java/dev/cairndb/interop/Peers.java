package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The real programs: those in the folder {@code CAIRN_PEERS}, or on the path. */
final class Peers {
    private static final Duration COMMAND_TIME_MAX = Duration.ofSeconds(120);

    private Peers() {}

    /** Where the program is; without it the test is skipped, and says so. */
    static Path program(String name) {
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
        return skip(name + " is neither in CAIRN_PEERS nor on the path");
    }

    /** A skip that nobody overlooks. */
    static <T> T skip(String reason) {
        System.out.println("SKIPPED: " + reason);
        return Assumptions.abort(reason);
    }

    /** What the program prints, errors included; it must end with 0. */
    static String run(Path directory, String name, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program(name).toString()));
        command.addAll(List.of(arguments));
        try (RunningProgram program = RunningProgram.start(directory, name, command)) {
            int status = program.awaitExit(COMMAND_TIME_MAX);
            assertEquals(0, status, () -> command + "\n" + program.log());
            return program.log();
        }
    }

    /** A loopback port that was free a moment ago. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
