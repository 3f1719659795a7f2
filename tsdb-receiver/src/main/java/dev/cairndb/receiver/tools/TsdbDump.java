package dev.cairndb.receiver.tools;

import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.ReadOnlyTsdb;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** {@code cairn tsdb dump}. */
final class TsdbDump implements Command {
    private static final String FORMAT = "--format";
    private static final String MATCH = "--match";
    private static final List<String> FORMATS = List.of("text", "openmetrics", "json");

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "dump",
                "Prints the samples of a store.",
                "Nothing is changed, and a store or a Prometheus may have the directory open: what had been written"
                        + " when the command began is printed, late samples included, each sample once. Series come in the"
                        + " order of their labels, samples in that of time.",
                "The formats: text is that of promtool tsdb dump, a line for each sample. openmetrics is that of"
                        + " promtool tsdb dump-openmetrics, which cairn tsdb create-blocks-from openmetrics reads; it has"
                        + " no native histograms, and stale markers are NaN. json is a line for each series, with metric,"
                        + " values and histograms as in the answers of Prometheus' HTTP API.");
        spec.addPositional(StoreDirectory.parameter());
        spec.addOption(OptionSpec.builder(FORMAT)
                .paramLabel("FORMAT")
                .type(String.class)
                .arity("1")
                .defaultValue("text")
                .converters(TsdbDump::format)
                .completionCandidates(FORMATS)
                .description("text, openmetrics or json; default: text.")
                .build());
        spec.addOption(Selectors.option(MATCH, "Series to print, as in PromQL; may be given several times."));
        spec.addOption(Options.time(Options.MIN_TIME, "Samples from this time on."));
        spec.addOption(Options.time(Options.MAX_TIME, "Samples up to this time, which is included."));
        Page.exitCodes(spec, "all was printed", "something was damaged; what can be read was printed");
        Page.examples(
                spec,
                "one metric of a running receiver",
                "cairn tsdb dump data/default-tenant --match 'up{job=\"node\"}'",
                "what another store is made of",
                "cairn tsdb dump data/a --format openmetrics --min-time 2026-01-31T00:00:00Z > a.om");
        return spec;
    }

    private static String format(String text) {
        String format = text.toLowerCase(Locale.ROOT);
        if (!FORMATS.contains(format)) {
            throw new TypeConversionException("expected=text, openmetrics or json, found=" + text);
        }
        return format;
    }

    private static SampleFormat formatOf(ParseResult line) {
        String format = line.matchedOptionValue(FORMAT, "text");
        return switch (format) {
            case "openmetrics" -> new OpenMetricsText();
            case "json" -> new JsonLines();
            default -> new PromtoolText();
        };
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        TimeRange range = rangeOf(line);
        List<Matcher[]> selections = Selectors.of(line, MATCH);
        SampleFormat format = formatOf(line);
        StoreDirectory directory = StoreDirectory.of(line, console);
        Output out = Output.to(console.out());
        try (ReadOnlyTsdb store = directory.open();
                Querier querier = store.querier(range);
                SelectedSeries selected = new SelectedSeries(querier, selections);
                Progress progress = console.whilePrinting().progress("printing", "series")) {
            for (SeriesCursor series = selected.next(); series != null; series = selected.next()) {
                format.write(series, out);
                progress.itemDone();
            }
            format.end(out);
            out.flush();
        } catch (Output.Closed e) {
            return FINE;
        }
        return directory.exitCode();
    }

    private static TimeRange rangeOf(ParseResult line) {
        long from = line.matchedOptionValue(Options.MIN_TIME, Long.MIN_VALUE);
        long to = line.matchedOptionValue(Options.MAX_TIME, Long.MAX_VALUE);
        if (from > to) {
            throw new ParameterException(
                    line.commandSpec().commandLine(), Options.MIN_TIME + " is after " + Options.MAX_TIME);
        }
        return TimeRange.ofMillis(from, to);
    }
}
