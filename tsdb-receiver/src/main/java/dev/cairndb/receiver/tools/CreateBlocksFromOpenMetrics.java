package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.BlockInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** {@code cairn tsdb create-blocks-from openmetrics}. */
final class CreateBlocksFromOpenMetrics implements Command {
    private static final String DURATION = "--max-block-duration";
    private static final String QUIET = "--quiet";
    /** Memory holds the samples of a pass. */
    private static final long PASS_SAMPLES = 4_000_000;

    private static final Duration SHORTEST = Duration.ofHours(2);
    private static final Pattern DURATION_TEXT =
            Pattern.compile("(?:(\\d+)y)?(?:(\\d+)w)?(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?");
    private static final long[] UNIT_SECONDS = {365 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1};
    private static final int FACTOR = 3;
    private static final int STEPS = 10;

    private final BucketFlags flags;

    CreateBlocksFromOpenMetrics(BucketFlags flags) {
        this.flags = flags;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "openmetrics",
                "Makes blocks of the samples in a file of OpenMetrics text.",
                "As promtool tsdb create-blocks-from openmetrics: each sample needs a timestamp, and the file has to"
                        + " end with # EOF. Exemplars and what describes metrics are read and not kept; series named"
                        + " _created are series like others. Unlike there, the samples of a series may come in any order.",
                "Blocks are of 2h, and begin at multiples of it. The file is read once to see what times it has, and"
                        + " again for every few million samples, or for every block if one has more: memory holds no"
                        + " more at a time. DIR gets all blocks at the end, or none.",
                "DIR may be the directory of a store that is in use: a Prometheus shows the blocks within a minute, and"
                        + " cairn when it is opened next. They are blocks of late samples there, which may overlap what"
                        + " it has.");
        spec.addPositional(Options.path(0, "FILE", "The text."));
        spec.addPositional(PositionalParamSpec.builder()
                .index("1")
                .paramLabel("DIR")
                .type(Path.class)
                .arity("0..1")
                .description("Where the blocks are made; default: data.")
                .build());
        spec.addOption(OptionSpec.builder(DURATION)
                .paramLabel("DURATION")
                .type(Duration.class)
                .arity("1")
                .converters(CreateBlocksFromOpenMetrics::duration)
                .description("The longest a block may be, such as 7d. Blocks have the longest of 2h, 6h, 18h, 54h...;"
                        + " default: 2h.")
                .build());
        spec.addOption(Options.label("A label that all series get; also as promtool takes it, name=value."));
        spec.addOption(OptionSpec.builder("-q", QUIET)
                .type(boolean.class)
                .arity("0")
                .description("Does not list the blocks.")
                .build());
        spec.addOption(TsdbList.readable());
        spec.addOption(Options.json());
        Page.exitCodes(spec, "all samples are in blocks", "");
        Page.examples(
                spec,
                "a history from somewhere else, in blocks of up to a week",
                "cairn tsdb create-blocks-from openmetrics history.om data --max-block-duration 7d",
                "with a label that tells where it is from",
                "cairn tsdb create-blocks-from openmetrics history.om data --label='site=\"b\"'");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        Duration range = rangeFor(line.matchedOptionValue(DURATION, SHORTEST));
        List<String> given = line.matchedOptionValue(Options.LABEL, List.of());
        Labels extra = flags.labels(
                given.stream().map(CreateBlocksFromOpenMetrics::quoted).toList());
        OpenMetricsFile file = new OpenMetricsFile(Options.path(line, 0));
        Path directory = line.matchedPositionalValue(1, Path.of("data"));
        List<BlockInfo> blocks = new Backfill(file, range, extra, console, PASS_SAMPLES).run(directory);
        if (Options.isSet(line, Options.JSON)) {
            Json.print(console.out(), json -> BlockTable.write(blocks, json));
        } else if (!Options.isSet(line, QUIET)) {
            BlockTable.print(blocks, Options.isSet(line, TsdbList.READABLE), console.out());
        }
        return FINE;
    }

    /** A label whose value is not in quotes has it as it is, as with promtool; in the form of the other commands. */
    private static String quoted(String label) {
        int value = label.indexOf('=') + 1;
        boolean isQuoted = label.startsWith("\"", value) || label.startsWith("`", value);
        if (value == 0 || isQuoted) {
            return label;
        }
        String escaped = label.substring(value)
                .replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n");
        return label.substring(0, value) + '"' + escaped + '"';
    }

    /** As Prometheus writes them, such as {@code 1d12h}. */
    private static Duration duration(String text) {
        Matcher matcher = DURATION_TEXT.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new TypeConversionException("expected=a duration such as 2h, 1d12h or 1w, found=" + text);
        }
        try {
            long seconds = 0;
            for (int unit = 0; unit < UNIT_SECONDS.length; unit++) {
                String count = matcher.group(unit + 1);
                long of = count == null ? 0 : Math.multiplyExact(Long.parseLong(count), UNIT_SECONDS[unit]);
                seconds = Math.addExact(seconds, of);
            }
            return Duration.ofSeconds(seconds);
        } catch (ArithmeticException | NumberFormatException e) {
            throw new TypeConversionException("too long: " + text);
        }
    }

    /** The longest range of those that Prometheus merges blocks to. */
    static Duration rangeFor(Duration longest) {
        Duration range = SHORTEST;
        for (int i = 1; i < STEPS && range.multipliedBy(FACTOR).compareTo(longest) <= 0; i++) {
            range = range.multipliedBy(FACTOR);
        }
        return range;
    }
}
