package dev.cairndb.receiver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The golden data: the copy in the test resources, or the tree given with {@code -Dcairn.golden}. */
final class GoldenTree {
    private GoldenTree() {}

    static Path root() {
        String given = System.getProperty("cairn.golden");
        return given == null || given.isEmpty()
                ? repository().resolve("tsdb-receiver/src/test/resources/golden")
                : Path.of(given);
    }

    /** The folder with all modules. */
    static Path repository() {
        Path at = Path.of("").toAbsolutePath();
        while (at != null && !Files.exists(at.resolve("mvnw"))) {
            at = at.getParent();
        }
        if (at == null) {
            throw new IllegalStateException("no mvnw above " + Path.of("").toAbsolutePath());
        }
        return at;
    }

    /** One JSON value a line; a file without any is an error. */
    static List<JsonNode> lines(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> values = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                values.add(mapper.readTree(line));
            }
        }
        if (values.isEmpty()) {
            throw new IllegalStateException("no golden cases in " + file);
        }
        return values;
    }
}
