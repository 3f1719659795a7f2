package dev.cairndb.results;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of the set, as its file holds it.
 *
 * @param smoke whether it only shows that everything runs; its figures mean nothing
 * @param commit of the newest part
 * @param commits of parts by their names; of one that is not named it is {@code commit}
 * @param seed of the data of the loads; that of benchmarks is in their code
 * @param peers what programs of others say of their version
 */
public record Results(
        String startedAt,
        boolean smoke,
        String commit,
        @Nullable Map<String, String> commits,
        long seed,
        Machine machine,
        Map<String, String> peers,
        List<Figure> figures) {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** What a run ran on. */
    public record Machine(
            String processor, int processors, long memoryMiB, String system, String jdk, String loadAverage) {
        /** Whether figures can be compared. */
        boolean isLike(Machine other) {
            return processor.equals(other.processor) && processors == other.processors && jdk.equals(other.jdk);
        }
    }

    public Results {
        // Older files have none.
        commits = commits == null ? Map.of() : Map.copyOf(commits);
        peers = Map.copyOf(peers);
        figures = List.copyOf(figures);
    }

    /**
     * Asks whether figures of this run can stand beside those of another one.
     *
     * @throws IllegalArgumentException if they cannot
     */
    void requireFitting(Machine other) {
        if (smoke) {
            throw new IllegalArgumentException("the file is of a smoke run, whose figures mean nothing: name another");
        }
        if (!machine.isLike(other)) {
            throw new IllegalArgumentException(
                    "the file is of another machine or JDK, name another: file=" + machine + ", here=" + other);
        }
    }

    String commitOf(String part) {
        return commits == null ? commit : commits.getOrDefault(part, commit);
    }

    static Results read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), Results.class);
    }

    void write(Path file) throws IOException {
        MAPPER.writeValue(file.toFile(), this);
    }
}
