package dev.cairndb.tsdb.internal.wal;

/** First byte of a log record. Types that {@link RecordDecoder} does not decode are skipped on reading and counted. */
public enum RecordType {
    SERIES(1, "series"),
    SAMPLES(2, "samples"),
    TOMBSTONES(3, "tombstones"),
    EXEMPLARS(4, "exemplars"),
    MMAP_MARKERS(5, "mmapmarkers"),
    METADATA(6, "metadata"),
    HISTOGRAM_SAMPLES(7, "histogram_samples"),
    FLOAT_HISTOGRAM_SAMPLES(8, "float_histogram_samples"),
    CUSTOM_BUCKETS_HISTOGRAM_SAMPLES(9, "custom_buckets_histogram_samples"),
    CUSTOM_BUCKETS_FLOAT_HISTOGRAM_SAMPLES(10, "custom_buckets_float_histogram_samples"),
    SAMPLES_V2(11, "samples_v2"),
    HISTOGRAM_SAMPLES_V2(12, "histogram_samples_v2"),
    FLOAT_HISTOGRAM_SAMPLES_V2(13, "float_histogram_samples_v2");

    private static final RecordType[] BY_WIRE_ID = byWireId();

    private final int wireId;
    private final String wireName;

    RecordType(int wireId, String wireName) {
        this.wireId = wireId;
        this.wireName = wireName;
    }

    public int wireId() {
        return wireId;
    }

    /** Number and name of a type byte for reports, for example {@code 4 exemplars} or {@code 99 unknown}. */
    public static String describe(int wireId) {
        return wireId + " " + (isKnown(wireId) ? BY_WIRE_ID[wireId].wireName : "unknown");
    }

    /** Whether a store takes what records of this type hold. */
    public static boolean isReplayed(int wireId) {
        return RecordDecoder.decodes(wireId);
    }

    /** Whether the entries of such a record are floats or histograms. */
    static boolean holdsSamples(int wireId) {
        return wireId == SAMPLES.wireId
                || wireId >= HISTOGRAM_SAMPLES.wireId && wireId <= FLOAT_HISTOGRAM_SAMPLES_V2.wireId;
    }

    static boolean isKnown(int wireId) {
        return wireId > 0 && wireId < BY_WIRE_ID.length;
    }

    private static RecordType[] byWireId() {
        RecordType[] types = values();
        RecordType[] table = new RecordType[types.length + 1];
        for (RecordType type : types) {
            table[type.wireId] = type;
        }
        return table;
    }
}
