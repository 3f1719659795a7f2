package dev.cairndb.tsdb;

/** How new chunks of float samples are encoded. Chunks of either kind are read whatever is chosen. */
public enum FloatEncoding {
    /** What every Prometheus and Thanos reads. Start timestamps are dropped. */
    XOR,
    /**
     * Smaller, and keeps start timestamps. Prometheus reads it from 3.11 on; Thanos 0.42 does not, so that blocks with
     * such chunks are not shipped unless {@link
     * TsdbOptions#withShipUnreadableByThanos} says so.
     */
    XOR2
}
