package dev.cairndb.receiver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a store does beside its writes, as its directory tells: folders that are being made, files that come and go.
 * Looks ten times a second, in a thread of its own, until it is closed. Thread-safe.
 */
final class DirectoryEvents implements AutoCloseable {
    private static final long PAUSE_MILLIS = 100;
    private static final String BEING_MADE = "tmp";

    private final Path directory;
    private final long beganMillis;
    private final Thread thread = new Thread(this::watch, "directory-events");
    /** Since when there is what is not there for good. */
    private final Map<String, Double> beingMade = new TreeMap<>();

    private final List<PauseReport.Event> events = new ArrayList<>();
    private Set<String> names;
    private volatile boolean over;

    DirectoryEvents(Path directory, long beganMillis) throws IOException {
        this.directory = directory;
        this.beganMillis = beganMillis;
        names = names();
        thread.start();
    }

    private Set<String> names() throws IOException {
        Set<String> found = new TreeSet<>();
        for (String folder : List.of("", "wal", "chunks_head")) {
            try (Stream<Path> paths = Files.list(directory.resolve(folder))) {
                paths.forEach(path -> found.add(directory.relativize(path).toString()));
            }
        }
        return found;
    }

    private void watch() {
        while (!over) {
            try {
                Thread.sleep(PAUSE_MILLIS);
                look();
            } catch (IOException | UncheckedIOException e) {
                // A folder went while it was read.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private synchronized void look() throws IOException {
        double now = (System.currentTimeMillis() - beganMillis) / 1e3;
        Set<String> found = names();
        for (String name : found) {
            if (!names.contains(name)) {
                if (name.contains(BEING_MADE)) {
                    beingMade.put(name, now);
                } else {
                    events.add(new PauseReport.Event(now, now, name + " is there"));
                }
            }
        }
        for (String name : names) {
            if (!found.contains(name)) {
                Double since = beingMade.remove(name);
                if (since != null) {
                    events.add(new PauseReport.Event(since, now, name + " was made"));
                } else if (!name.contains(BEING_MADE)) {
                    events.add(new PauseReport.Event(now, now, name + " went"));
                }
            }
        }
        names = found;
    }

    /** So far. */
    synchronized List<PauseReport.Event> events() {
        return new ArrayList<>(events);
    }

    @Override
    public void close() {
        over = true;
    }
}
