package dev.cairndb.receiver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads files with one JSON value a line. */
final class JsonLines {
    private JsonLines() {}

    /** A file without any is an error. */
    static List<JsonNode> of(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        List<JsonNode> values = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                values.add(mapper.readTree(line));
            }
        }
        if (values.isEmpty()) {
            throw new AssertionError("no cases in " + file);
        }
        return values;
    }
}
