package dev.cairndb.receiver.tools;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketAdmin;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** {@code cairn bucket mark}. */
final class BucketMark implements Command {
    private static final String FOR = "--for";
    private static final String DETAILS = "--details";
    private static final String REMOVE = "--remove";

    private static final Pattern ULID = Pattern.compile("[0-7][0-9A-HJKMNP-TV-Z]{25}");

    private final BucketOptions bucket;

    BucketMark(BucketOptions bucket) {
        this.bucket = bucket;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "mark",
                "Marks blocks of a bucket, for Thanos and for this program; or takes marks off.",
                "deletion: the compactor deletes the block, by default 48 hours later; until then it is read, and the"
                        + " mark can be taken off. no-compact: the compactor does not merge it with others."
                        + " no-downsample: it does not downsample it. A mark that is there stays as it is.",
                "Receivers put no-compact on blocks of late samples whose range may still change, and take it off by"
                        + " themselves.");
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .paramLabel("ULID")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1..*")
                .required(true)
                .description("Names of the blocks.")
                .build());
        spec.addOption(OptionSpec.builder(FOR)
                .paramLabel("MARK")
                .type(BlockMark.class)
                .arity("1")
                .required(true)
                .converters(BucketMark::mark)
                .completionCandidates(Stream.of(BlockMark.values())
                        .map(BucketBlockText::nameOf)
                        .toList())
                .description("One of: " + BucketBlockText.markNames() + ".")
                .build());
        spec.addOption(OptionSpec.builder(DETAILS)
                .paramLabel("TEXT")
                .type(String.class)
                .arity("1")
                .description("Why, for people; kept in the mark. Default: empty.")
                .build());
        spec.addOption(Options.flag(REMOVE, "Takes the mark off instead."));
        bucket.addTo(spec);
        Page.exitCodes(spec, "all blocks have the mark now, or none has it any more", "");
        Page.examples(
                spec,
                "have the compactor delete a block",
                "cairn bucket mark --objstore.config-file=bucket.yml --for=deletion --details=\"test data\""
                        + " 01M7YHR3F70FASHTRMA4BZGBZ5",
                "keep it after all",
                "cairn bucket mark --objstore.config-file=bucket.yml --for=deletion --remove"
                        + " 01M7YHR3F70FASHTRMA4BZGBZ5");
        return spec;
    }

    private static BlockMark mark(String text) {
        for (BlockMark mark : BlockMark.values()) {
            if (BucketBlockText.nameOf(mark).equals(text)) {
                return mark;
            }
        }
        throw new TypeConversionException("expected=" + BucketBlockText.markNames() + ", found=" + text);
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        List<String> names = line.matchedPositionalValue(0, List.of());
        BlockMark mark = line.matchedOptionValue(FOR, BlockMark.DELETION);
        String details = line.matchedOptionValue(DETAILS, "");
        for (String name : names) {
            if (!ULID.matcher(name).matches()) {
                throw new ParameterException(line.commandSpec().commandLine(), "not a ULID: " + name);
            }
        }
        try (ObjectStore store = bucket.open(line)) {
            BucketAdmin admin = BucketAdmin.of(store);
            for (String name : names) {
                String what = name + " " + BucketBlockText.nameOf(mark) + ": ";
                if (Options.isSet(line, REMOVE)) {
                    console.out().println(what + (admin.unmark(name, mark) ? "mark removed" : "no such mark"));
                } else {
                    console.out().println(what + (admin.mark(name, mark, details) ? "marked" : "marked before"));
                }
            }
        }
        return FINE;
    }
}
