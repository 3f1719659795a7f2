package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code cairn bucket copy}. */
final class BucketCopy implements Command {
    private final BucketFlags flags;

    BucketCopy(BucketFlags flags) {
        this.flags = flags;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Page.of(
                "copy",
                "Copies blocks: from a bucket to another one or to a directory, or from a directory to a bucket.",
                "FROM and TO are each a directory with blocks, such as a store's, or a file with the configuration of a"
                        + " bucket, as --objstore.config-file takes it; one of them is a bucket. TO must have no log: a store drops"
                        + " samples of its log that are older than the end of a block.",
                "A block is seen at its target only when all of it is there. What is there already is not copied"
                        + " again, so that a copy that broke off is finished by the same command. A block that cannot be"
                        + " copied does not keep back the others. Blocks that are marked for deletion are left out; other"
                        + " marks are copied to buckets.",
                "Into a directory go samples as they came, of one set of external labels, which is also that of"
                        + " blocks that were copied there before: downsampled blocks are left out unless they are named.",
                "Into a bucket, blocks of a store get the external labels that are given, and are refused if they would"
                        + " overlap others of these labels, if something is deleted in them that would come back, if they are"
                        + " damaged, or if Thanos cannot read them.");
        spec.addPositional(Options.path(0, "FROM", "Where the blocks are."));
        spec.addPositional(Options.path(1, "TO", "Where they are to be."));
        BlockSelection.addTo(spec);
        spec.addOption(Options.label("External label of blocks that have none."));
        spec.addOption(Options.json());
        Page.exitCodes(spec, "all blocks are at the target", "some could not be copied; which, and why, was printed");
        Page.examples(
                spec,
                "a bucket to another one",
                "cairn bucket copy old.yml new.yml",
                "a week, to look at with Prometheus",
                "cairn bucket copy bucket.yml blocks/ --min-time=2026-01-05T00:00:00Z --max-time=2026-01-11T23:59:59Z",
                "the blocks of a Prometheus into a bucket",
                "cairn bucket copy prometheus/data bucket.yml --label='replica=\"a\"'");
        return spec;
    }

    /** Copies one block; false if it was there. */
    private interface Step {
        boolean copy(BucketBlock block, LongConsumer bytesCopied) throws IOException;
    }

    /** What became of the blocks. */
    private record Outcome(
            List<String> copied,
            List<String> present,
            List<String> left,
            List<String> downsampled,
            List<BucketFinding> failed) {
        Outcome() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    @Override
    public int run(ParseResult line, Console console) throws IOException {
        Path from = Options.path(line, 0);
        Path to = Options.path(line, 1);
        BlockSelection selection = BlockSelection.of(line);
        Labels labels = flags.labels(line.matchedOptionValue(Options.LABEL, List.of()));
        boolean fromDirectory = Files.isDirectory(from);
        boolean toDirectory = Files.isDirectory(to);
        if (fromDirectory && toDirectory) {
            throw new ParameterException(
                    line.commandSpec().commandLine(), "one of FROM and TO must be the configuration of a bucket");
        }
        BucketOptions buckets = new BucketOptions(flags);
        Outcome outcome;
        try (ObjectStore store = buckets.open(fromDirectory ? to : from)) {
            BucketAdmin bucket = BucketAdmin.of(store);
            BucketAdmin.Inventory inventory =
                    fromDirectory ? bucket.blocksIn(from) : BucketOptions.blocks(store, console);
            requireAny(inventory, from);
            outcome = new Outcome();
            List<BucketBlock> blocks = chosen(inventory, selection, outcome);
            if (fromDirectory) {
                copy(
                        blocks,
                        outcome,
                        console,
                        (block, bytes) ->
                                bucket.upload(from.resolve(block.block().ulid()), labels, bytes));
            } else if (toDirectory) {
                leaveOutDownsampled(blocks, selection, outcome);
                requireOneStream(blocks, bucket.blocksIn(to), to);
                copy(
                        blocks,
                        outcome,
                        console,
                        (block, bytes) -> bucket.download(block.block().ulid(), to, bytes));
            } else {
                try (ObjectStore second = buckets.open(to)) {
                    BucketAdmin target = BucketAdmin.of(second);
                    copy(
                            blocks,
                            outcome,
                            console,
                            (block, bytes) -> bucket.copy(block.block().ulid(), target, bytes));
                }
            }
        }
        print(outcome, Options.isSet(line, Options.JSON), console);
        return outcome.failed.isEmpty() ? FINE : FOUND;
    }

    private static void requireAny(BucketAdmin.Inventory inventory, Path from) throws IOException {
        if (inventory.blocks().isEmpty()
                && inventory.incomplete().isEmpty()
                && inventory.findings().isEmpty()) {
            throw new IOException("there is no block in FROM: " + from);
        }
    }

    /** Blocks to be copied. What was asked for and is none of them is told of as failed. */
    private static List<BucketBlock> chosen(BucketAdmin.Inventory inventory, BlockSelection selection, Outcome outcome)
            throws IOException {
        inventory.findings().stream()
                .filter(finding -> selection.takes(finding.ulid()))
                .forEach(outcome.failed::add);
        outcome.failed.addAll(selection.namedInVain(inventory));
        List<BucketBlock> blocks = new ArrayList<>();
        for (BucketBlock block : selection.of(inventory)) {
            String ulid = block.block().ulid();
            if (!block.marks().contains(BlockMark.DELETION)) {
                blocks.add(block);
            } else if (selection.names(ulid)) {
                outcome.failed.add(new BucketFinding(ulid, "", "not copied: it is marked for deletion"));
            } else {
                outcome.left.add(ulid);
            }
        }
        return blocks;
    }

    /** A store or a Prometheus would take their aggregates for damage. */
    private static void leaveOutDownsampled(List<BucketBlock> blocks, BlockSelection selection, Outcome outcome) {
        blocks.removeIf(block -> {
            String ulid = block.block().ulid();
            boolean left = block.resolutionMillis() > 0 && !selection.names(ulid);
            if (left) {
                outcome.downsampled.add(ulid);
            }
            return left;
        });
    }

    /** Nothing in a directory tells the series of one writer from those of another. */
    private static void requireOneStream(List<BucketBlock> blocks, BucketAdmin.Inventory there, Path to)
            throws IOException {
        List<String> streams = streams(blocks);
        if (streams.isEmpty()) {
            return;
        }
        if (streams.size() > 1) {
            throw new IOException("the blocks have different external labels, and in a directory their series would be"
                    + " mixed: " + String.join(", ", streams)
                    + "; name those of one with --block, and use a directory for each");
        }
        if (!there.findings().isEmpty()) {
            BucketFinding damaged = there.findings().get(0);
            throw new IOException("cannot tell the external labels of a block in " + to + ": " + damaged.problem()
                    + "; take it away, or use another directory");
        }
        List<String> others = new ArrayList<>(streams(there.blocks()));
        others.removeAll(streams);
        // Blocks of a store have none.
        others.remove(Labels.empty().toString());
        if (!others.isEmpty()) {
            throw new IOException("the blocks have the external labels " + streams.get(0) + ", and with those in " + to
                    + " their series would be mixed: " + String.join(", ", others) + "; use another directory");
        }
    }

    private static List<String> streams(List<BucketBlock> blocks) {
        return blocks.stream()
                .map(block -> block.externalLabels().toString())
                .distinct()
                .sorted()
                .toList();
    }

    private static void copy(List<BucketBlock> blocks, Outcome outcome, Console console, Step step) throws IOException {
        long bytes =
                blocks.stream().mapToLong(block -> block.block().sizeBytes()).sum();
        try (Progress progress = console.progress("copying", "block", blocks.size(), bytes)) {
            for (BucketBlock block : blocks) {
                progress.beginItem(block.block().sizeBytes());
                copy(block, step, progress, outcome);
                progress.itemDone();
            }
        }
    }

    private static void copy(BucketBlock block, Step step, Progress progress, Outcome outcome) throws IOException {
        String ulid = block.block().ulid();
        try {
            (step.copy(block, progress::addBytes) ? outcome.copied : outcome.present).add(ulid);
        } catch (IOException e) {
            if (e instanceof ObjectStoreException failure && failure.retryable()) {
                // It is the bucket, not the block.
                throw e;
            }
            outcome.failed.add(new BucketFinding(ulid, "", FailureText.of(e)));
        }
    }

    private static void print(Outcome outcome, boolean asJson, Console console) throws IOException {
        if (asJson) {
            Json.print(console.out(), json -> {
                Json.strings(json, "copied", outcome.copied);
                Json.strings(json, "present", outcome.present);
                Json.strings(json, "markedForDeletion", outcome.left);
                Json.strings(json, "downsampled", outcome.downsampled);
                BucketBlockText.write(outcome.failed, json);
            });
            return;
        }
        outcome.copied.forEach(ulid -> console.out().println(ulid + ": copied"));
        BucketBlockText.print(outcome.failed, console.out());
        console.out()
                .println("copied " + NumberText.count(outcome.copied.size(), "block") + "; there before: "
                        + outcome.present.size() + "; marked for deletion: " + outcome.left.size()
                        + (outcome.downsampled.isEmpty() ? "" : "; downsampled: " + outcome.downsampled.size())
                        + "; failed: " + outcome.failed.size());
    }
}
