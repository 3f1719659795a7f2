package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Which blocks a command is about.
 *
 * @param names empty for all
 * @param minTimestampMillis blocks that end at or before it are not
 * @param maxTimestampMillis blocks that begin after it are not
 */
record BlockSelection(Set<String> names, long minTimestampMillis, long maxTimestampMillis) {
    private static final String BLOCK = "--block";

    static void addTo(CommandSpec spec) {
        spec.addOption(OptionSpec.builder(BLOCK)
                .paramLabel("ULID")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description("Only this block; may be given more than once. Default: all.")
                .build());
        spec.addOption(Options.time(Options.MIN_TIME, "Only blocks with samples at or after this time may be in."));
        spec.addOption(Options.time(Options.MAX_TIME, "Only blocks with samples at or before this time may be in."));
    }

    static BlockSelection of(ParseResult line) {
        List<String> names = line.matchedOptionValue(BLOCK, List.of());
        return new BlockSelection(
                Set.copyOf(names),
                line.matchedOptionValue(Options.MIN_TIME, Long.MIN_VALUE),
                line.matchedOptionValue(Options.MAX_TIME, Long.MAX_VALUE));
    }

    /** @throws IOException if a block that was named is not there */
    List<BucketBlock> of(BucketAdmin.Inventory inventory) throws IOException {
        Set<String> there = new HashSet<>(inventory.incomplete());
        inventory.blocks().forEach(block -> there.add(block.block().ulid()));
        inventory.findings().forEach(finding -> there.add(finding.ulid()));
        for (String name : names) {
            if (!there.contains(name)) {
                throw new IOException("no such block: " + name);
            }
        }
        return inventory.blocks().stream().filter(block -> takes(block.block())).toList();
    }

    /** Blocks that were named and are not among those chosen: a command about them does nothing. */
    List<BucketFinding> namedInVain(BucketAdmin.Inventory inventory) {
        List<BucketFinding> findings = new ArrayList<>();
        inventory.incomplete().stream()
                .filter(names::contains)
                .forEach(name -> findings.add(new BucketFinding(name, "meta.json", "no object: not complete")));
        inventory.blocks().stream()
                .map(BucketBlock::block)
                .filter(block -> names.contains(block.ulid()) && !takes(block))
                .forEach(block -> findings.add(
                        new BucketFinding(block.ulid(), "", "has no samples between the times that were given")));
        return findings;
    }

    boolean names(String name) {
        return names.contains(name);
    }

    boolean takes(BlockInfo block) {
        return takes(block.ulid())
                && block.maxTimestampMillis() > minTimestampMillis
                && block.minTimestampMillis() <= maxTimestampMillis;
    }

    /** Of a block of which only the name is known. */
    boolean takes(String name) {
        return names.isEmpty() || names.contains(name);
    }
}
