package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.util.List;

/** What the values of flags about buckets mean: the same as in {@code cairn receive}. */
public interface BucketFlags {
    /**
     * Opens the bucket that a configuration describes; the caller closes it.
     *
     * @param yaml in the form that Thanos defines
     * @throws IOException if the text describes none, or it cannot be opened
     */
    ObjectStore open(String yaml) throws IOException;

    /**
     * External labels.
     *
     * @param labels each as {@code name="value"}
     * @throws IOException if one is not
     */
    Labels labels(List<String> labels) throws IOException;
}
