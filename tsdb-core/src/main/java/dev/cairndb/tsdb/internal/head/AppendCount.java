package dev.cairndb.tsdb.internal.head;

/** What of an append is counted, besides rejections. */
public enum AppendCount {
    /** Floats stored. */
    SAMPLES_APPENDED,
    /** Those of {@link #SAMPLES_APPENDED} that were late. */
    SAMPLES_LATE,
    /** Floats that were there already. */
    SAMPLES_DUPLICATE,
    /** Native histograms stored. */
    HISTOGRAMS_APPENDED,
    /** Those of {@link #HISTOGRAMS_APPENDED} that were late. */
    HISTOGRAMS_LATE,
    /** Native histograms that were there already. */
    HISTOGRAMS_DUPLICATE,
    /** Exemplars stored. */
    EXEMPLARS_APPENDED,
    /** Exemplars that were there already. */
    EXEMPLARS_DUPLICATE,
    /** Exemplars not looked at, because none are kept. */
    EXEMPLARS_IGNORED,
    /** Metadata that was new. */
    METADATA_UPDATED,
    /** Metadata not kept. */
    METADATA_IGNORED
}
