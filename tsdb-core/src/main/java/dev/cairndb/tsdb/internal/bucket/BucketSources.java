package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.chunks.Aggregate;
import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.Selections;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.CheckedLabelIndex;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The blocks of a bucket that one querier reads, open until it is closed. Thread-safe but for the closing. */
public final class BucketSources implements AutoCloseable {
    private final long fromMillis;
    private final long toMillis;
    private final @Nullable Aggregate aggregate;
    private final QueryBudget budget;
    private final List<BucketBlock> blocks = new ArrayList<>();
    private final List<BucketBlock.Opened> opened = new ArrayList<>();

    BucketSources(long fromMillis, long toMillis, @Nullable Aggregate aggregate, QueryBudget budget) {
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.aggregate = aggregate;
        this.budget = budget;
    }

    void add(BucketBlock block) throws IOException {
        opened.add(block.acquire());
        blocks.add(block);
    }

    /** The selected series of each block. */
    public void select(List<SeriesSource> target, Matcher... matchers) throws IOException {
        for (int i = 0; i < blocks.size(); i++) {
            PostingList series = Selections.select(indexOf(opened.get(i)), matchers);
            if (!series.isEmpty()) {
                target.add(new BucketSeriesSource(
                        opened.get(i), blocks.get(i).thanos(), series, fromMillis, toMillis, aggregate, budget));
            }
        }
    }

    /** The index of each block. */
    public List<LabelIndex> indexes() {
        List<LabelIndex> indexes = new ArrayList<>();
        for (BucketBlock.Opened block : opened) {
            indexes.add(indexOf(block));
        }
        return indexes;
    }

    private LabelIndex indexOf(BucketBlock.Opened block) {
        return new RemoteLabelIndex(new CheckedLabelIndex(block.index(), budget));
    }

    @Override
    public void close() {
        blocks.forEach(BucketBlock::release);
        blocks.clear();
        opened.clear();
    }
}
