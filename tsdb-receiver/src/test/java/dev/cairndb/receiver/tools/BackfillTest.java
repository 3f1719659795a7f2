package dev.cairndb.receiver.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.BlockInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A history in many passes. */
class BackfillTest {
    private static final Duration RANGE = Duration.ofHours(2);
    private static final int HOURS = 20;

    @TempDir
    Path scratch;

    private List<BlockInfo> run(String text, long passSamples) throws IOException {
        Path file = Files.writeString(scratch.resolve("text"), text);
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        Console console = new Console(out, out, false, false);
        return new Backfill(new OpenMetricsFile(file), RANGE, Labels.empty(), console, passSamples)
                .run(scratch.resolve("blocks"));
    }

    /** A sample every hour, the newest first. */
    private static String history() {
        StringBuilder text = new StringBuilder();
        for (int i = HOURS - 1; i >= 0; i--) {
            text.append("a ").append(i).append(' ').append(i * 3600).append('\n');
        }
        return text.toString();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(scratch.resolve("blocks"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void blocksOfAllPassesAreThere() throws IOException {
        List<BlockInfo> blocks = run(history() + "# EOF\n", 3);
        assertEquals(HOURS / 2, blocks.size());
        assertEquals(HOURS, blocks.stream().mapToLong(BlockInfo::sampleCount).sum());
        assertEquals(blocks.stream().map(BlockInfo::ulid).sorted().toList(), names());
    }

    @Test
    void aPassThatFailsLeavesNoBlockOfThoseBefore() throws IOException {
        String text = history() + "a 5 " + (HOURS - 1) * 3600 + "\n# EOF\n";
        assertThrows(IOException.class, () -> run(text, 3));
        assertEquals(List.of(), names());
        assertEquals(HOURS / 2, run(history() + "# EOF\n", 3).size());
    }
}
