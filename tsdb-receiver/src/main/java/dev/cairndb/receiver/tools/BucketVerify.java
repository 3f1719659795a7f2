package dev.cairndb.receiver.tools;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code cairn bucket verify}. */
final class BucketVerify implements Command {
    private static final String SCRATCH = "--scratch";

    private final BucketOptions bucket;

    BucketVerify(BucketOptions bucket) {
        this.bucket = bucket;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "verify",
                "Reads the blocks of a bucket and tells what is wrong with them; changes nothing.",
                "Of each block: whether its files are there with the sizes and hashes that its meta.json tells; every"
                        + " series, posting list and chunk with its checksum; whether they agree with each other and"
                        + " with the counts and times of meta.json. Of downsampled blocks, chunks are compared with"
                        + " their checksums only. Of all blocks: whether some overlap that have the same external"
                        + " labels and resolution, at which a compactor stops; blocks that were marked for deletion"
                        + " 24 hours ago, or were merged into others, do not count.",
                "Every byte is read, one block after the other, by way of a folder on this machine.",
                "Blocks without a meta.json are told of, and are not wrong unless they are named: they may be on their"
                        + " way.");
        bucket.addTo(spec);
        BlockSelection.addTo(spec);
        spec.addOption(OptionSpec.builder(SCRATCH)
                .paramLabel("DIR")
                .type(Path.class)
                .arity("1")
                .description("Folder with room for the largest block; it is empty again afterwards. Default: that for"
                        + " temporary files.")
                .build());
        spec.addOption(Options.json());
        Page.exitCodes(spec, "nothing is wrong", "something is wrong");
        Page.examples(
                spec,
                "the whole bucket",
                "cairn bucket verify --objstore.config-file=bucket.yml",
                "one block, with room on another disk",
                "cairn bucket verify --objstore.config-file=bucket.yml --block=01M7YHR3F70FASHTRMA4BZGBZ5"
                        + " --scratch=/var/tmp");
        return spec;
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        BlockSelection selection = BlockSelection.of(line);
        Path scratch = line.matchedOptionValue(SCRATCH, Path.of(System.getProperty("java.io.tmpdir")));
        try (ObjectStore store = bucket.open(line);
                ScratchFolder folder = ScratchFolder.in(scratch)) {
            BucketAdmin admin = BucketAdmin.of(store);
            BucketAdmin.Inventory inventory = BucketOptions.blocks(store, console);
            List<BucketBlock> blocks = selection.of(inventory);
            List<BucketFinding> findings = new ArrayList<>();
            inventory.findings().stream()
                    .filter(finding -> selection.takes(finding.ulid()))
                    .forEach(findings::add);
            findings.addAll(selection.namedInVain(inventory));
            findings.addAll(admin.overlaps(inventory, block -> selection.takes(block.block())));
            findings.addAll(read(admin, blocks, folder.path(), console));
            List<String> incomplete =
                    inventory.incomplete().stream().filter(selection::takes).toList();
            if (Options.isSet(line, Options.JSON)) {
                Json.print(console.out(), json -> {
                    json.writeNumberField("blocks", blocks.size());
                    BucketBlockText.write(findings, json);
                    Json.strings(json, "incomplete", incomplete);
                });
            } else {
                BucketBlockText.print(findings, console.out());
                incomplete.forEach(name -> console.out().println("note: not complete: " + name));
                console.out()
                        .println((findings.isEmpty() ? "nothing is wrong" : "found: " + findings.size()) + "; read "
                                + NumberText.count(blocks.size(), "block"));
            }
            return findings.isEmpty() ? FINE : FOUND;
        }
    }

    private static List<BucketFinding> read(BucketAdmin admin, List<BucketBlock> blocks, Path scratch, Console console)
            throws IOException {
        List<BucketFinding> findings = new ArrayList<>();
        long bytes =
                blocks.stream().mapToLong(block -> block.block().sizeBytes()).sum();
        try (Progress progress = console.progress("reading", "block", blocks.size(), bytes)) {
            for (BucketBlock block : blocks) {
                progress.beginItem(block.block().sizeBytes());
                findings.addAll(admin.verify(block.block().ulid(), scratch, progress::addBytes));
                progress.itemDone();
            }
        }
        return findings;
    }
}
