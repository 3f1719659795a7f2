package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn tsdb} prints what {@code promtool tsdb} prints. */
@Tag("interop")
class TsdbToolsTest {
    @TempDir
    Path scratch;

    private String promtool(String... arguments) {
        return Peers.run(scratch, "promtool", arguments);
    }

    private String cairn(String... arguments) {
        return Cairn.run(scratch, 0, arguments);
    }

    @Test
    void dumpsAreThoseOfPromtoolToTheByte() throws IOException {
        Path data = scratch.resolve("data");
        ManyKinds.write(data);
        String text = promtool("tsdb", "dump", data.toString());
        assertTrue(text.lines().count() > 10_000);
        assertEquals(text, cairn("tsdb", "dump", data.toString()));
        String openMetrics = promtool("tsdb", "dump-openmetrics", data.toString());
        assertEquals(openMetrics, cairn("tsdb", "dump", data.toString(), "--format", "openmetrics"));
        String[] part = {
            data.toString(),
            "--min-time=" + (ManyKinds.START + 3_600_000),
            "--max-time=" + (ManyKinds.START + 4 * 3_600_000),
            "--match={__name__=~\"many|plain\",i!=\"3\"}",
            "--match={parity=\"p1\"}",
        };
        String found = promtool(concat(List.of("tsdb", "dump"), part));
        assertTrue(found.lines().count() > 1_000);
        assertEquals(found, cairn(concat(List.of("tsdb", "dump"), part)));
    }

    private static String[] concat(List<String> first, String... second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(second));
        return all.toArray(new String[0]);
    }

    @Test
    void listsAndFiguresOfBlocksAreThoseOfPromtool() throws IOException {
        Path data = scratch.resolve("data");
        ManyKinds.write(data);
        assertEquals(promtool("tsdb", "list", data.toString()), cairn("tsdb", "list", data.toString()));
        boolean allKinds = false;
        for (String block : Directories.blocks(data)) {
            String[] arguments = {"tsdb", "analyze", "--extended", "--limit=100000", data.toString(), block};
            String theirs = promtool(arguments);
            String ours = cairn(arguments);
            assertEquals(sections(theirs), sections(ours), block);
            assertEquals(chunkFigures(theirs), chunkFigures(ours), block);
            allKinds |= theirs.contains("samples per float chunk (min/avg/max): ")
                    && theirs.contains("buckets per histogram chunk (min/avg/max): ");
        }
        assertTrue(allKinds, "no block has chunks of floats and of histograms");
        String[] matching = {"tsdb", "analyze", "--limit=100000", "--match={parity=\"p1\"}", data.toString()};
        assertEquals(sections(promtool(matching)), sections(cairn(matching)));
    }

    private static String chunkFigures(String text) {
        int begin = text.indexOf("\nCompaction analysis:");
        assertTrue(begin > 0, text);
        return text.substring(begin);
    }

    /** The lines of each list in any order: where figures are equal, promtool's is by chance. */
    private static Map<String, List<String>> sections(String text) {
        Map<String, List<String>> sections = new TreeMap<>();
        String title = "";
        for (String line : text.lines().toList()) {
            if (line.endsWith(":")) {
                title = line;
            } else if (!line.startsWith("Matcher: ")) {
                sections.computeIfAbsent(title, key -> new ArrayList<>()).add(line);
            }
        }
        sections.values().forEach(lines -> lines.sort(null));
        return sections;
    }

    @Test
    void blocksFromOpenMetricsHaveWhatThoseOfPromtoolHave() throws IOException {
        Path data = scratch.resolve("data");
        ManyKinds.write(data);
        Path text = Files.writeString(
                scratch.resolve("dump.om"),
                promtool("tsdb", "dump-openmetrics", data.toString(), "--match={__name__!=\"dotted.name\"}"));
        for (String range : List.of("2h", "6h")) {
            Path ours = Files.createDirectories(scratch.resolve("ours-" + range));
            Path theirs = Files.createDirectories(scratch.resolve("theirs-" + range));
            List<String> command =
                    List.of("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=" + range);
            String label = "--label=site=a \"b\\";
            // The form that all of our commands take labels in, and Thanos.
            String quoted = "--label=site=\"a \\\"b\\\\\"";
            promtool(concat(command, label, text.toString(), theirs.toString()));
            cairn(concat(command, range.equals("2h") ? label : quoted, text.toString(), ours.toString()));
            assertEquals(
                    Directories.blocks(theirs).size(), Directories.blocks(ours).size());
            beginLog(ours);
            beginLog(theirs);
            String found = promtool("tsdb", "dump", ours.toString());
            assertEquals(promtool("tsdb", "dump", theirs.toString()), found);
            assertEquals(found, cairn("tsdb", "dump", ours.toString()));
        }
    }

    private static void beginLog(Path data) throws IOException {
        Files.createFile(Files.createDirectories(data.resolve("wal")).resolve("00000000"));
    }

    @Test
    void aDumpEndsWhenNobodyReadsOn() throws Exception {
        Path data = scratch.resolve("data");
        ManyKinds.write(data);
        String program = Cairn.builtProgram().toString();
        Process shell = new ProcessBuilder(
                        "bash", "-c", "set -o pipefail; '" + program + "' tsdb dump '" + data + "' | head -n 3")
                .redirectErrorStream(true)
                .start();
        String printed = new String(shell.getInputStream().readAllBytes());
        assertEquals(0, shell.waitFor(), printed);
        assertEquals(3, printed.lines().count(), printed);
        assertNotEquals("", printed);
    }
}
