package dev.cairndb.receiver.tools;

import dev.cairndb.chunks.HistogramSample;

/**
 * Where the buckets of native histograms end, to the bit as Prometheus has it: there the bounds between two powers of
 * two are numbers in a table (model/histogram/generic.go), most of which are not the nearest ones to the exact bounds.
 */
final class HistogramBounds {
    private static final int FINEST_SCHEMA = 8;
    /**
     * How many doubles each of the table's bounds is beside {@link StrictMath#pow}: 4 for none, 3 for one less. Read off
     * what promtool prints of a histogram with all of these buckets.
     */
    private static final String OFFSETS = "4444443444344444443244333333333344344434433344334433443344334333"
            + "4444443333223433443444344434444444334544342244334434443433234333"
            + "4433342233234323343333233222331134344434332234233322332333223323"
            + "2312332322122222222222111100120133232222231133222312332222012211";

    private static final char NO_OFFSET = '4';
    /** Bounds from 0.5 to 1 at the finest schema. Those of a coarser one are every second, fourth... of them. */
    private static final double[] BOUNDS = table();

    private static final int EXPONENT_MAX = 1025;

    private HistogramBounds() {}

    /** The upper end of a bucket, which is the lower one of the bucket behind it. */
    static double upper(HistogramSample histogram, long index) {
        if (histogram.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA) {
            int bounds = histogram.customBoundCount();
            if (index < 0) {
                return Double.NEGATIVE_INFINITY;
            }
            return index < bounds
                    ? Double.longBitsToDouble(histogram.customBoundBits((int) index))
                    : Double.POSITIVE_INFINITY;
        }
        return exponential(histogram.schema(), index);
    }

    /** @param schema at most 8 */
    static double exponential(int schema, long index) {
        if (schema < 0) {
            long exponent = index << -schema;
            // The last bucket ends at the largest number, and not behind it.
            return exponent == EXPONENT_MAX - 1 ? Double.MAX_VALUE : scaled(1, exponent);
        }
        int fraction = (int) (index & (1L << schema) - 1);
        double bound = BOUNDS[fraction << FINEST_SCHEMA - schema];
        long exponent = (index >> schema) + 1;
        return fraction == 0 && exponent == EXPONENT_MAX ? Double.MAX_VALUE : scaled(bound, exponent);
    }

    private static double scaled(double value, long exponent) {
        return Math.scalb(value, (int) Math.max(-5000, Math.min(5000, exponent)));
    }

    private static double[] table() {
        double[] bounds = new double[OFFSETS.length()];
        for (int i = 0; i < bounds.length; i++) {
            double near = StrictMath.pow(2, (double) i / bounds.length - 1);
            bounds[i] = Double.longBitsToDouble(Double.doubleToRawLongBits(near) + OFFSETS.charAt(i) - NO_OFFSET);
        }
        return bounds;
    }
}
