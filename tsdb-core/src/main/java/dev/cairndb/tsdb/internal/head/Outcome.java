package dev.cairndb.tsdb.internal.head;

/** What became of a sample that belongs to the head by its time. */
enum Outcome {
    /** Stored behind the series' others. */
    STORED,
    /** Stored among the series' late samples. */
    STORED_LATE,
    /** It was there already. */
    DUPLICATE,
    /** There is another one at its time. */
    CONFLICT
}
