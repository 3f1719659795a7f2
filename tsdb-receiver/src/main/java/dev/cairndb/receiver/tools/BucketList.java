package dev.cairndb.receiver.tools;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn bucket ls}. */
final class BucketList implements Command {
    private final BucketOptions bucket;

    BucketList(BucketOptions bucket) {
        this.bucket = bucket;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "ls",
                "Lists the complete blocks of a bucket by name, the oldest first.",
                "One name in a line. With --json, what is known of each block, as with cairn bucket inspect.");
        bucket.addTo(spec);
        BlockSelection.addTo(spec);
        spec.addOption(Options.json());
        Page.exitCodes(
                spec, "the blocks were listed", "the meta.json of a block cannot be read, and it is not among them");
        Page.examples(
                spec,
                "blocks of January",
                "cairn bucket ls --objstore.config-file=bucket.yml --min-time=2026-01-01T00:00:00Z"
                        + " --max-time=2026-01-31T23:59:59Z",
                "downsampled blocks",
                "cairn bucket ls --objstore.config-file=bucket.yml --json | jq -r '.blocks[] |"
                        + " select(.resolutionMillis > 0) | .ulid'");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        BlockSelection selection = BlockSelection.of(line);
        try (ObjectStore store = bucket.open(line)) {
            BucketAdmin.Inventory inventory = BucketOptions.blocks(store, console);
            List<BucketBlock> blocks = selection.of(inventory);
            if (Options.isSet(line, Options.JSON)) {
                BucketBlockText.printJson(blocks, inventory.incomplete(), console.out());
            } else {
                blocks.forEach(block -> console.out().println(block.block().ulid()));
            }
            return BucketBlockText.tellUnreadable(inventory, selection, console.err());
        }
    }
}
