package dev.cairndb.index;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What matchers are evaluated against: the head's postings and a block's index both are one. Names and values are
 * UTF-8 bytes. Results are immutable snapshots.
 */
public interface LabelIndex {
    /**
     * A view that does not change: all answers it gives belong to the same set of series. An evaluation that asks more
     * than one question asks them of one such view; of an index that never changes this is the index itself.
     */
    default LabelIndex snapshot() {
        return this;
    }

    /** Every series. */
    PostingList all() throws IOException;

    /** The series that carry the label, empty if none. */
    PostingList postings(byte[] name, byte[] value) throws IOException;

    /**
     * Told whose values will be looked up next, by {@link #postings} and {@link #filter}: an index that lies far away gets
     * their series all at once. Does nothing where they are at hand.
     *
     * @param matchers of which those count that say what values they accept or refuse
     */
    default void willLookUp(List<Matcher> matchers) throws IOException {}

    /** Whether any series carries the label. */
    default boolean has(byte[] name, byte[] value) throws IOException {
        return !postings(name, value).isEmpty();
    }

    /** As many as {@link #postings} has series, or more; to see which of several labels few series carry. */
    default int countMax(byte[] name, byte[] value) throws IOException {
        return postings(name, value).cardinality();
    }

    /** Those of some series that carry the label, or those that do not. */
    default PostingList filter(PostingList series, byte[] name, byte[] value, boolean carrying) throws IOException {
        PostingList list = postings(name, value);
        return carrying ? PostingList.intersect(series, list) : series.minus(list);
    }

    /**
     * The series that have a label of this name, whatever its value; null if the index knows no faster way than all
     * values.
     */
    default @Nullable PostingList seriesWith(byte[] name) throws IOException {
        return null;
    }

    /** Shows each value of a label name once, with its series, in any order. */
    void forEachValue(byte[] name, ValueVisitor visitor) throws IOException;

    /**
     * As {@link #forEachValue(byte[], ValueVisitor)}, but only the values that begin with a prefix and that a filter
     * accepts; in byte order if {@link #valuesAreSorted}.
     */
    default void forEachValue(byte[] name, byte[] prefix, ValueFilter filter, ValueVisitor visitor) throws IOException {
        forEachValue(
                name,
                (bytes, offset, length, postings) -> !Glob.startsWith(bytes, offset, offset + length, prefix)
                        || !filter.accepts(bytes, offset, length)
                        || visitor.value(bytes, offset, length, postings));
    }

    /** Shows each label name once, in any order. */
    void forEachName(NameVisitor visitor) throws IOException;

    /** Whether values of the name with a prefix are found without a look at all, and come in byte order. */
    boolean valuesAreSorted(byte[] name);

    /**
     * Shows each label name that one of the given series has once, in any order, where an index knows a faster way than
     * looking for the series in the lists of all values.
     *
     * @return false if it does not, and then it has shown nothing
     */
    default boolean forEachNameOf(PostingList series, NameVisitor visitor) throws IOException {
        return false;
    }

    /** Says which label values are wanted, by their bytes alone, which are valid during the call only. */
    interface ValueFilter {
        boolean accepts(byte[] bytes, int offset, int length) throws IOException;
    }

    /** Receives label values; the bytes are valid during the call only. */
    interface ValueVisitor {
        /** @return false to stop */
        boolean value(byte[] bytes, int offset, int length, PostingSource postings) throws IOException;
    }

    /** Receives label names; the bytes are valid during the call only. */
    interface NameVisitor {
        /** @return false to stop */
        boolean name(byte[] bytes, int offset, int length) throws IOException;
    }

    /** Loads the series of a value being visited, only if they are asked for; to be used during the visit only. */
    interface PostingSource {
        PostingList load() throws IOException;

        /** Whether any of them is among some of {@link #all}; to be asked of many values and the same series. */
        default boolean hasAnyOf(PostingList series) throws IOException {
            return load().hasAnyOf(series);
        }

        /** Those of them that are among some of {@link #all}; to be asked of many values and the same series. */
        default PostingList loadAmong(PostingList series) throws IOException {
            return load().among(series);
        }
    }
}
