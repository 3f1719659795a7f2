package dev.cairndb.chunks;

/** Merges neighbouring buckets of native histograms with a finer schema than Prometheus works with. */
@SuppressWarnings("DoNotCallSuggester")
public final class HistogramResolution {
    /** The finest schema that is worked with. */
    public static final int SCHEMA_MAX = 8;

    /** The finest schema that is understood; histograms over {@link #SCHEMA_MAX} are reduced. */
    public static final int REDUCIBLE_SCHEMA_MAX = 52;

    private HistogramResolution() {}

    /** Whether the schema is 9 to 52. */
    public static boolean isReducible(int schema) {
        return schema > SCHEMA_MAX && schema <= REDUCIBLE_SCHEMA_MAX;
    }

    /**
     * Reduces a histogram with a schema of 9 to 52 to schema 8, in place: buckets that fall into one are added up. Any other
     * histogram is left alone.
     *
     * @return false, with the histogram unchanged, if its spans and buckets differ in number or a span goes backwards
     */
    public static boolean reduce(HistogramBuffer histogram) {
        throw new UnsupportedOperationException();
    }
}
