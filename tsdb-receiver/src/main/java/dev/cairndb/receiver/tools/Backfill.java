package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.BlockBuilder;
import dev.cairndb.tsdb.BlockInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes blocks of a file of OpenMetrics text: one pass counts what lies in which range of time, each further one takes
 * some ranges that follow each other. Not thread-safe.
 */
final class Backfill {
    private final OpenMetricsFile file;
    private final Duration range;
    private final long rangeMillis;
    private final Labels extraLabels;
    private final Console console;
    private final long passSamples;
    private final Map<Labels, Labels> labelled = new HashMap<>();

    /** Ranges by their numbers, both ends included. */
    private record Pass(long firstRange, long lastRange, long samples) {}

    /**
     * @param extraLabels are added to each series, or replace what it has
     * @param passSamples ranges with fewer samples together are made in one pass
     */
    Backfill(OpenMetricsFile file, Duration range, Labels extraLabels, Console console, long passSamples) {
        this.file = file;
        this.range = range;
        this.extraLabels = extraLabels;
        this.console = console;
        this.passSamples = passSamples;
        rangeMillis = range.toMillis();
    }

    /** Returns the blocks that were made: of all samples, or there are none. */
    List<BlockInfo> run(Path directory) throws IOException {
        List<Pass> passes = plan();
        long passBytes = file.sizeBytes();
        try (BlockBuilder builder = BlockBuilder.create(directory, range)) {
            try (Progress progress = console.progress("writing", "pass", passes.size(), passes.size() * passBytes)) {
                for (Pass pass : passes) {
                    progress.beginItem(passBytes);
                    file.forEachSample(line -> add(line, pass, builder), progress.steps(passBytes, passBytes / 2));
                    labelled.clear();
                    builder.write(progress.steps(pass.samples, passBytes / 2));
                    progress.itemDone();
                }
            }
            return builder.finish();
        }
    }

    private List<Pass> plan() throws IOException {
        TreeMap<Long, Long> samples = new TreeMap<>();
        try (Progress progress = console.progress("reading", "pass", 1, file.sizeBytes())) {
            file.forEachSample(line -> samples.merge(rangeOf(line), 1L, Long::sum), progress::addBytes);
        }
        List<Pass> passes = new ArrayList<>();
        samples.forEach((number, count) -> {
            int last = passes.size() - 1;
            if (last >= 0 && passes.get(last).samples + count <= passSamples) {
                Pass longer = new Pass(passes.get(last).firstRange, number, passes.get(last).samples + count);
                passes.set(last, longer);
            } else {
                passes.add(new Pass(number, number, count));
            }
        });
        return passes;
    }

    private long rangeOf(OpenMetricsLine line) {
        return Math.floorDiv(line.timestampMillis(), rangeMillis);
    }

    private void add(OpenMetricsLine line, Pass pass, BlockBuilder builder) throws IOException {
        long number = rangeOf(line);
        if (number >= pass.firstRange && number <= pass.lastRange) {
            builder.add(withExtra(line.labels()), line.timestampMillis(), line.value());
        }
    }

    private Labels withExtra(Labels labels) {
        if (extraLabels.isEmpty()) {
            return labels;
        }
        return labelled.computeIfAbsent(labels, plain -> {
            Labels.Builder builder = plain.toBuilder();
            extraLabels.forEach((name, value) -> {
                Labels.Builder unused = builder.set(name, value);
            });
            return builder.build();
        });
    }
}
