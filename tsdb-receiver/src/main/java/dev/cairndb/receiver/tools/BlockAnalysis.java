package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.ChunkCursor;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the labels of a block are like, in the figures of {@code promtool tsdb analyze}. Memory grows with the distinct
 * labels of the block.
 */
final class BlockAnalysis {
    private static final String METRIC = "__name__";

    private final BlockInfo block;
    private final @Nullable ChunkFigures chunkFigures;
    private final long spanMillis;
    private final Map<String, LabelName> names = new HashMap<>();
    private long series;
    private long pairs;
    private long entries;

    /** One of the lists. */
    record Ranking(String title, String key, List<Entry> entries) {}

    /** In a list. */
    record Entry(String label, long figure) {}

    /** The series with some label. */
    private static class Group {
        long series;
        /** Of the block's time, what its series have no samples in, added up. */
        double uncoveredMillis;

        void add(double uncovered) {
            series++;
            uncoveredMillis += uncovered;
        }
    }

    /** The series with a label of this name, and those with each of its values. */
    private static final class LabelName extends Group {
        final Map<String, Group> values = new HashMap<>();
        long valueBytes;
    }

    private BlockAnalysis(BlockInfo block, @Nullable ChunkFigures chunkFigures) {
        this.block = block;
        this.chunkFigures = chunkFigures;
        spanMillis = block.maxTimestampMillis() - block.minTimestampMillis();
    }

    /**
     * @param querier of this block alone
     * @param progress counts series
     * @param chunks are given each chunk, if they are wanted
     */
    static BlockAnalysis of(
            BlockInfo block, Querier querier, Progress progress, @Nullable ChunkFigures chunks, Matcher... selection)
            throws IOException {
        BlockAnalysis analysis = new BlockAnalysis(block, chunks);
        try (SeriesCursor series = querier.select(selection)) {
            while (series.next()) {
                analysis.add(series.labels(), series.chunks());
                progress.itemDone();
            }
        }
        return analysis;
    }

    private void add(Labels labels, ChunkCursor chunks) throws IOException {
        long first = 0;
        long last = 0;
        for (boolean begun = false; chunks.next(); begun = true) {
            first = begun ? first : chunks.chunk().minTimestampMillis();
            last = chunks.chunk().maxTimestampMillis();
            if (chunkFigures != null) {
                chunkFigures.add(chunks.chunk());
            }
        }
        double uncovered = spanMillis - (last - first);
        series++;
        labels.forEach((name, value) -> {
            LabelName label = names.computeIfAbsent(name, unused -> new LabelName());
            Group group = label.values.get(value);
            if (group == null) {
                group = new Group();
                label.values.put(value, group);
                label.valueBytes += value.getBytes(StandardCharsets.UTF_8).length;
                pairs++;
            }
            label.add(uncovered);
            group.add(uncovered);
            entries++;
        });
    }

    BlockInfo block() {
        return block;
    }

    /** Series that were selected. */
    long series() {
        return series;
    }

    int labelNames() {
        return names.size();
    }

    /** Distinct labels. */
    long pairs() {
        return pairs;
    }

    /** Labels of all series. */
    long entries() {
        return entries;
    }

    /** The lists, each with its highest figures. */
    List<Ranking> rankings(int length) {
        return List.of(
                ofPairs("Label pairs most involved in churning", "churningPairs", length, this::absentSeries),
                ofNames("Label names most involved in churning", "churningNames", length, this::absentSeries),
                ofPairs("Most common label pairs", "commonPairs", length, group -> group.series),
                ofNames(
                        "Label names with highest cumulative label value length",
                        "valueBytes",
                        length,
                        name -> name.valueBytes),
                ofNames("Highest cardinality labels", "valueCounts", length, name -> name.values.size()),
                ofMetrics("Highest cardinality metric names", "metricSeries", length));
    }

    /** How many series could be missing all the time for what some are missing for a part of it. */
    private long absentSeries(Group group) {
        return spanMillis == 0 ? 0 : (long) (group.uncoveredMillis / spanMillis);
    }

    private Ranking ofPairs(String title, String key, int length, ToLongFunction<Group> figure) {
        List<Entry> all = new ArrayList<>();
        names.forEach((name, label) -> label.values.forEach(
                (value, group) -> all.add(new Entry(name + "=" + value, figure.applyAsLong(group)))));
        return ranked(title, key, length, all);
    }

    private Ranking ofNames(String title, String key, int length, ToLongFunction<LabelName> figure) {
        List<Entry> all = new ArrayList<>();
        names.forEach((name, label) -> all.add(new Entry(name, figure.applyAsLong(label))));
        return ranked(title, key, length, all);
    }

    private Ranking ofMetrics(String title, String key, int length) {
        List<Entry> all = new ArrayList<>();
        LabelName metric = names.get(METRIC);
        if (metric != null) {
            metric.values.forEach((value, group) -> all.add(new Entry(value, group.series)));
        }
        return ranked(title, key, length, all);
    }

    private static Ranking ranked(String title, String key, int length, List<Entry> all) {
        all.sort(Comparator.comparingLong(Entry::figure).reversed().thenComparing(Entry::label));
        return new Ranking(title, key, all.subList(0, Math.min(length, all.size())));
    }
}
