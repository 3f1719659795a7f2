package dev.cairndb.receiver;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import dev.cairndb.tsdb.CheckFinding;
import dev.cairndb.tsdb.CheckReport;
import dev.cairndb.tsdb.TsdbCheck;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** {@code cairn tsdb}: commands on the directory of one store, such as a tenant's folder. Stateless. */
final class TsdbCommands {
    private static final int EXIT_CLEAN = 0;
    private static final int EXIT_FINDINGS = 1;
    private static final int EXIT_FAILURE = 2;

    private static final String JSON = "--json";
    private static final String APPLY = "--apply";

    /** All commands; a further one is a further line. */
    private static final List<Command> ALL = List.of(
            new Command(
                    "verify",
                    Set.of(JSON),
                    "verify DIR [--json]",
                    "read every file and tell what is damaged; changes nothing",
                    TsdbCommands::verify),
            new Command(
                    "repair",
                    Set.of(JSON, APPLY),
                    "repair DIR [--json] [--apply]",
                    "tell what would be done about it; with --apply, do it",
                    TsdbCommands::repair));

    private TsdbCommands() {}

    /**
     * A command.
     *
     * @param flags it knows
     * @param usage its line in the help
     */
    private record Command(String name, Set<String> flags, String usage, String help, Action action) {}

    private interface Action {
        int run(Path directory, Set<String> flags, PrintStream out) throws IOException;
    }

    /** Returns the exit code: 0 nothing found, 1 something found, 2 the command was wrong or could not be done. */
    static int run(String[] arguments, PrintStream out, PrintStream err) {
        String name = arguments.length == 0 ? "" : arguments[0];
        List<String> rest =
                new ArrayList<>(Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length));
        if (name.equals("--help") || name.equals("-h") || name.equals("help") || rest.contains("--help")) {
            out.println(usage());
            return EXIT_CLEAN;
        }
        for (Command command : ALL) {
            if (command.name.equals(name)) {
                return run(command, rest, out, err);
            }
        }
        err.println(name.isEmpty() ? "no command given" : "unknown command: tsdb " + name);
        err.println(usage());
        return EXIT_FAILURE;
    }

    private static int run(Command command, List<String> arguments, PrintStream out, PrintStream err) {
        Set<String> flags = new TreeSet<>();
        List<String> directories = new ArrayList<>();
        for (String argument : arguments) {
            (argument.startsWith("-") ? flags : directories).add(argument);
        }
        boolean known = command.flags.containsAll(flags);
        if (!known || directories.size() != 1) {
            err.println("cairn: error: usage: cairn tsdb " + command.usage);
            return EXIT_FAILURE;
        }
        try {
            return command.action.run(Path.of(directories.get(0)), flags, out);
        } catch (IOException | InvalidPathException e) {
            err.println("cairn: error: " + Log.describe(e));
            return EXIT_FAILURE;
        }
    }

    private static int verify(Path directory, Set<String> flags, PrintStream out) throws IOException {
        CheckReport report = TsdbCheck.of(directory).verify();
        print(report, flags.contains(JSON), out);
        return report.isClean() ? EXIT_CLEAN : EXIT_FINDINGS;
    }

    private static int repair(Path directory, Set<String> flags, PrintStream out) throws IOException {
        boolean apply = flags.contains(APPLY);
        CheckReport report = TsdbCheck.of(directory).repair(!apply);
        print(report, flags.contains(JSON), out);
        if (!apply && !report.isClean() && !flags.contains(JSON)) {
            out.println("nothing was changed; with --apply it is repaired");
        }
        return report.isClean() ? EXIT_CLEAN : EXIT_FINDINGS;
    }

    private static void print(CheckReport report, boolean asJson, PrintStream out) throws IOException {
        if (asJson) {
            printJson(report, out);
            return;
        }
        for (CheckFinding finding : report.findings()) {
            out.println(finding.kind().label() + " " + finding.file() + " at " + finding.offset());
            out.println("  found:  " + finding.problem());
            out.println("  lost:   " + finding.lost());
            out.println((finding.repaired() ? "  done:   " : "  repair: ") + finding.repair());
        }
        report.notes().forEach(note -> out.println("note: " + note));
        if (report.inUse()) {
            out.println("note: a store has the directory open; what it is writing now was passed over");
        }
        out.println((report.isClean()
                        ? "no damage"
                        : "damaged places: " + report.findings().size()) + "; "
                + report.blocks() + " blocks with " + report.blockSamples() + " samples, " + report.logSamples()
                + " samples in the logs");
    }

    private static void printJson(CheckReport report, PrintStream out) throws IOException {
        JsonFactory factory = JsonFactory.builder()
                .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
                .build();
        try (JsonGenerator json = factory.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("directory", report.directory().toString());
            json.writeBooleanField("inUse", report.inUse());
            json.writeNumberField("blocks", report.blocks());
            json.writeNumberField("blockSamples", report.blockSamples());
            json.writeNumberField("logSamples", report.logSamples());
            json.writeArrayFieldStart("findings");
            for (CheckFinding finding : report.findings()) {
                json.writeStartObject();
                json.writeStringField("kind", finding.kind().label());
                json.writeStringField("file", finding.file().toString());
                json.writeNumberField("offset", finding.offset());
                json.writeStringField("problem", finding.problem());
                json.writeStringField("lost", finding.lost());
                json.writeStringField("repair", finding.repair());
                json.writeBooleanField("repaired", finding.repaired());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("notes");
            for (String note : report.notes()) {
                json.writeString(note);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        out.println();
    }

    private static String usage() {
        StringBuilder text = new StringBuilder("""
                usage: cairn tsdb COMMAND DIR [FLAGS]

                DIR is the directory of one store, for example a tenant's folder.
                """);
        for (Command command : ALL) {
            text.append("\n  ").append(command.usage).append("\n      ").append(command.help);
        }
        return text.append("\n\nexit code: 0 nothing found, 1 something found, 2 the command could not be done")
                .toString();
    }
}
