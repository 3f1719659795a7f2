package dev.cairndb.receiver;

import dev.cairndb.chunks.HistogramSample;
import java.io.IOException;
import java.util.List;

/** Writes samples in an exposition format, family by family. Not thread-safe. */
interface FederationWriter {
    /** What the samples of a family are; federation does not know more of floats. */
    enum FamilyType {
        UNTYPED,
        HISTOGRAM,
        GAUGE_HISTOGRAM
    }

    /** Whether histograms with exponential buckets can be written; those with bounds of their own always can. */
    boolean takesExponentialHistograms();

    /** The samples that follow are of this family. */
    void startFamily(String name, FamilyType type) throws IOException;

    /** @param labels name, value, name, value, without the metric's name */
    void sample(List<String> labels, long timestampMillis, long valueBits) throws IOException;

    /** @param labels as of {@link #sample} */
    void histogram(List<String> labels, long timestampMillis, HistogramSample histogram) throws IOException;

    void end() throws IOException;
}
