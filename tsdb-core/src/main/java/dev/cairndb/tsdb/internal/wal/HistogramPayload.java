package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramResolution;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;

/**
 * Reads what a histogram record says behind the reference and the time of an entry. {@link #check} steps over a
 * histogram without keeping anything; {@link #read} reads one that was checked.
 */
final class HistogramPayload {
    /** No histogram has so many spans, or buckets, on one side: a larger number is not a reason to ask for memory. */
    static final int BUCKETS_MAX = 1 << 24;

    private static final int SCHEMA_MIN = -9;

    private HistogramPayload() {}

    /**
     * Steps over a histogram; spans must have as many buckets as there are.
     *
     * @return whether its schema is known: Prometheus leaves out a histogram of another one, and reads on behind it
     */
    static boolean check(ByteReader in, boolean floats) throws CorruptionException {
        checkHint(in);
        long schema = in.readVarint();
        in.skip(Long.BYTES);
        stepOverCount(in, floats);
        stepOverCount(in, floats);
        in.skip(Long.BYTES);
        long positive = checkSpans(in);
        long negative = checkSpans(in);
        checkBuckets(in, floats, positive);
        checkBuckets(in, floats, negative);
        if ((int) schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA) {
            int bounds = in.readUvarintInt(Math.min(BUCKETS_MAX, in.remaining() / Long.BYTES));
            in.skip(bounds * Long.BYTES);
        }
        return schema >= SCHEMA_MIN && schema <= HistogramResolution.REDUCIBLE_SCHEMA_MAX
                || schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA;
    }

    private static void checkHint(ByteReader in) throws CorruptionException {
        int hint = in.readByte();
        if (hint > CounterResetHint.GAUGE.id()) {
            throw in.corrupt("a counter reset hint of 0 to 3", String.valueOf(hint));
        }
    }

    private static void stepOverCount(ByteReader in, boolean floats) throws CorruptionException {
        if (floats) {
            in.skip(Long.BYTES);
        } else {
            in.readUvarint();
        }
    }

    /** Returns how many buckets the spans have. */
    private static long checkSpans(ByteReader in) throws CorruptionException {
        int spans = in.readUvarintInt(Math.min(BUCKETS_MAX, in.remaining() / 2));
        long buckets = 0;
        for (int i = 0; i < spans; i++) {
            long offset = in.readVarint();
            if (offset != (int) offset || i > 0 && offset < 0) {
                throw in.corrupt("a span offset of 32 bits that does not go back", String.valueOf(offset));
            }
            buckets += in.readUvarintInt(BUCKETS_MAX);
        }
        return buckets;
    }

    private static void checkBuckets(ByteReader in, boolean floats, long expected) throws CorruptionException {
        int buckets = in.readUvarintInt(Math.min(BUCKETS_MAX, floats ? in.remaining() / Long.BYTES : in.remaining()));
        if (buckets != expected) {
            throw in.corrupt(expected + " buckets as in the spans", String.valueOf(buckets));
        }
        if (floats) {
            in.skip(buckets * Long.BYTES);
        } else {
            for (int i = 0; i < buckets; i++) {
                in.readVarint();
            }
        }
    }

    /** Reads a histogram that was checked; one of a schema above 8 is reduced. */
    static void read(ByteReader in, boolean floats, HistogramBuffer target) throws CorruptionException {
        target.clear(floats);
        target.setResetHint(CounterResetHint.ofId(in.readByte()));
        target.setSchema((int) in.readVarint());
        target.setZeroThresholdBits(in.readLong());
        target.setZeroCount(floats ? in.readLong() : in.readUvarint());
        target.setCount(floats ? in.readLong() : in.readUvarint());
        target.setSumBits(in.readLong());
        for (long left = in.readUvarint(); left > 0; left--) {
            target.addPositiveSpan((int) in.readVarint(), (int) in.readUvarint());
        }
        for (long left = in.readUvarint(); left > 0; left--) {
            target.addNegativeSpan((int) in.readVarint(), (int) in.readUvarint());
        }
        for (long left = in.readUvarint(); left > 0; left--) {
            target.addPositiveBucket(floats ? in.readLong() : in.readVarint());
        }
        for (long left = in.readUvarint(); left > 0; left--) {
            target.addNegativeBucket(floats ? in.readLong() : in.readVarint());
        }
        if (target.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA) {
            for (long left = in.readUvarint(); left > 0; left--) {
                target.addCustomBound(in.readLong());
            }
        }
        if (HistogramResolution.isReducible(target.schema()) && !HistogramResolution.reduce(target)) {
            throw new IllegalStateException("BUG: a histogram that was checked cannot be reduced");
        }
    }
}
