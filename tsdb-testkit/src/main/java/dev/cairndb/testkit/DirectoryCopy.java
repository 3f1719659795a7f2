package dev.cairndb.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Copies a directory with all that is in it, for tests that change what they read. Free for any thread. */
public final class DirectoryCopy {
    private DirectoryCopy() {}

    /**
     * Copies files as they are now; the copies may be written to, whatever the mode of the files.
     *
     * @param target is made if it is not there, and has none of the files yet
     * @return the target
     */
    public static Path copy(Path source, Path target) throws IOException {
        List<Path> found;
        try (Stream<Path> paths = Files.walk(source)) {
            found = paths.toList();
        }
        for (Path path : found) {
            Path twin = target.resolve(source.relativize(path).toString());
            if (Files.isDirectory(path)) {
                Files.createDirectories(twin);
            } else {
                try (OutputStream out = Files.newOutputStream(twin, StandardOpenOption.CREATE_NEW)) {
                    Files.copy(path, out);
                }
            }
        }
        return target;
    }
}
