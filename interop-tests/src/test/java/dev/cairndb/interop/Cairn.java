package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** {@code bin/cairn receive} as a process, which can be killed and started again on the same ports. */
final class Cairn implements AutoCloseable {
    static final String TENANT = "default-tenant";
    private static final Duration READY_TIME_MAX = Duration.ofSeconds(90);
    private static final Duration COMMAND_TIME_MAX = Duration.ofSeconds(120);
    private static final Duration STOP_TIME_MAX = Duration.ofSeconds(90);

    private final Path scratch;
    private final List<String> command;
    private final int writePort = Http.freePort();
    private final int httpPort = Http.freePort();
    private final int grpcPort = Http.freePort();
    private RunningProgram program;

    private Cairn(Path scratch, Path data, String... flags) {
        this.scratch = scratch;
        command = new ArrayList<>(List.of(
                builtProgram().toString(),
                "receive",
                "--tsdb.path=" + data,
                "--remote-write.address=127.0.0.1:" + writePort,
                "--http-address=127.0.0.1:" + httpPort,
                "--grpc-address=127.0.0.1:" + grpcPort,
                "--label=replica=\"a\""));
        command.addAll(List.of(flags));
        program = launch();
    }

    /** Started, and ready. */
    static Cairn start(Path scratch, Path data, String... flags) {
        Cairn cairn = new Cairn(scratch, data, flags);
        boolean ready = false;
        try {
            cairn.awaitReady();
            ready = true;
            return cairn;
        } finally {
            if (!ready) {
                cairn.close();
            }
        }
    }

    /** What a command that does not serve prints; it must end with this exit code. */
    static String run(Path scratch, int exitCode, String... arguments) {
        try (RunningProgram program = begin(scratch, arguments)) {
            assertEquals(exitCode, program.awaitExit(COMMAND_TIME_MAX), program::log);
            return program.log();
        }
    }

    private RunningProgram launch() {
        return RunningProgram.start(scratch, "cairn", command, Map.of("JAVA_HOME", System.getProperty("java.home")));
    }

    private void awaitReady() {
        program.await("ready", READY_TIME_MAX, () -> Http.status(httpPort, "/-/ready") == 200);
    }

    /** After a kill or a stop; returns the time until it was ready. */
    long startAgainMillis() {
        long startNanos = System.nanoTime();
        program = launch();
        awaitReady();
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    /** As {@link #startAgainMillis}, but killed some time after its start, ready or not. */
    void startAgainAndKill(long afterMillis) {
        program = launch();
        Waiting.sleep(afterMillis);
        kill();
    }

    int writePort() {
        return writePort;
    }

    int httpPort() {
        return httpPort;
    }

    int grpcPort() {
        return grpcPort;
    }

    String log() {
        return program.log();
    }

    void kill() {
        program.close();
    }

    /** SIGTERM; it flushes and ships. */
    void stop() {
        assertEquals(0, program.stop(STOP_TIME_MAX), program::log);
    }

    @Override
    public void close() {
        program.close();
    }

    private static RunningProgram begin(Path scratch, String... arguments) {
        List<String> command = new ArrayList<>(List.of(builtProgram().toString()));
        command.addAll(List.of(arguments));
        return RunningProgram.start(scratch, "cairn", command, Map.of("JAVA_HOME", System.getProperty("java.home")));
    }

    /** The script of this source tree, if what it starts are the classes as compiled now. */
    static Path builtProgram() {
        return Built.PROGRAM;
    }

    /** Found once: comparing the classes takes as long as a start. */
    private static final class Built {
        static final Path PROGRAM = findProgram();
    }

    private static Path findProgram() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) {
            root = root.getParent();
        }
        Path receiver = root.resolve("tsdb-receiver/target");
        try {
            requirePacked(receiver, receiver.resolve("classes"), "tsdb-receiver-");
            requirePacked(receiver.resolve("lib"), root.resolve("tsdb-core/target/classes"), "tsdb-core-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return root.resolve("bin/cairn");
    }

    private static void requirePacked(Path folder, Path classesFolder, String jarPrefix) throws IOException {
        // a build with the release profile leaves the jars of sources and documentation beside it
        Path jar = folder.resolve(Directories.names(folder, jarPrefix + "[0-9].*(?<!-sources|-javadoc)\\.jar")
                .get(0));
        try (ZipFile packed = new ZipFile(jar.toFile());
                Stream<Path> files = Files.walk(classesFolder)) {
            for (Path file : files.filter(Cairn::isPackedAsItIs).toList()) {
                ZipEntry entry = packed.getEntry(classesFolder.relativize(file).toString());
                if (entry == null
                        || !Arrays.equals(packed.getInputStream(entry).readAllBytes(), Files.readAllBytes(file))) {
                    throw new IllegalStateException(
                            jar + " is older than " + file + "; run ./mvnw verify -Pinterop, or package before");
                }
            }
        }
    }

    /** The module's descriptor is completed when it is packed. */
    private static boolean isPackedAsItIs(Path file) {
        return Files.isRegularFile(file) && !file.endsWith("module-info.class");
    }
}
