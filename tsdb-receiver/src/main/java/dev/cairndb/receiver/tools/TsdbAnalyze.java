package dev.cairndb.receiver.tools;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.ReadOnlyTsdb;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code cairn tsdb analyze}. */
final class TsdbAnalyze implements Command {
    private static final String LIMIT = "--limit";
    private static final String MATCH = "--match";
    private static final String EXTENDED = "--extended";
    private static final int LIMIT_DEFAULT = 20;
    private static final int ULID_TIME_CHARS = 10;

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "analyze",
                "Shows which labels of a block are many, and which come and go.",
                "The figures are those of promtool tsdb analyze. Churning: the time that the series with a label have"
                        + " no samples in, in lengths of the block; a figure of 10 is what ten series make that were there"
                        + " before and are gone. Series of which everything was deleted are not counted.");
        spec.addPositional(StoreDirectory.parameter());
        spec.addPositional(PositionalParamSpec.builder()
                .index("1")
                .paramLabel("BLOCK")
                .type(String.class)
                .arity("0..1")
                .description("Name (ULID) of the block; default: the one made last.")
                .build());
        spec.addOption(OptionSpec.builder(LIMIT)
                .paramLabel("COUNT")
                .type(Integer.class)
                .arity("1")
                .description("Length of each list; default: " + LIMIT_DEFAULT + ".")
                .build());
        spec.addOption(OptionSpec.builder(MATCH)
                .paramLabel("SELECTOR")
                .type(String.class)
                .arity("1")
                .description("Series to look at, as in PromQL; default: all.")
                .build());
        spec.addOption(Options.flag(EXTENDED, "Shows as well how many samples, bytes and buckets chunks have."));
        spec.addOption(Options.json());
        Page.exitCodes(spec, "the block was read", "something in the directory is damaged");
        Page.examples(
                spec,
                "the block of a tenant that was made last",
                "cairn tsdb analyze data/default-tenant",
                "the ten metrics with the most series",
                "cairn tsdb analyze data/default-tenant --limit 10 --json | jq .metricSeries");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        int limit = line.matchedOptionValue(LIMIT, LIMIT_DEFAULT);
        if (limit < 1) {
            throw new ParameterException(line.commandSpec().commandLine(), LIMIT + " must be at least 1: " + limit);
        }
        Matcher[] selection = Selectors.one(line, MATCH);
        StoreDirectory directory = StoreDirectory.of(line, console);
        try (ReadOnlyTsdb store = directory.openBlocks()) {
            BlockInfo block = find(store.blocks(), line.matchedPositionalValue(1, ""));
            BlockAnalysis analysis;
            ChunkFigures chunks = Options.isSet(line, EXTENDED) ? new ChunkFigures() : null;
            long series = line.hasMatchedOption(MATCH) ? 0 : block.seriesCount();
            try (Querier querier = store.blockQuerier(block.ulid());
                    Progress progress = console.progress("reading", "series", series, 0)) {
                analysis = BlockAnalysis.of(block, querier, progress, chunks, selection);
            }
            if (Options.isSet(line, Options.JSON)) {
                Json.print(console.out(), json -> {
                    write(analysis, limit, json);
                    if (chunks != null) {
                        chunks.write(json);
                    }
                });
            } else {
                print(analysis, limit, line.matchedOptionValue(MATCH, ""), console.out());
                if (chunks != null) {
                    chunks.print(console.out());
                }
            }
        }
        return directory.exitCode();
    }

    private static BlockInfo find(List<BlockInfo> blocks, String ulid) throws IOException {
        BlockInfo found = null;
        for (BlockInfo block : blocks) {
            boolean isNewer = found == null || madeAt(block).compareTo(madeAt(found)) > 0;
            if (ulid.isEmpty() ? isNewer : block.ulid().equals(ulid)) {
                found = block;
            }
        }
        if (found == null) {
            throw new IOException(ulid.isEmpty() ? "there is no block" : "there is no block of this name: " + ulid);
        }
        return found;
    }

    /** The part of a block's name that is a time, in an alphabet that sorts by it. */
    private static String madeAt(BlockInfo block) {
        return block.ulid().substring(0, ULID_TIME_CHARS);
    }

    private static void print(BlockAnalysis analysis, int limit, String selector, PrintStream out) {
        BlockInfo block = analysis.block();
        out.println("Block ID: " + block.ulid());
        out.println("Duration: " + NumberText.duration(block.maxTimestampMillis() - block.minTimestampMillis()));
        out.println("Total Series: " + block.seriesCount());
        if (!selector.isEmpty()) {
            out.println("Matcher: " + selector);
        }
        out.println("Label names: " + analysis.labelNames());
        if (!selector.isEmpty()) {
            out.println("Matched series: " + analysis.series());
        }
        out.println("Postings (unique label pairs): " + analysis.pairs());
        out.println("Postings entries (total label pairs): " + analysis.entries());
        for (BlockAnalysis.Ranking ranking : analysis.rankings(limit)) {
            out.println();
            out.println(ranking.title() + ":");
            ranking.entries().forEach(entry -> out.println(entry.figure() + " " + entry.label()));
        }
    }

    private static void write(BlockAnalysis analysis, int limit, JsonGenerator json) throws IOException {
        BlockInfo block = analysis.block();
        json.writeStringField("ulid", block.ulid());
        json.writeNumberField("minTime", block.minTimestampMillis());
        json.writeNumberField("maxTime", block.maxTimestampMillis());
        json.writeNumberField("series", block.seriesCount());
        json.writeNumberField("seriesSelected", analysis.series());
        json.writeNumberField("labelNames", analysis.labelNames());
        json.writeNumberField("labelPairs", analysis.pairs());
        json.writeNumberField("labelPairEntries", analysis.entries());
        for (BlockAnalysis.Ranking ranking : analysis.rankings(limit)) {
            json.writeArrayFieldStart(ranking.key());
            for (BlockAnalysis.Entry entry : ranking.entries()) {
                json.writeStartObject();
                json.writeStringField("label", entry.label());
                json.writeNumberField("figure", entry.figure());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }
}
