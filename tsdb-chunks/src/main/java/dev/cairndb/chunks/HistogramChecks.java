package dev.cairndb.chunks;

import org.jspecify.annotations.Nullable;

/** What makes a native histogram valid, and when two are the same. */
public final class HistogramChecks {
    private HistogramChecks() {}

    /**
     * Why Prometheus would refuse the histogram (model/histogram, Validate), or null if it is valid. Schemas over 8 are
     * not valid: see {@link HistogramResolution}.
     */
    public static @Nullable String problem(HistogramSample histogram) {
        HistogramBuffer h = (HistogramBuffer) histogram;
        String problem = h.schema() == HistogramSample.CUSTOM_BUCKETS_SCHEMA ? customProblem(h) : exponentialProblem(h);
        if (problem != null) {
            return problem;
        }
        if (h.hasFloatCounts()) {
            return floatCountsProblem(h);
        }
        return integerCountsProblem(h);
    }

    private static @Nullable String customProblem(HistogramBuffer h) {
        String problem = boundsProblem(h.customBounds);
        if (problem != null) {
            return "custom buckets: " + problem;
        }
        long reach = h.positive.spannedBuckets();
        for (int i = 0; i < h.positive.spansSize; i += 2) {
            if (h.positive.spans[i] < 0) {
                return "custom buckets: " + negativeOffset(i, h.positive.spans[i]);
            }
            reach += h.positive.spans[i];
        }
        problem = bucketNumberProblem(h.positive);
        if (problem != null) {
            return "custom buckets: " + problem;
        }
        if (reach > h.customBounds.size + 1L) {
            return "custom buckets: " + h.customBounds.size + " bounds are too few for spans that reach over " + reach
                    + " buckets";
        }
        boolean zeroCountIsZero = h.hasFloatCounts() ? Double.longBitsToDouble(h.zeroCount()) == 0 : h.zeroCount() == 0;
        if (!zeroCountIsZero) {
            return "custom buckets: the zero count must be 0";
        }
        if (h.zeroThreshold() != 0) {
            return "custom buckets: the zero threshold must be 0";
        }
        if (h.negative.spansSize > 0 || h.negative.buckets.size > 0) {
            return "custom buckets: there must be no negative ones";
        }
        return null;
    }

    private static @Nullable String boundsProblem(LongList bounds) {
        double last = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < bounds.size; i++) {
            double bound = Double.longBitsToDouble(bounds.values[i]);
            if (Double.isNaN(bound)) {
                return "bound " + (i + 1) + " is NaN";
            }
            if (i > 0 && bound <= last) {
                return "bound " + bound + " must be greater than the one before, " + last;
            }
            last = bound;
        }
        return last == Double.POSITIVE_INFINITY ? "the last bound must be finite" : null;
    }

    private static @Nullable String exponentialProblem(HistogramBuffer h) {
        if (h.schema() < HistogramResolution.SCHEMA_MIN || h.schema() > HistogramResolution.SCHEMA_MAX) {
            return "schema " + h.schema() + " is none of -4 to 8 and -53";
        }
        String problem = spansProblem(h.positive);
        if (problem != null) {
            return "positive side: " + problem;
        }
        problem = spansProblem(h.negative);
        if (problem != null) {
            return "negative side: " + problem;
        }
        return h.customBounds.size > 0 ? "custom bounds with exponential buckets" : null;
    }

    private static @Nullable String spansProblem(HistogramSide side) {
        for (int i = 2; i < side.spansSize; i += 2) {
            if (side.spans[i] < 0) {
                return negativeOffset(i, side.spans[i]);
            }
        }
        return bucketNumberProblem(side);
    }

    private static String negativeOffset(int at, int offset) {
        return "span " + (at / 2 + 1) + " has the negative offset " + offset;
    }

    private static @Nullable String bucketNumberProblem(HistogramSide side) {
        long spanned = side.spannedBuckets();
        return spanned == side.buckets.size
                ? null
                : "spans of " + spanned + " buckets, but " + side.buckets.size + " buckets";
    }

    private static @Nullable String floatCountsProblem(HistogramBuffer h) {
        if (Double.longBitsToDouble(h.count()) < 0) {
            return "negative count of observations " + Double.longBitsToDouble(h.count());
        }
        if (Double.longBitsToDouble(h.zeroCount()) < 0) {
            return "negative zero count " + Double.longBitsToDouble(h.zeroCount());
        }
        String problem = floatBucketsProblem(h.positive.buckets);
        if (problem != null) {
            return "positive side: " + problem;
        }
        problem = floatBucketsProblem(h.negative.buckets);
        return problem != null ? "negative side: " + problem : null;
    }

    private static @Nullable String floatBucketsProblem(LongList buckets) {
        for (int i = 0; i < buckets.size; i++) {
            double count = Double.longBitsToDouble(buckets.values[i]);
            if (count < 0) {
                return "bucket " + (i + 1) + " has the negative count " + count;
            }
        }
        return null;
    }

    private static @Nullable String integerCountsProblem(HistogramBuffer h) {
        String problem = integerBucketsProblem(h.positive.buckets);
        if (problem != null) {
            return "positive side: " + problem;
        }
        problem = integerBucketsProblem(h.negative.buckets);
        if (problem != null) {
            return "negative side: " + problem;
        }
        // All of this is modulo 2^64, as in Prometheus.
        long inBuckets = h.zeroCount() + sum(h.positive.buckets) + sum(h.negative.buckets);
        // Observations of NaN are in the count and in no bucket.
        boolean good = Double.isNaN(h.sum()) ? Long.compareUnsigned(inBuckets, h.count()) <= 0 : inBuckets == h.count();
        return good
                ? null
                : Long.toUnsignedString(inBuckets) + " observations in buckets, but a count of "
                        + Long.toUnsignedString(h.count());
    }

    private static @Nullable String integerBucketsProblem(LongList deltas) {
        long count = 0;
        for (int i = 0; i < deltas.size; i++) {
            count += deltas.values[i];
            if (count < 0) {
                return "bucket " + (i + 1) + " has the negative count " + count;
            }
        }
        return null;
    }

    private static long sum(LongList deltas) {
        long count = 0;
        long sum = 0;
        for (int i = 0; i < deltas.size; i++) {
            count += deltas.values[i];
            sum += count;
        }
        return sum;
    }

    /**
     * Whether two histograms say the same: all numbers have the same bits, and each bucket the same count, whatever
     * spans and empty buckets they are written with. The reset hints are not compared. Stale markers of the same kind
     * of counts are the same.
     */
    public static boolean areEqual(HistogramSample a, HistogramSample b) {
        HistogramBuffer one = (HistogramBuffer) a;
        HistogramBuffer other = (HistogramBuffer) b;
        if (one.isStale() && other.isStale()) {
            return one.hasFloatCounts() == other.hasFloatCounts();
        }
        boolean floats = one.hasFloatCounts();
        return one.hasSameNumbers(other)
                && haveSameCounts(one.positive, other.positive, floats)
                && haveSameCounts(one.negative, other.negative, floats);
    }

    private static boolean haveSameCounts(HistogramSide a, HistogramSide b, boolean floats) {
        if (a.hasSameSpans(b)) {
            return a.buckets.hasSame(b.buckets);
        }
        BucketWalk one = new BucketWalk(a, floats);
        BucketWalk other = new BucketWalk(b, floats);
        while (true) {
            boolean more = nextNotEmpty(one);
            if (more != nextNotEmpty(other)) {
                return false;
            }
            if (!more) {
                return true;
            }
            if (one.index() != other.index() || one.count() != other.count()) {
                return false;
            }
        }
    }

    private static boolean nextNotEmpty(BucketWalk walk) {
        while (walk.next()) {
            // The bits of the float 0.0 are the integer 0.
            if (walk.count() != 0) {
                return true;
            }
        }
        return false;
    }
}
