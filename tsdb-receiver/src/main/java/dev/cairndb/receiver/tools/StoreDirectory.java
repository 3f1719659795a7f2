package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.ReadOnlyTsdb;
import dev.cairndb.tsdb.TsdbListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The store that a command reads: what is damaged in it is told to people, and counted for the exit code. */
final class StoreDirectory implements TsdbListener {
    private final Path directory;
    private final Console console;
    private final LongAdder logBytes = new LongAdder();
    private int damages;

    private StoreDirectory(Path directory, Console console) {
        this.directory = directory;
        this.console = console;
    }

    static PositionalParamSpec parameter() {
        return Options.path(0, "DIR", "Directory of one store, such as a tenant's folder.");
    }

    static StoreDirectory of(ParseResult line, Console console) {
        return new StoreDirectory(Options.path(line, 0), console);
    }

    ReadOnlyTsdb open() throws IOException {
        try (Progress progress = console.progress("reading the logs", LogBytes.of(directory))) {
            return ReadOnlyTsdb.open(directory, this, bytes -> {
                logBytes.add(bytes);
                progress.addBytes(bytes);
            });
        }
    }

    /** How many bytes of the logs were read when the store was opened. */
    long logBytes() {
        return logBytes.sum();
    }

    ReadOnlyTsdb openBlocks() throws IOException {
        return ReadOnlyTsdb.openBlocks(directory, this);
    }

    @Override
    public synchronized void damageFound(Path file, IOException damage) {
        damages++;
        console.tell("cairn: damaged: " + file + ": " + FailureText.of(damage));
    }

    synchronized int exitCode() {
        return damages == 0 ? Command.FINE : Command.FOUND;
    }
}
