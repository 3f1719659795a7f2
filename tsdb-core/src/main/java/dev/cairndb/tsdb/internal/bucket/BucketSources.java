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
    private final BucketAccess access;
    private final long fromMillis;
    private final long toMillis;
    private final @Nullable Aggregate aggregate;
    private final QueryBudget budget;
    private final List<Held> blocks = new ArrayList<>();

    /** A block that is given back when the querier is closed. */
    private static final class Held {
        private final BucketBlock block;
        private BucketBlock.@Nullable Opened opened;

        Held(BucketBlock block) {
            this.block = block;
        }

        BucketBlock.Opened opened() {
            BucketBlock.Opened open = opened;
            if (open == null) {
                throw new IllegalStateException("BUG: a block that was not opened");
            }
            return open;
        }
    }

    private BucketSources(
            BucketAccess access, long fromMillis, long toMillis, @Nullable Aggregate aggregate, QueryBudget budget) {
        this.access = access;
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
        this.aggregate = aggregate;
        this.budget = budget;
    }

    /** Opens the blocks. */
    static BucketSources open(
            BucketAccess access,
            List<BucketBlock> blocks,
            long fromMillis,
            long toMillis,
            @Nullable Aggregate aggregate,
            QueryBudget budget)
            throws IOException {
        BucketSources sources = new BucketSources(access, fromMillis, toMillis, aggregate, budget);
        boolean done = false;
        try {
            sources.open(blocks);
            done = true;
            return sources;
        } finally {
            if (!done) {
                sources.close();
            }
        }
    }

    private void open(List<BucketBlock> wanted) throws IOException {
        List<SideBySide.Step> openings = new ArrayList<>();
        for (BucketBlock block : wanted) {
            Held held = new Held(block);
            blocks.add(held);
            openings.add(() -> {
                budget.check();
                held.opened = block.acquire(budget);
            });
        }
        access.sideBySide().run(openings);
    }

    /** The selected series of each block. */
    public void select(List<SeriesSource> target, Matcher... matchers) throws IOException {
        ReadAhead readAhead = new ReadAhead(access.sideBySide());
        @Nullable BucketSeriesSource[] found = new BucketSeriesSource[blocks.size()];
        List<SideBySide.Step> selections = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            int place = i;
            Held held = blocks.get(i);
            selections.add(() -> {
                PostingList series = Selections.select(indexOf(held.opened()), matchers);
                if (!series.isEmpty()) {
                    BucketSeriesSource source = new BucketSeriesSource(
                            access,
                            held.opened(),
                            held.block.thanos(),
                            series,
                            readAhead,
                            fromMillis,
                            toMillis,
                            aggregate,
                            budget);
                    source.fetchEntries();
                    found[place] = source;
                }
            });
        }
        access.sideBySide().run(selections);
        for (BucketSeriesSource source : found) {
            if (source != null) {
                readAhead.add(source);
                target.add(source);
            }
        }
    }

    /** The index of each block. */
    public List<LabelIndex> indexes() {
        List<LabelIndex> indexes = new ArrayList<>();
        for (Held held : blocks) {
            indexes.add(indexOf(held.opened()));
        }
        return indexes;
    }

    private LabelIndex indexOf(BucketBlock.Opened block) {
        return new RemoteLabelIndex(new CheckedLabelIndex(block.index(), budget));
    }

    @Override
    public void close() {
        for (Held held : blocks) {
            if (held.opened != null) {
                held.block.release();
            }
        }
        blocks.clear();
    }
}
