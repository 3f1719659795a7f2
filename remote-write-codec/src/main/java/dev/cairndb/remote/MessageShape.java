package dev.cairndb.remote;

import org.jspecify.annotations.Nullable;

/**
 * The fields of a message that is checked but not kept: which encoding each must have. Fields that are not listed are
 * unknown and may have any.
 */
final class MessageShape {
    /** A varint. */
    static final byte VARINT = 1;

    /** 8 bytes. */
    static final byte FIXED64 = 2;

    /** A string. */
    static final byte BYTES = 3;

    static final byte REPEATED_VARINT = 4;
    static final byte REPEATED_FIXED64 = 5;

    /** A message of the shape in {@link #inner}. */
    static final byte MESSAGE = 6;

    private static final MessageShape LABEL = new MessageShape("Label", null, 0, BYTES, BYTES);
    private static final MessageShape BUCKET_SPAN = new MessageShape("BucketSpan", null, 0, VARINT, VARINT);

    static final MessageShape EXEMPLAR = new MessageShape("Exemplar", LABEL, 0, MESSAGE, FIXED64, VARINT);
    static final MessageShape METADATA = new MessageShape("MetricMetadata", null, 0, VARINT, BYTES, 0, BYTES, BYTES);
    static final MessageShape HISTOGRAM = new MessageShape(
            "Histogram",
            BUCKET_SPAN,
            0,
            VARINT, // count_int
            FIXED64, // count_float
            FIXED64, // sum
            VARINT, // schema
            FIXED64, // zero_threshold
            VARINT, // zero_count_int
            FIXED64, // zero_count_float
            MESSAGE, // negative_spans
            REPEATED_VARINT, // negative_deltas
            REPEATED_FIXED64, // negative_counts
            MESSAGE, // positive_spans
            REPEATED_VARINT, // positive_deltas
            REPEATED_FIXED64, // positive_counts
            VARINT, // reset_hint
            VARINT, // timestamp
            REPEATED_FIXED64); // custom_values

    private final String name;
    private final @Nullable MessageShape inner;
    private final byte[] kinds;

    private MessageShape(String name, @Nullable MessageShape inner, int... kindsByFieldNumber) {
        this.name = name;
        this.inner = inner;
        kinds = new byte[kindsByFieldNumber.length];
        for (int field = 0; field < kinds.length; field++) {
            kinds[field] = (byte) kindsByFieldNumber[field];
        }
    }

    String message() {
        return name;
    }

    /** The shape of the {@link #MESSAGE} fields. */
    MessageShape inner() {
        if (inner == null) {
            throw new IllegalStateException("BUG: " + name + " has no inner messages");
        }
        return inner;
    }

    /** The kind of a field; 0 if it is unknown. */
    byte kind(int field) {
        return field < kinds.length ? kinds[field] : 0;
    }
}
