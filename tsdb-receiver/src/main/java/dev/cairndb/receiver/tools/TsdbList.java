package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.ReadOnlyTsdb;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn tsdb list}. */
final class TsdbList implements Command {
    static final String READABLE = "--human-readable";

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "list",
                "Lists the blocks of a store.",
                "A line for each block, oldest first, as promtool tsdb list prints it: times in milliseconds since"
                        + " 1970, the end not included. What is in no block yet is not listed. A store or a Prometheus may"
                        + " have the directory open.");
        spec.addPositional(StoreDirectory.parameter());
        spec.addOption(readable());
        spec.addOption(Options.json());
        Page.exitCodes(spec, "all blocks were listed", "a block is damaged, and not among them");
        Page.examples(
                spec,
                "the blocks of a tenant",
                "cairn tsdb list -r data/default-tenant",
                "samples in all blocks",
                "cairn tsdb list data/default-tenant --json | jq '[.blocks[].samples] | add'");
        return spec;
    }

    static OptionSpec readable() {
        return OptionSpec.builder("-r", READABLE)
                .type(boolean.class)
                .arity("0")
                .description("Times and sizes as people read them.")
                .build();
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        StoreDirectory directory = StoreDirectory.of(line, console);
        List<BlockInfo> blocks;
        try (ReadOnlyTsdb store = directory.openBlocks()) {
            blocks = store.blocks();
        }
        if (Options.isSet(line, Options.JSON)) {
            Json.print(console.out(), json -> BlockTable.write(blocks, json));
        } else {
            BlockTable.print(blocks, Options.isSet(line, READABLE), console.out());
        }
        return directory.exitCode();
    }
}
