package dev.cairndb.tsdb;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.Selections;
import dev.cairndb.tsdb.internal.bucket.BucketSources;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import dev.cairndb.tsdb.internal.query.MergedSeries;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A querier over blocks of a bucket alone. */
final class BucketQuerier implements Querier {
    private final BucketSources sources;
    private final TimeRange range;
    private final QueryBudget budget;
    private final AtomicBoolean closed = new AtomicBoolean();

    BucketQuerier(BucketSources sources, TimeRange range, QueryBudget budget) {
        this.sources = sources;
        this.range = range;
        this.budget = budget;
    }

    @Override
    public SeriesCursor select(Matcher... matchers) throws IOException {
        checkOpen();
        if (matchers.length == 0) {
            throw new IllegalArgumentException("a selection needs at least one matcher");
        }
        List<SeriesSource> series = new ArrayList<>();
        sources.select(series, matchers);
        return new MergedSeries(
                series, range.minTimestampMillis(), range.maxTimestampMillis(), budget, this::checkOpen);
    }

    @Override
    public List<String> labelNames(Matcher... matchers) throws IOException {
        checkOpen();
        SortedTexts names = new SortedTexts();
        for (LabelIndex index : sources.indexes()) {
            names.addAll(Selections.labelNames(index, matchers));
        }
        return names.toStrings();
    }

    @Override
    public List<String> labelValues(String name, Matcher... matchers) throws IOException {
        checkOpen();
        SortedTexts values = new SortedTexts();
        for (LabelIndex index : sources.indexes()) {
            values.addAll(Selections.labelValues(index, name, matchers));
        }
        return values.toStrings();
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
            sources.close();
        }
    }
}
