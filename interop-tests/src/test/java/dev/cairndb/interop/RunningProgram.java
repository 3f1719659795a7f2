package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A process that never outlives its test. What it prints goes to a file. */
final class RunningProgram implements AutoCloseable {
    private static final int POLL_MILLIS = 20;

    private final String name;
    private final Process process;
    private final Path output;
    private final Thread killer;

    private RunningProgram(String name, Process process, Path output) {
        this.name = name;
        this.process = process;
        this.output = output;
        killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
    }

    static RunningProgram start(Path directory, String name, List<String> command) {
        return start(directory, name, command, Map.of());
    }

    static RunningProgram start(Path directory, String name, List<String> command, Map<String, String> environment) {
        try {
            Files.createDirectories(directory);
            Path output = Files.createTempFile(directory, name, ".log");
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .directory(directory.toFile());
            builder.environment().putAll(environment);
            return new RunningProgram(name, builder.start(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    String log() {
        try {
            return Files.readString(output, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until the condition holds; fails if the program ends before, or takes too long. */
    void await(String what, Duration timeMax, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + timeMax.toNanos();
        while (!condition.getAsBoolean()) {
            if (!process.isAlive()) {
                fail(name + " ended with " + process.exitValue() + " before " + what + ":\n" + log());
            }
            if (System.nanoTime() > deadlineNanos) {
                fail(name + ": not " + what + " in " + timeMax + ":\n" + log());
            }
            Waiting.sleep(POLL_MILLIS);
        }
    }

    int awaitExit(Duration timeMax) {
        try {
            if (!process.waitFor(timeMax.toMillis(), TimeUnit.MILLISECONDS)) {
                fail(name + " does not end in " + timeMax + ":\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, and the end of the process. */
    int stop(Duration timeMax) {
        process.destroy();
        return awaitExit(timeMax);
    }

    /** SIGKILL, and the end of the process. */
    void kill() {
        process.destroyForcibly();
        int unused = awaitExit(Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        kill();
        Runtime.getRuntime().removeShutdownHook(killer);
    }
}
