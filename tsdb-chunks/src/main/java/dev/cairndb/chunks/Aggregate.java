package dev.cairndb.chunks;

/** What Thanos' downsampling keeps of the raw samples in a window of time. The ids are their order in a chunk. */
public enum Aggregate {
    /** How many there were. */
    COUNT(0),
    SUM(1),
    MIN(2),
    MAX(3),
    /** What a counter had counted, since the first sample and across resets. */
    COUNTER(4);

    private final int id;

    Aggregate(int id) {
        this.id = id;
    }

    public int id() {
        return id;
    }
}
