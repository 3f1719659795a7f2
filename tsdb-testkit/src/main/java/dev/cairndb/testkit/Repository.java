package dev.cairndb.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/** The source tree that a test runs in, for tests that compare documents with the code. Free for any thread. */
public final class Repository {
    private Repository() {}

    /** The folder with all modules: the nearest one with a build wrapper, from the working directory upwards. */
    public static Path root() {
        Path working = Path.of("").toAbsolutePath();
        for (Path at = working; at != null; at = at.getParent()) {
            if (Files.exists(at.resolve("mvnw"))) {
                return at;
            }
        }
        throw new AssertionError("no folder with mvnw above " + working);
    }
}
