package dev.cairndb.receiver.tools;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn bucket inspect}. */
final class BucketInspect implements Command {
    private final BucketOptions bucket;

    BucketInspect(BucketOptions bucket) {
        this.bucket = bucket;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "inspect",
                "Shows the blocks of a bucket in a table, the oldest first.",
                "Columns: name; from (inclusive) and until (exclusive), in UTC; the time between; series, samples and"
                        + " chunks; bytes of all its objects; compaction level, and whether all its samples were late;"
                        + " resolution, 0s for samples as they came; the program that made it; marks; external"
                        + " labels.",
                "Below the table are blocks without meta.json: they are being sent or deleted, or were left behind.");
        bucket.addTo(spec);
        BlockSelection.addTo(spec);
        spec.addOption(Options.json());
        Page.exitCodes(
                spec, "the blocks were shown", "the meta.json of a block cannot be read, and it is not among them");
        Page.examples(spec, "all blocks", "cairn bucket inspect --objstore.config-file=bucket.yml");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        BlockSelection selection = BlockSelection.of(line);
        try (ObjectStore store = bucket.open(line)) {
            BucketAdmin.Inventory inventory = BucketOptions.blocks(store, console);
            List<BucketBlock> blocks = selection.of(inventory);
            List<String> incomplete =
                    inventory.incomplete().stream().filter(selection::takes).toList();
            if (Options.isSet(line, Options.JSON)) {
                BucketBlockText.printJson(blocks, incomplete, console.out());
            } else {
                BucketBlockText.printTable(blocks, console.out());
                incomplete.forEach(name -> console.out().println("not complete: " + name));
            }
            return BucketBlockText.tellUnreadable(inventory, selection, console.err());
        }
    }
}
