package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.CheckReport;
import dev.cairndb.tsdb.TsdbCheck;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn tsdb repair}. */
final class TsdbRepair implements Command {
    private static final String APPLY = "--apply";

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "repair",
                "Tells what would be done about damage in a store; with --apply, does it.",
                "Nothing is ever deleted: what is damaged is kept beside its place under a name that nobody reads. All"
                        + " that can be read is in the store afterwards, which this program and Prometheus open.",
                "With --apply no store may have the directory open.");
        spec.addPositional(Options.path(0, "DIR", "Directory of one store, such as a tenant's folder."));
        spec.addOption(Options.flag(APPLY, "Repairs; without it nothing is changed."));
        spec.addOption(Options.json());
        Page.exitCodes(spec, "nothing was damaged", "something was damaged, and is repaired if that was asked for");
        Page.examples(
                spec,
                "what would be done",
                "cairn tsdb repair data/default-tenant",
                "do it",
                "cairn tsdb repair data/default-tenant --apply");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        boolean apply = Options.isSet(line, APPLY);
        boolean asJson = Options.isSet(line, Options.JSON);
        Path directory = Options.path(line, 0);
        CheckReport report;
        try (Progress progress = console.progress("reading", DirectoryBytes.ofAll(directory))) {
            report = TsdbCheck.of(directory).repair(!apply, progress::addBytes);
        }
        CheckReportText.print(report, asJson, console.out());
        if (!apply && !report.isClean() && !asJson) {
            console.out().println("nothing was changed; with --apply it is repaired");
        }
        return report.isClean() ? FINE : FOUND;
    }
}
