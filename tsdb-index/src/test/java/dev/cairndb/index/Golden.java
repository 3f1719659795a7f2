package dev.cairndb.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Golden data: the copies in the test resources, or the tree named by the system property {@code cairn.golden}. */
final class Golden {
    static final ObjectMapper JSON = new ObjectMapper();

    private Golden() {}

    static Path root() {
        String other = System.getProperty("cairn.golden");
        if (other != null && !other.isEmpty()) {
            return Path.of(other);
        }
        try {
            URL resource = Objects.requireNonNull(Golden.class.getResource("/golden"), "test resources /golden");
            return Path.of(resource.toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** The folders in a folder; at least one. */
    static List<Path> folders(String name) throws IOException {
        try (Stream<Path> entries = Files.list(root().resolve(name))) {
            List<Path> folders = entries.filter(Files::isDirectory).sorted().toList();
            if (folders.isEmpty()) {
                throw new AssertionError("no folder in " + root().resolve(name));
            }
            return folders;
        }
    }

    /** A JSON value a line; at least one. */
    static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> values = new ArrayList<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            if (!line.isEmpty()) {
                values.add(JSON.readTree(line));
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
