package dev.cairndb.tsdb;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Writes down what happens in a life, to be printed if it ends badly. Thread-safe. */
final class SimulationLog {
    private final List<String> lines = new ArrayList<>();

    synchronized void say(Supplier<String> line) {
        lines.add(line.get());
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }
}
