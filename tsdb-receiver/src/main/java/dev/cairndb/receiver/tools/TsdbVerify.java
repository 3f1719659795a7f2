package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.CheckReport;
import dev.cairndb.tsdb.TsdbCheck;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn tsdb verify}. */
final class TsdbVerify implements Command {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "verify",
                "Reads every file of a store and tells what is damaged; changes nothing.",
                "Reads every byte that a checksum covers: the records of the logs, chunks to their last sample, series"
                        + " and posting lists. For each damaged place it tells the file, the byte in it, what is lost,"
                        + " and what cairn tsdb repair would do.",
                "A store may have the directory open: then the ends of the files that it is writing are passed over. A"
                        + " Prometheus on the directory cannot be seen, and its last writes may look like damage.");
        spec.addPositional(Options.path(0, "DIR", "Directory of one store, such as a tenant's folder."));
        spec.addOption(Options.json());
        Page.exitCodes(spec, "nothing is damaged", "something is damaged");
        Page.examples(
                spec,
                "a tenant of a receiver",
                "cairn tsdb verify data/default-tenant",
                "the damaged files only",
                "cairn tsdb verify data/default-tenant --json | jq -r '.findings[].file'");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        Path directory = Options.path(line, 0);
        CheckReport report;
        try (Progress progress = console.progress("reading", DirectoryBytes.ofAll(directory))) {
            report = TsdbCheck.of(directory).verify(progress::addBytes);
        }
        CheckReportText.print(report, Options.isSet(line, Options.JSON), console.out());
        return report.isClean() ? FINE : FOUND;
    }
}
