package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.ReadOnlyTsdb;
import dev.cairndb.tsdb.TsdbListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn tsdb backup}. */
final class TsdbBackup implements Command {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "backup",
                "Copies a store, which may be in use, into a directory of its own.",
                "The copy has all samples that were acknowledged before the command began, and is a directory that"
                        + " cairn and Prometheus open. Blocks are second names of the same files where the file system can"
                        + " do that, and copies otherwise; what is in no block yet, late samples among it, is written as"
                        + " blocks. The store is not changed, and goes on if it is running.",
                "TARGET is there when it is complete, and not before: until then it is called TARGET.tmp-for-backup."
                        + " Exemplars and metadata are not in it.");
        spec.addPositional(StoreDirectory.parameter());
        spec.addPositional(Options.path(1, "TARGET", "Directory to be made; it must not exist."));
        spec.addOption(Options.json());
        Page.exitCodes(
                spec,
                "the backup is complete",
                "something was damaged; what can be read of the store is in the backup");
        Page.examples(
                spec,
                "a tenant of a running receiver",
                "cairn tsdb backup data/default-tenant /backup/default-tenant-2026-01-31");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        StoreDirectory directory = StoreDirectory.of(line, console);
        Path target = Options.path(line, 1);
        try (ReadOnlyTsdb store = directory.open();
                Progress progress = console.progress("copying", directory.logBytes() + sizeBytes(store.blocks()))) {
            store.backup(target, progress::addBytes);
        }
        List<BlockInfo> blocks;
        try (ReadOnlyTsdb copy = ReadOnlyTsdb.openBlocks(target, TsdbListener.NONE)) {
            blocks = copy.blocks();
        }
        report(target, blocks, Options.isSet(line, Options.JSON), console);
        return directory.exitCode();
    }

    private static long sizeBytes(List<BlockInfo> blocks) {
        return blocks.stream().mapToLong(BlockInfo::sizeBytes).sum();
    }

    private static void report(Path target, List<BlockInfo> blocks, boolean asJson, Console console)
            throws IOException {
        if (asJson) {
            Json.print(console.out(), json -> {
                json.writeStringField("directory", target.toString());
                BlockTable.write(blocks, json);
            });
            return;
        }
        long samples = blocks.stream().mapToLong(BlockInfo::sampleCount).sum();
        console.out()
                .println("backup in " + target + ": " + NumberText.count(blocks.size(), "block") + " with "
                        + NumberText.count(samples, "sample") + ", " + NumberText.bytes(sizeBytes(blocks)));
    }
}
