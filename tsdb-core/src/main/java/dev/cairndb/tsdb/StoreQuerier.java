package dev.cairndb.tsdb;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.Selections;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.bucket.BucketSources;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.BlockSeriesSource;
import dev.cairndb.tsdb.internal.query.CheckedLabelIndex;
import dev.cairndb.tsdb.internal.query.MergedSeries;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A querier over a {@link StoreView}: holds an epoch pin and a reference of each block until it is closed. */
final class StoreQuerier implements Querier {
    private final Head head;
    private final Epochs epochs;
    private final Epochs.Epoch epoch;
    private final List<Block> blocks;
    private final long fromMillis;
    private final long toMillis;
    private final StoreView view;
    private final QueryBudget budget;
    private final @Nullable BucketSources bucket;
    private final DamageLog damages;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param epoch pinned before the view was read
     * @param blocks acquired; those of the view that overlap the range
     * @param view read after the epoch was pinned
     * @param bucket blocks that are not here; closed with the querier
     */
    StoreQuerier(
            Head head,
            Epochs epochs,
            Epochs.Epoch epoch,
            List<Block> blocks,
            TimeRange range,
            StoreView view,
            QueryBudget budget,
            @Nullable BucketSources bucket,
            DamageLog damages,
            Runnable onClose) {
        this.head = head;
        this.epochs = epochs;
        this.epoch = epoch;
        this.blocks = blocks;
        this.view = view;
        this.budget = budget;
        this.bucket = bucket;
        this.damages = damages;
        this.onClose = onClose;
        fromMillis = range.minTimestampMillis();
        toMillis = range.maxTimestampMillis();
    }

    @Override
    public SeriesCursor select(Matcher... matchers) throws IOException {
        checkOpen();
        if (matchers.length == 0) {
            throw new IllegalArgumentException("a selection needs at least one matcher");
        }
        return reporting(() -> selected(matchers));
    }

    private SeriesCursor selected(Matcher... matchers) throws IOException {
        List<SeriesSource> sources = new ArrayList<>(blocks.size() + 1);
        for (Block block : blocks) {
            PostingList series = Selections.select(new CheckedLabelIndex(block.index(), budget), matchers);
            sources.add(new BlockSeriesSource(block, series, fromMillis, toMillis, damages::met));
        }
        if (readsHead()) {
            PostingList series = Selections.select(new CheckedLabelIndex(head.labelIndex(), budget), matchers);
            sources.add(head.select(series, view.headFromMillis(), fromMillis, toMillis, view.lateAfterReference()));
        }
        if (bucket != null) {
            bucket.select(sources, matchers);
        }
        return new MergedSeries(sources, fromMillis, toMillis, budget, this::checkOpen);
    }

    private boolean readsHead() {
        long inOrderFrom = Math.max(view.headFromMillis(), fromMillis);
        boolean inOrder = inOrderFrom <= toMillis && head.minMillis() <= toMillis && head.maxMillis() >= inOrderFrom;
        return inOrder || head.hasLate(view.lateAfterReference());
    }

    @Override
    public List<String> labelNames(Matcher... matchers) throws IOException {
        return reporting(() -> {
            SortedTexts names = new SortedTexts();
            for (LabelIndex index : indexes()) {
                names.addAll(Selections.labelNames(index, matchers));
            }
            return names.toStrings();
        });
    }

    @Override
    public List<String> labelValues(String name, Matcher... matchers) throws IOException {
        return reporting(() -> {
            SortedTexts values = new SortedTexts();
            for (LabelIndex index : indexes()) {
                values.addAll(Selections.labelValues(index, name, matchers));
            }
            return values.toStrings();
        });
    }

    private interface Read<T> {
        T run() throws IOException;
    }

    /** Tells of damage in an index. */
    private <T> T reporting(Read<T> read) throws IOException {
        try {
            return read.run();
        } catch (CorruptionException e) {
            damages.met(e);
            throw e;
        }
    }

    private List<LabelIndex> indexes() {
        checkOpen();
        List<LabelIndex> indexes = new ArrayList<>(blocks.size() + 1);
        for (Block block : blocks) {
            indexes.add(new CheckedLabelIndex(block.index(), budget));
        }
        if (readsHead()) {
            indexes.add(new CheckedLabelIndex(head.labelIndex(), budget));
        }
        if (bucket != null) {
            indexes.addAll(bucket.indexes());
        }
        return indexes;
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the querier is closed");
        }
    }

    @Override
    public void cancel() {
        budget.cancel();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            for (Block block : blocks) {
                block.release();
            }
            if (bucket != null) {
                bucket.close();
            }
            epochs.unpin(epoch);
            onClose.run();
        }
    }
}
