package dev.cairndb.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What stands as JSON in golden data. */
final class GoldenJson {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private GoldenJson() {}

    /** A JSON value a line; at least one. */
    static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> values = new ArrayList<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            if (!line.isEmpty()) {
                values.add(MAPPER.readTree(line));
            }
        }
        if (values.isEmpty()) {
            throw new AssertionError("no line in " + file);
        }
        return values;
    }

    /** A string, or {@code {"hex": "..."}} if it is not UTF-8. */
    static byte[] bytes(JsonNode node) {
        return node.isTextual()
                ? node.textValue().getBytes(StandardCharsets.UTF_8)
                : HexFormat.of().parseHex(node.get("hex").textValue());
    }

    static Matcher[] matchers(JsonNode list) {
        List<Matcher> matchers = new ArrayList<>();
        for (JsonNode one : list) {
            String operator = one.get(1).textValue();
            for (Matcher.Type type : Matcher.Type.values()) {
                if (type.operator().equals(operator)) {
                    matchers.add(
                            Matcher.of(type, one.get(0).textValue(), one.get(2).textValue()));
                }
            }
        }
        if (matchers.size() != list.size()) {
            throw new AssertionError("unknown operator in " + list);
        }
        return matchers.toArray(new Matcher[0]);
    }
}
