package dev.cairndb.chunks;

/** What is known about a counter reset between a native histogram and the one before it, with its id in files. */
public enum CounterResetHint {
    UNKNOWN(0),
    /** The counter was reset: the histogram counts from zero. */
    RESET(1),
    NOT_RESET(2),
    /** The histogram is a gauge: its counts may go down. */
    GAUGE(3);

    private static final CounterResetHint[] BY_ID = values();

    private final int id;

    CounterResetHint(int id) {
        this.id = id;
    }

    public int id() {
        return id;
    }

    /** @param id 0 to 3 */
    public static CounterResetHint ofId(int id) {
        return BY_ID[id];
    }
}
