package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn tsdb create-blocks-from openmetrics} beside that of {@code promtool}, a small text each. */
@Tag("interop")
class OpenMetricsInteropTest {
    private static final int SECONDS_MAX = 60;

    @TempDir
    Path scratch;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    /** Runs a program on the arguments and returns its exit code; what it prints is in {@code printed}. */
    private interface Program {
        int run(String... arguments) throws Exception;
    }

    @Test
    void takesAndRefusesTheTextsThatPromtoolTakesAndRefuses() throws Exception {
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
            String theirs = outcome("theirs-" + i, this::promtool, file);
            String ours = outcome("ours-" + i, this::cairn, file);
            if (!theirs.equals(ours)) {
                differing.add(texts.get(i) + "-> promtool: " + theirs + ", cairn: " + ours);
            }
        }
        assertEquals(List.of(), differing);
    }

    /** What is in the blocks, or that there are none because the text was refused. */
    private String outcome(String name, Program program, Path text) throws Exception {
        Path directory = Files.createDirectories(scratch.resolve(name));
        printed.reset();
        if (program.run("tsdb", "create-blocks-from", "openmetrics", text.toString(), directory.toString()) != 0) {
            assertEquals(List.of(), blocks(directory), () -> printed.toString(StandardCharsets.UTF_8));
            return "refused";
        }
        Files.createFile(Files.createDirectories(directory.resolve("wal")).resolve("00000000"));
        return Peers.run(scratch, "promtool", "tsdb", "dump", directory.toString());
    }

    private static List<String> blocks(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[0-9A-Z]{26}"))
                    .toList();
        }
    }

    private int promtool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Peers.program("promtool").toString()));
        command.addAll(List.of(arguments));
        Path output = scratch.resolve("promtool.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), () -> command + " does not end");
            printed.write(Files.readAllBytes(output));
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    /** In this process: starting another for each text would take longer than all else. */
    private int cairn(String... arguments) {
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return Main.run(arguments, out, out, new CountDownLatch(0));
    }
}
