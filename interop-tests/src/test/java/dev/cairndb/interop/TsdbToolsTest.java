package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    private static final Duration TIME_MAX = Duration.ofMinutes(1);

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
        for (String block : Directories.blocks(data)) {
            String[] arguments = {"tsdb", "analyze", "--limit=100000", data.toString(), block};
            assertEquals(sections(promtool(arguments)), sections(cairn(arguments)), block);
        }
        String[] matching = {"tsdb", "analyze", "--limit=100000", "--match={parity=\"p1\"}", data.toString()};
        assertEquals(sections(promtool(matching)), sections(cairn(matching)));
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
        for (String[] flags : new String[][] {{}, {"--max-block-duration=6h", "--label=site=a \"b\""}}) {
            Path ours = Files.createDirectories(scratch.resolve("ours-" + flags.length));
            Path theirs = Files.createDirectories(scratch.resolve("theirs-" + flags.length));
            String[] command = concat(List.of("tsdb", "create-blocks-from", "openmetrics"), flags);
            promtool(concat(List.of(command), text.toString(), theirs.toString()));
            cairn(concat(List.of(command), text.toString(), ours.toString()));
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
    void takesAndRefusesTheTextsThatPromtoolTakesAndRefuses() throws IOException {
        List<String> texts = List.of(
                "# EOF\n",
                "# EOF",
                "",
                "a 1 1\n",
                "a 1 1\n# EOF\n",
                "a 1 1\n# EOF\n\n",
                "a 1 1\n\n# EOF\n",
                "a 1 1 \n# EOF\n",
                "a  1 1\n# EOF\n",
                "a 1\n# EOF\n",
                "a 1 1 1\n# EOF\n",
                "a{} 1 1\n# EOF\n",
                "a{b=\"c\"} 1 1\n# EOF\n",
                "a{b=\"c\",} 1 1\n# EOF\n",
                "a{,} 1 1\n# EOF\n",
                "a{b=\"c\",,d=\"e\"} 1 1\n# EOF\n",
                "a{b=\"c\" ,d=\"e\"} 1 1\n# EOF\n",
                "a {b=\"c\"} 1 1\n# EOF\n",
                "a{b=\"c\",b=\"d\"} 1 1\n# EOF\n",
                "a{b=\"\"} 1 1\n# EOF\n",
                "a{b=\"\\n\\\\\\\"\\x\"} 1 1\n# EOF\n",
                "a{b=\"c} 1 1\n# EOF\n",
                "a{b=c} 1 1\n# EOF\n",
                "a{1b=\"c\"} 1 1\n# EOF\n",
                "a{\"b.c\"=\"d\"} 1 1\n# EOF\n",
                "{\"a.b\",c=\"d\"} 1 1\n# EOF\n",
                "{\"a.b\"} 1 1\n# EOF\n",
                "{c=\"d\"} 1 1\n# EOF\n",
                "{} 1 1\n# EOF\n",
                "a{\"b\"} 1 1\n# EOF\n",
                "1a 1 1\n# EOF\n",
                "a:b 1 1\n# EOF\n",
                "a NaN 1\n# EOF\n",
                "a nan 1\n# EOF\n",
                "a +Inf 1\n# EOF\n",
                "a infinity 1\n# EOF\n",
                "a 1e400 1\n# EOF\n",
                "a 1e-400 1\n# EOF\n",
                "a 0x1 1\n# EOF\n",
                "a 0x1p3 1\n# EOF\n",
                "a 1_000 1\n# EOF\n",
                "a 1d 1\n# EOF\n",
                "a .5 1\n# EOF\n",
                "a 5. 1\n# EOF\n",
                "a . 1\n# EOF\n",
                "a 1 NaN\n# EOF\n",
                "a 1 Inf\n# EOF\n",
                "a 1 1.2345678\n# EOF\n",
                "a 1 1e3\n# EOF\n",
                "a 1 1 # {b=\"c\"} 1\n# EOF\n",
                "a 1 1 # {b=\"c\"} 1 2\n# EOF\n",
                "a 1 1 # {} 1\n# EOF\n",
                "a 1 1 # {b=\"c\"}\n# EOF\n",
                "a 1 1 # {b=\"c\"} x\n# EOF\n",
                "a 1 1 # {\"b\"} 1\n# EOF\n",
                "a 1 1 # x\n# EOF\n",
                "a 1 # {b=\"c\"} 1\n# EOF\n",
                "# HELP a b c\n# TYPE a counter\na_total 1 1\na_created 1 1\n# EOF\n",
                "# HELP a\n# EOF\n",
                "# HELP a \n# EOF\n",
                "# TYPE a nothing\n# EOF\n",
                "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1 1\n# EOF\n",
                "# UNIT a seconds\n# EOF\n",
                "# UNIT seconds seconds\n# EOF\n",
                "# UNIT a \n# EOF\n",
                "# a comment\n# EOF\n",
                "#\n# EOF\n",
                "a 1 1\r\n# EOF\n",
                "a 1 1\na 1 1\n# EOF\n",
                "a{b=\"\u00fc\"} 1 1\n# EOF\n");
        List<String> differing = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            Path file = Files.writeString(scratch.resolve("text-" + i), texts.get(i));
            String theirs = outcome("theirs-" + i, "promtool", file);
            String ours = outcome("ours-" + i, "cairn", file);
            if (!theirs.equals(ours)) {
                differing.add(texts.get(i) + "-> promtool: " + theirs + ", cairn: " + ours);
            }
        }
        assertEquals(List.of(), differing);
    }

    /** What is in the blocks, or that there are none because the text was refused. */
    private String outcome(String name, String program, Path text) throws IOException {
        Path directory = Files.createDirectories(scratch.resolve(name));
        String[] arguments = {"tsdb", "create-blocks-from", "openmetrics", text.toString(), directory.toString()};
        RunningProgram command = program.equals("cairn")
                ? Cairn.begin(scratch, arguments)
                : RunningProgram.start(
                        scratch,
                        program,
                        List.of(concat(List.of(Peers.program(program).toString()), arguments)));
        if (command.awaitExit(TIME_MAX) != 0) {
            assertEquals(List.of(), Directories.blocks(directory), command::log);
            return "refused";
        }
        beginLog(directory);
        return promtool("tsdb", "dump", directory.toString());
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
