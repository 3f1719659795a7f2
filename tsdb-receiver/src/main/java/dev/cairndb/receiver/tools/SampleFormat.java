package dev.cairndb.receiver.tools;

import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;

/** How {@code cairn tsdb dump} writes samples. */
interface SampleFormat {
    /** Writes all samples of the series that a cursor is at. */
    void write(SeriesCursor series, Output out) throws IOException;

    /** Behind the last series. */
    default void end(Output out) throws IOException {
        // Most formats just end.
    }
}
