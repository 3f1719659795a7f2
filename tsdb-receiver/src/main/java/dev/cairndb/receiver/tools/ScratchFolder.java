package dev.cairndb.receiver.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder of this process, which goes with it, also when the process is told to end. */
final class ScratchFolder implements AutoCloseable {
    private final Path path;
    private final Thread atEnd = new Thread(this::delete, "cairn-scratch-folder");

    private ScratchFolder(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(atEnd);
    }

    static ScratchFolder in(Path directory) throws IOException {
        Files.createDirectories(directory);
        return new ScratchFolder(Files.createTempDirectory(directory, "cairn-"));
    }

    Path path() {
        return path;
    }

    private void delete() {
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            // Gone already.
        } catch (IOException | UncheckedIOException e) {
            // It stays behind in the folder for such things: on Ctrl-C files may come and go beside the walk.
        }
    }

    @Override
    public void close() {
        delete();
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(atEnd);
        } catch (IllegalStateException e) {
            // The process ends, and that runs.
        }
    }
}
