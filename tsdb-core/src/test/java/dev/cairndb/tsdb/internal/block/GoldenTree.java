package dev.cairndb.tsdb.internal.block;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The golden data: the copy in the test resources, or the tree given with {@code -Dcairn.golden}. */
public final class GoldenTree {
    private GoldenTree() {}

    public static Path root() {
        String given = System.getProperty("cairn.golden");
        return given == null || given.isEmpty()
                ? repository().resolve("tsdb-core/src/test/resources/golden")
                : Path.of(given);
    }

    /** The folder with all modules. */
    public static Path repository() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("mvnw"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalStateException("no mvnw above " + Path.of("").toAbsolutePath());
        }
        return at;
    }

    /** The folders in {@code folder}, sorted; a folder that is missing or has none is an error. */
    public static List<Path> cases(String folder) throws IOException {
        try (Stream<Path> entries = Files.list(root().resolve(folder))) {
            List<Path> found = entries.filter(Files::isDirectory).sorted().toList();
            if (found.isEmpty()) {
                throw new IllegalStateException("no golden cases in " + root().resolve(folder));
            }
            return found;
        }
    }
}
