package dev.cairndb.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code rwload} of the peers' folder sends. */
final class SentLoad {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Path program;
    private final long seed;

    /** @param seed of labels and values */
    SentLoad(Path peers, long seed) {
        program = peers.resolve("rwload");
        this.seed = seed;
    }

    static boolean isIn(Path peers) {
        return Files.isExecutable(peers.resolve("rwload"));
    }

    /**
     * Returns what rwload tells of it.
     *
     * @param arguments of rwload: how much it sends
     * @throws IOException if not all samples were taken
     */
    JsonNode send(MeasuredReceiver to, RunningReceiver running, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "-url",
                to.writeUrl(),
                "-pid",
                Long.toString(running.pid()),
                "-seed",
                Long.toString(seed)));
        command.addAll(arguments);
        Process sender = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        JsonNode answer = MAPPER.readTree(sender.getInputStream().readAllBytes());
        if (sender.waitFor() != 0
                || answer.path("accepted").asLong() != answer.path("offered").asLong()) {
            throw new IOException(to.name() + " did not take all samples: " + answer);
        }
        return answer;
    }
}
