package dev.cairndb.receiver;

import dev.cairndb.objstore.ObjectStore;
import java.io.IOException;
import java.util.List;

/** A bucket that the command line asks for. What it says of itself contains no secrets. Immutable. */
interface BucketSettings {
    ObjectStore open() throws IOException;

    /** As {@link #open}, but makes nothing: a folder that is not there is refused. */
    ObjectStore openPresent() throws IOException;

    /** Value of the label {@code bucket} in metrics. */
    String name();

    /** Where it is, for people. */
    String place();

    /** One line for each setting that has no effect. */
    List<String> warnings();
}
