package dev.cairndb.tsdb;

/** Why a sample was not stored. Rejections are counted values, not exceptions: the other samples of a request are kept. */
public enum Rejection {
    /** Older than the newest sample of its series. */
    OUT_OF_ORDER("out of order: older than the newest sample of its series"),
    /** Older than what the head accepts: half a block range behind its newest sample, or inside a block that was cut. */
    OUT_OF_BOUNDS("out of bounds: older than the store accepts"),
    /** The series has another value at this time. */
    DUPLICATE_TIMESTAMP("another value at the same time"),
    /** Further ahead of the wall clock than the store accepts. */
    TOO_FAR_IN_FUTURE("too far in the future"),
    /** The label set has an empty or duplicate name, text that is not UTF-8, or no labels. */
    INVALID_LABELS("invalid labels"),
    /** More labels, or longer names or values, than the store accepts. */
    LABEL_LIMIT("too many or too long labels"),
    /** The store has as many series as it accepts. */
    SERIES_LIMIT("series limit reached"),
    /** A native histogram whose buckets, spans, bounds or counts contradict each other, or of an unknown schema. */
    INVALID_HISTOGRAM("invalid native histogram"),
    /** Native histograms are not stored by this version. */
    HISTOGRAM_NOT_SUPPORTED("native histograms are not stored yet"),
    /** Exemplars are not stored by this version. */
    EXEMPLAR_NOT_SUPPORTED("exemplars are not stored yet");

    private final String description;

    Rejection(String description) {
        this.description = description;
    }

    /** A short English phrase for messages. */
    public String description() {
        return description;
    }
}
