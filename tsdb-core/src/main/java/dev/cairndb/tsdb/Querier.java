package dev.cairndb.tsdb;

import dev.cairndb.index.Matcher;
import java.io.IOException;
import java.util.List;

/**
 * A view of the store over a range of time, as of its opening: blocks that are cut, truncated or deleted meanwhile
 * change nothing, and samples appended later may or may not be seen. While it is open the store keeps what it may still
 * read, so close it soon. The querier may be shared between threads, its cursors may not.
 *
 * <p>What its cursors read together is bounded by {@link TsdbOptions.QueryLimits}: beyond them, and after
 * {@link #cancel}, all methods that look at data throw a {@link dev.cairndb.io.QueryStoppedException}. A thread that
 * shares it may meet the limit of samples some hundred samples early, when another holds as many that it has not shown
 * yet.
 */
public sealed interface Querier extends AutoCloseable permits StoreQuerier, BucketQuerier {
    /** The series all matchers select that have samples in the range, in label order. At least one matcher. */
    SeriesCursor select(Matcher... matchers) throws IOException;

    /** Names of the labels of the series the matchers select (all series if none), in byte order. */
    List<String> labelNames(Matcher... matchers) throws IOException;

    /** Values of a label in the series the matchers select (all series if none), in byte order. */
    List<String> labelValues(String name, Matcher... matchers) throws IOException;

    /**
     * Ends what is being read, from any thread: it goes no further than its next chunk or series. Close it all the
     * same.
     */
    void cancel();

    @Override
    void close();
}
