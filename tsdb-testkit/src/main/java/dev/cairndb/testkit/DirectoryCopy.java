package dev.cairndb.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Copies a directory with all that is in it, for tests that change what they read. Free for any thread. */
public final class DirectoryCopy {
    private DirectoryCopy() {}

    /** @param target a directory; it is made if it is not there, and has none of the files yet */
    public static void copy(Path source, Path target) throws IOException {
        List<Path> found;
        try (Stream<Path> paths = Files.walk(source)) {
            found = paths.toList();
        }
        for (Path path : found) {
            Path twin = target.resolve(source.relativize(path).toString());
            if (Files.isDirectory(path)) {
                Files.createDirectories(twin);
            } else {
                // A copy of a file that may not be written could not be written either.
                Files.write(twin, Files.readAllBytes(path));
            }
        }
    }
}
