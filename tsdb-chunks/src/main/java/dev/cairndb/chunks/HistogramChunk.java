package dev.cairndb.chunks;

import org.jspecify.annotations.Nullable;

/**
 * Layout of chunks of native histograms: what {@link HistogramAppender} writes and {@link HistogramCursor} reads
 * (Prometheus tsdb/chunkenc/histogram.go, float_histogram.go and histogram_meta.go).
 */
final class HistogramChunk {
    /** The number of samples, 16 bits, and {@link #FLAGS_AT}. */
    static final int HEADER_BYTES = 3;

    /** Its two highest bits say what is known of a counter reset before the first sample; the others are zero. */
    static final int FLAGS_AT = 2;

    private static final int RESET = 0x80;
    private static final int NOT_RESET = 0x40;
    private static final int GAUGE = RESET | NOT_RESET;

    /** Followed by a zero threshold's 64 bits. */
    private static final int WHOLE_ZERO_THRESHOLD = 255;

    /** A zero threshold that is a power of two has this much more than its exponent in one byte. */
    private static final int ZERO_THRESHOLD_BIAS = 244;

    /** The largest custom bound that is written as a number of thousandths. */
    private static final double THOUSANDTHS_MAX = 33_554_430;

    private HistogramChunk() {}

    static int flags(CounterResetHint hint) {
        return switch (hint) {
            case UNKNOWN -> 0;
            case RESET -> RESET;
            case NOT_RESET -> NOT_RESET;
            case GAUGE -> GAUGE;
        };
    }

    static boolean isGauge(int flags) {
        return (flags & GAUGE) == GAUGE;
    }

    static boolean isFloat(ChunkEncoding encoding) {
        return switch (encoding) {
            case HISTOGRAM -> false;
            case FLOAT_HISTOGRAM -> true;
            default -> throw new IllegalArgumentException("no encoding of histograms: " + encoding);
        };
    }

    static void writeLayout(BitWriter bits, HistogramBuffer sample) {
        writeZeroThreshold(bits, sample.zeroThresholdBits());
        bits.putVarbitInt(sample.schema());
        writeSpans(bits, sample.positive);
        writeSpans(bits, sample.negative);
        if (sample.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA) {
            bits.putVarbitUint(sample.customBounds.size);
            for (int i = 0; i < sample.customBounds.size; i++) {
                writeBound(bits, sample.customBounds.values[i]);
            }
        }
    }

    private static void writeZeroThreshold(BitWriter bits, long thresholdBits) {
        double threshold = Double.longBitsToDouble(thresholdBits);
        if (threshold == 0) {
            bits.put(0, 8);
            return;
        }
        int oneByte = Math.getExponent(threshold) + ZERO_THRESHOLD_BIAS;
        if (oneByte >= 1 && oneByte < WHOLE_ZERO_THRESHOLD && threshold == ofOneByte(oneByte)) {
            bits.put(oneByte, 8);
        } else {
            bits.put(WHOLE_ZERO_THRESHOLD, 8);
            bits.put(thresholdBits, 64);
        }
    }

    private static double ofOneByte(int oneByte) {
        return Math.scalb(1.0, oneByte - ZERO_THRESHOLD_BIAS);
    }

    private static void writeSpans(BitWriter bits, HistogramSide side) {
        bits.putVarbitUint(side.spanCount());
        for (int i = 0; i < side.spansSize; i += 2) {
            bits.putVarbitUint(Integer.toUnsignedLong(side.spans[i + 1]));
            bits.putVarbitInt(side.spans[i]);
        }
    }

    private static void writeBound(BitWriter bits, long boundBits) {
        double bound = Double.longBitsToDouble(boundBits);
        double thousandths = bound * 1000;
        double rounded = Math.floor(thousandths + 0.5);
        if (thousandths >= 0 && thousandths <= THOUSANDTHS_MAX && rounded / 1000 == bound) {
            bits.putVarbitUint((long) rounded + 1);
        } else {
            bits.put(0, 1);
            bits.put(boundBits, 64);
        }
    }

    /** Reads a layout into an empty histogram. Null if it is one, or what it should have been. */
    static @Nullable String readLayout(BitReader bits, HistogramBuffer target) {
        int threshold = (int) bits.read(8);
        if (threshold == WHOLE_ZERO_THRESHOLD) {
            target.setZeroThresholdBits(bits.read(64));
        } else if (threshold != 0) {
            target.setZeroThresholdBits(Double.doubleToRawLongBits(ofOneByte(threshold)));
        }
        long schema = bits.readVarbitInt();
        if (!HistogramResolution.isKnown(schema)) {
            return "a schema of -9 to 52 or -53";
        }
        target.setSchema((int) schema);
        if (!readSpans(bits, target.positive) || !readSpans(bits, target.negative)) {
            return "spans that the chunk has room for";
        }
        if (HistogramResolution.isReducible(target.schema()) && !HistogramResolution.isInOrder(target)) {
            return "spans in ascending order";
        }
        if (schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA && !readBounds(bits, target.customBounds)) {
            return "custom bounds that the chunk has room for";
        }
        return null;
    }

    private static boolean readSpans(BitReader bits, HistogramSide target) {
        long count = bits.readVarbitUint();
        // A length and an offset have a bit each at the least.
        if (count < 0 || count > bits.bitsLeft() / 2) {
            return false;
        }
        for (long i = 0; i < count; i++) {
            long length = bits.readVarbitUint();
            long offset = bits.readVarbitInt();
            // A bucket has a bit at the least.
            if (length < 0 || length > bits.bitsLeft() || offset != (int) offset) {
                return false;
            }
            target.addSpan((int) offset, (int) length);
        }
        return true;
    }

    private static boolean readBounds(BitReader bits, LongList target) {
        long count = bits.readVarbitUint();
        if (count < 0 || count > bits.bitsLeft()) {
            return false;
        }
        for (long i = 0; i < count; i++) {
            long thousandths = bits.readVarbitUint();
            target.add(thousandths == 0 ? bits.read(64) : Double.doubleToRawLongBits(ofThousandths(thousandths - 1)));
            if (bits.isPastEnd()) {
                return false;
            }
        }
        return true;
    }

    private static double ofThousandths(long thousandths) {
        double value = thousandths >= 0 ? thousandths : (thousandths >>> 1 | thousandths & 1) * 2.0;
        return value / 1000;
    }
}
