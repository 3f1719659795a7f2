package dev.cairndb.chunks;

/** What a sample is. */
public enum SampleKind {
    FLOAT,
    HISTOGRAM,
    FLOAT_HISTOGRAM
}
