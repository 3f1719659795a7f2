package dev.cairndb.results;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One run of the set, as its file holds it.
 *
 * @param smoke whether it only shows that everything runs; its figures mean nothing
 * @param seed of the data of the loads; that of benchmarks is in their code
 * @param peers what programs of others say of their version
 */
public record Results(
        String startedAt,
        boolean smoke,
        String commit,
        long seed,
        Machine machine,
        Map<String, String> peers,
        List<Figure> figures) {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** What a run ran on. */
    public record Machine(
            String processor, int processors, long memoryMiB, String system, String jdk, String loadAverage) {}

    public Results {
        peers = Map.copyOf(peers);
        figures = List.copyOf(figures);
    }

    static Results read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), Results.class);
    }

    void write(Path file) throws IOException {
        MAPPER.writeValue(file.toFile(), this);
    }
}
