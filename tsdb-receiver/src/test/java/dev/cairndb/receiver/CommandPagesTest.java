package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all commands of {@code cairn} have in common: their pages, and that a shell completes them. */
class CommandPagesTest {
    private static final Pattern LISTED = Pattern.compile("(?m)^  ([a-z][a-z-]*) +[A-Z]");
    private static final int SHELL_SECONDS_MAX = 60;

    @TempDir
    Path scratch;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(List<String> arguments) {
        out.reset();
        err.reset();
        return Main.run(
                arguments.toArray(new String[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new CountDownLatch(0));
    }

    private int run(String... arguments) {
        return run(List.of(arguments));
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String page(List<String> command) {
        List<String> arguments = new ArrayList<>(command);
        arguments.add("--help");
        assertEquals(0, run(arguments), () -> "cairn " + arguments);
        return output();
    }

    /** Those that a page lists, which are below a group or the program. */
    private static Set<String> listedOn(String page) {
        Set<String> names = new TreeSet<>();
        int list = page.indexOf("\ncommands:\n");
        Matcher name = LISTED.matcher(list < 0 ? "" : page.substring(list));
        while (name.find()) {
            names.add(name.group(1));
        }
        return names;
    }

    @Test
    void theProgramListsItsCommands() {
        Set<String> names = listedOn(page(List.of()));
        assertTrue(names.containsAll(Set.of("receive", "tsdb", "completion", "help", "version")), names::toString);
    }

    @Test
    void everyCommandBelowAGroupHasAPageWithUsageExitCodesAndExamples() {
        int pages = 0;
        for (String group : listedOn(page(List.of()))) {
            for (String name : listedOn(page(List.of(group)))) {
                String page = page(List.of(group, name));
                assertTrue(page.contains("usage: cairn " + group + " " + name + " "), page);
                assertTrue(page.contains("\nexit codes:\n") && page.contains("\nexamples:\n"), page);
                assertTrue(page.lines().allMatch(line -> line.length() <= 120), page);
                assertEquals(0, run("help", group, name));
                assertEquals(page, output(), "help shows the same page");
                pages++;
            }
        }
        assertTrue(pages >= 2, pages + " pages");
    }

    @Test
    void receiveHasAPageToo() {
        String page = page(List.of("receive"));
        assertTrue(page.contains("exit codes:") && page.contains("examples:"), page);
        assertEquals(0, run("help", "receive"));
        assertEquals(page, output());
    }

    @Test
    void aCommandThatIsNotThereHasNoPage() {
        assertEquals(2, run("help", "tsdb", "revify"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("unknown command: tsdb revify"), err::toString);
        assertEquals(2, run("tsdb"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("no command given"), err::toString);
    }

    @Test
    void onlyKnownShellsAreCompleted() {
        assertEquals(2, run("completion", "fish"));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("expected=bash or zsh, found=fish"), err::toString);
        assertEquals(0, run("completion", "zsh"));
        assertTrue(output().contains("bashcompinit"), "zsh is told to read a script of bash");
    }

    @Test
    void bashCompletesCommandsAndFlags() throws Exception {
        assertEquals(0, run("completion", "bash"));
        Path script = Files.writeString(scratch.resolve("cairn.bash"), output());
        assertEquals(List.of("tsdb"), completed(script, "ts"));
        assertEquals(List.of("verify"), completed(script, "tsdb", "ver"));
        assertEquals(List.of("--json"), completed(script, "tsdb", "verify", "--j"));
        assertEquals(List.of("--tsdb.path"), completed(script, "receive", "--tsdb.p"));
        assertEquals(List.of("bash"), completed(script, "completion", "ba"));
        assertEquals(
                List.of(),
                completed(script, "receive", "--receive.hashrings-f"),
                "flags without effect are not offered");
    }

    /**
     * What bash offers for the last word of a command line, asked as bash itself does when a key is pressed; it
     * complains of options of completion that only count then.
     */
    private List<String> completed(Path script, String... words) throws IOException, InterruptedException {
        StringBuilder line = new StringBuilder("cairn");
        Arrays.stream(words).forEach(word -> line.append(' ').append(word));
        String program = "source '" + script + "'\n"
                + "function_of() { complete -p cairn | sed 's/.*-F \\([^ ]*\\).*/\\1/'; }\n"
                + "COMP_WORDS=(" + line + ")\n"
                + "COMP_CWORD=" + words.length + "\n"
                + "COMP_LINE='" + line + "'\n"
                + "COMP_POINT=${#COMP_LINE}\n"
                + "\"$(function_of)\" cairn '" + words[words.length - 1] + "' '' 2> /dev/null\n"
                + "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
        Process bash = new ProcessBuilder("bash", "--norc", "-c", program)
                .redirectErrorStream(true)
                .start();
        String printed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(bash.waitFor(SHELL_SECONDS_MAX, TimeUnit.SECONDS));
        return printed.lines()
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
