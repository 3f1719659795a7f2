package dev.cairndb.remote;

/** The type of a metric family in metadata, with its id, which is the same in both versions of remote_write. */
public enum MetricType {
    UNKNOWN(0),
    COUNTER(1),
    GAUGE(2),
    SUMMARY(5),
    HISTOGRAM(3),
    GAUGE_HISTOGRAM(4),
    INFO(6),
    STATE_SET(7);

    private static final MetricType[] VALUES = values();

    private final int wireId;

    MetricType(int wireId) {
        this.wireId = wireId;
    }

    public int wireId() {
        return wireId;
    }

    /** The type with this id in a message; {@link #UNKNOWN} for ids nobody has, as Prometheus takes them. */
    public static MetricType ofWireId(int wireId) {
        for (MetricType type : VALUES) {
            if (type.wireId == wireId) {
                return type;
            }
        }
        return UNKNOWN;
    }
}
