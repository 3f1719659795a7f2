package dev.cairndb.interop;

import dev.cairndb.testkit.DirectoryCopy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Copies and listings of data directories. */
final class Directories {
    private Directories() {}

    /** A copy of a directory in which nothing is written any more. */
    static Path copy(Path source, Path target) throws IOException {
        return DirectoryCopy.copy(source, target);
    }

    /** Names of the blocks. */
    static List<String> blocks(Path data) throws IOException {
        return names(data, "[0-9A-Z]{26}");
    }

    /** 0 also before there is such a directory. */
    static int blockCount(Path data) {
        try {
            return Files.exists(data) ? blocks(data).size() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> names(Path directory, String regex) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches(regex))
                    .sorted()
                    .toList();
        }
    }
}
