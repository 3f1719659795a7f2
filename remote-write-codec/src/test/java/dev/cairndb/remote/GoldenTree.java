package dev.cairndb.remote;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The tree of golden data: the one of system property {@code cairn.golden}, or the copy in the test resources. */
final class GoldenTree {
    private GoldenTree() {}

    static Path folder(String name) {
        String root = System.getProperty("cairn.golden");
        return (root == null ? Path.of("src/test/resources/golden") : Path.of(root)).resolve(name);
    }

    /** File names that end with {@code suffix}, without it, sorted. A missing folder is an exception. */
    static List<String> names(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .sorted()
                    .toList();
        }
    }
}
