package dev.cairndb.tsdb;

/**
 * Why a sample or an exemplar was not stored. Rejections are counted values, not exceptions: the other samples of a
 * request are kept. An exemplar's reasons are its own; it never costs a sample.
 */
public enum Rejection {
    /** Older than the newest sample of its series, and the store takes no late samples. */
    OUT_OF_ORDER("out of order: older than the newest sample of its series"),
    /**
     * Older than what the head accepts, half a block range behind its newest sample or inside a block that was cut, and
     * the store takes no late samples.
     */
    OUT_OF_BOUNDS("out of bounds: older than the store accepts"),
    /** Older than the store's window for late samples. */
    TOO_OLD("too old: before the window for late samples"),
    /** In a range of time of its series that was deleted, and older than the series' newest sample. */
    DELETED("in a range of time that was deleted"),
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
    /** The store has as many series with this metric name as it accepts. */
    METRIC_SERIES_LIMIT("limit of series with one metric name reached"),
    /** A native histogram whose buckets, spans, bounds or counts contradict each other, or of an unknown schema. */
    INVALID_HISTOGRAM("invalid native histogram"),
    /** The series has a newer exemplar. */
    EXEMPLAR_OUT_OF_ORDER("exemplar out of order: older than the newest one of its series"),
    /** More than 128 characters in an exemplar's labels, names and values together. */
    EXEMPLAR_LABELS_TOO_LONG("exemplar labels of more than 128 characters"),
    /** The exemplar is further ahead of the wall clock than the store accepts. */
    EXEMPLAR_TOO_FAR_IN_FUTURE("exemplar too far in the future"),
    /** The labels of an exemplar have an empty or duplicate name, or text that is not UTF-8. */
    EXEMPLAR_INVALID_LABELS("invalid exemplar labels"),
    /** An exemplar of a series that the store does not have. */
    EXEMPLAR_UNKNOWN_SERIES("exemplar of an unknown series");

    private final String description;

    Rejection(String description) {
        this.description = description;
    }

    /** Whether it is the reason of an exemplar, not of a sample. */
    public boolean isOfExemplar() {
        return switch (this) {
            case EXEMPLAR_OUT_OF_ORDER,
                    EXEMPLAR_LABELS_TOO_LONG,
                    EXEMPLAR_TOO_FAR_IN_FUTURE,
                    EXEMPLAR_INVALID_LABELS,
                    EXEMPLAR_UNKNOWN_SERIES -> true;
            default -> false;
        };
    }

    /** A short English phrase for messages. */
    public String description() {
        return description;
    }
}
