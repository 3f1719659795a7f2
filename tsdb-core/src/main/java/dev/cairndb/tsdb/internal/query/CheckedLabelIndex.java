package dev.cairndb.tsdb.internal.query;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PostingList;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A label index whose visits end when the query is out of time or cancelled: there may be millions of values to match.
 */
public final class CheckedLabelIndex implements LabelIndex {
    private static final int VISITS_PER_CHECK = 1024;

    private final LabelIndex index;
    private final QueryBudget budget;

    public CheckedLabelIndex(LabelIndex index, QueryBudget budget) {
        this.index = index;
        this.budget = budget;
    }

    @Override
    public LabelIndex snapshot() {
        return new CheckedLabelIndex(index.snapshot(), budget);
    }

    @Override
    public PostingList all() throws IOException {
        return index.all();
    }

    @Override
    public PostingList postings(byte[] name, byte[] value) throws IOException {
        return index.postings(name, value);
    }

    @Override
    public void willLookUp(List<Matcher> matchers) throws IOException {
        budget.check();
        index.willLookUp(matchers);
    }

    @Override
    public boolean has(byte[] name, byte[] value) throws IOException {
        return index.has(name, value);
    }

    @Override
    public int countMax(byte[] name, byte[] value) throws IOException {
        return index.countMax(name, value);
    }

    @Override
    public PostingList filter(PostingList series, byte[] name, byte[] value, boolean carrying) throws IOException {
        return index.filter(series, name, value, carrying);
    }

    @Override
    public @Nullable PostingList seriesWith(byte[] name) throws IOException {
        budget.check();
        return index.seriesWith(name);
    }

    @Override
    public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
        budget.check();
        index.forEachValue(name, new CheckedVisitor(visitor));
    }

    @Override
    public void forEachValue(byte[] name, byte[] prefix, ValueFilter filter, ValueVisitor visitor) throws IOException {
        budget.check();
        index.forEachValue(name, prefix, new CheckedFilter(filter), new CheckedVisitor(visitor));
    }

    @Override
    public void forEachName(NameVisitor visitor) throws IOException {
        budget.check();
        index.forEachName(visitor);
    }

    @Override
    public boolean forEachNameOf(PostingList series, NameVisitor visitor) throws IOException {
        budget.check();
        return index.forEachNameOf(series, visitor);
    }

    @Override
    public boolean valuesAreSorted(byte[] name) {
        return index.valuesAreSorted(name);
    }

    private final class CheckedFilter implements ValueFilter {
        private final ValueFilter filter;
        private int visits;

        CheckedFilter(ValueFilter filter) {
            this.filter = filter;
        }

        @Override
        public boolean accepts(byte[] bytes, int offset, int length) throws IOException {
            if (++visits % VISITS_PER_CHECK == 0) {
                budget.check();
            }
            return filter.accepts(bytes, offset, length);
        }
    }

    private final class CheckedVisitor implements ValueVisitor {
        private final ValueVisitor visitor;
        private int visits;

        CheckedVisitor(ValueVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public boolean value(byte[] bytes, int offset, int length, PostingSource postings) throws IOException {
            if (++visits % VISITS_PER_CHECK == 0) {
                budget.check();
            }
            return visitor.value(bytes, offset, length, postings);
        }
    }
}
