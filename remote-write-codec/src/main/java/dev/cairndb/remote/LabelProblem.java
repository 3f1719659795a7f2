package dev.cairndb.remote;

/** Why the labels of a series cannot be stored. The series is left out and counted; the rest of its request is not. */
public enum LabelProblem {
    /** There is no {@code __name__}, or it is empty. */
    NO_METRIC_NAME,
    /** A label has an empty name. */
    EMPTY_NAME,
    /** Two labels have the same name, also when a value is empty or the values are the same. */
    DUPLICATE_NAME,
    /** A name or a value is not UTF-8. */
    INVALID_UTF8,
    /** Version 2: a reference to a symbol that is not there, or a name without a value. */
    INVALID_REFERENCE
}
