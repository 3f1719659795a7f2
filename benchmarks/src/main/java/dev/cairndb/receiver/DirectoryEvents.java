package dev.cairndb.receiver;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** What a store does beside its writes, as its directory tells: folders that are being made, files that come and go. */
final class DirectoryEvents implements EventWatch.Look {
    static final long PAUSE_MILLIS = 100;
    private static final String BEING_MADE = "tmp";

    private final Path directory;
    /** Since when there is what is not there for good. */
    private final Map<String, Double> beingMade = new TreeMap<>();

    private Set<String> names;

    DirectoryEvents(Path directory) throws IOException {
        this.directory = directory;
        names = names();
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

    @Override
    public void look(double from, double now, Consumer<PauseReport.Event> events) {
        Set<String> found;
        try {
            found = names();
        } catch (IOException | UncheckedIOException e) {
            return; // A folder went while it was read: the next look sees it.
        }
        for (String name : found) {
            if (!names.contains(name)) {
                if (name.contains(BEING_MADE)) {
                    beingMade.put(name, now);
                } else {
                    events.accept(new PauseReport.Event(now, now, name + " is there"));
                }
            }
        }
        for (String name : names) {
            if (!found.contains(name)) {
                Double since = beingMade.remove(name);
                if (since != null) {
                    events.accept(new PauseReport.Event(since, now, name + " was made"));
                } else if (!name.contains(BEING_MADE)) {
                    events.accept(new PauseReport.Event(now, now, name + " went"));
                }
            }
        }
        names = found;
    }
}
