package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HistogramChecksTest {
    private static final long NAN = 0x7FF8000000000001L;

    private static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    /** Buckets 2, 3 and 0, 1; zero bucket 1; count 7. */
    private static HistogramBuffer integers() {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setSchema(3);
        histogram.setZeroThresholdBits(bits(0.001));
        histogram.setZeroCount(1);
        histogram.setCount(7);
        histogram.setSumBits(bits(12.5));
        histogram.addPositiveSpan(-3, 1);
        histogram.addPositiveSpan(4, 1);
        histogram.addPositiveBucket(2);
        histogram.addPositiveBucket(1);
        histogram.addNegativeSpan(0, 2);
        histogram.addNegativeBucket(0);
        histogram.addNegativeBucket(1);
        return histogram;
    }

    private static HistogramBuffer floats() {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(true);
        histogram.setSchema(-4);
        histogram.setCount(bits(2.5));
        histogram.setZeroCount(bits(0.5));
        histogram.addPositiveSpan(7, 2);
        histogram.addPositiveBucket(bits(1.5));
        histogram.addPositiveBucket(bits(0.5));
        return histogram;
    }

    private static HistogramBuffer custom() {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(false);
        histogram.setSchema(HistogramSample.CUSTOM_BUCKETS_SCHEMA);
        histogram.setCount(3);
        histogram.addPositiveSpan(0, 1);
        histogram.addPositiveSpan(1, 1);
        histogram.addPositiveBucket(1);
        histogram.addPositiveBucket(1);
        histogram.addCustomBound(bits(0.5));
        histogram.addCustomBound(bits(10));
        return histogram;
    }

    private static void assertProblem(String expected, HistogramBuffer histogram, Consumer<HistogramBuffer> change) {
        assertNull(HistogramChecks.problem(histogram), "before the change");
        change.accept(histogram);
        String problem = HistogramChecks.problem(histogram);
        assertNotNull(problem, expected);
        assertTrue(problem.contains(expected), problem);
    }

    @Test
    void schemasAreThoseThatPrometheusWorksWith() {
        assertProblem("schema 9 is none", integers(), h -> h.setSchema(9));
        assertProblem("schema -5 is none", integers(), h -> h.setSchema(-5));
        assertProblem("schema -52 is none", floats(), h -> h.setSchema(-52));
        for (int schema = -4; schema <= 8; schema++) {
            HistogramBuffer histogram = integers();
            histogram.setSchema(schema);
            assertNull(HistogramChecks.problem(histogram));
        }
    }

    @Test
    void spansAndBucketsFitTogether() {
        assertProblem("positive side: spans of 5 buckets, but 2", integers(), h -> h.addPositiveSpan(0, 3));
        assertProblem("negative side: spans of 2 buckets, but 3", integers(), h -> h.addNegativeBucket(0));
        assertProblem("positive side: spans of 4294967297 buckets", floats(), h -> {
            h.clearBuckets();
            h.addPositiveSpan(0, 1);
            h.addPositiveSpan(0, 1);
            h.addPositiveSpan(0, -1);
            h.addPositiveBucket(0);
        });
        assertProblem("positive side: span 3 has the negative offset -1", integers(), h -> h.addPositiveSpan(-1, 0));
        assertProblem("negative side: span 2 has the negative offset -2", integers(), h -> h.addNegativeSpan(-2, 0));
    }

    @Test
    void countsAreNotNegative() {
        assertProblem("positive side: bucket 2 has the negative count -1", integers(), h -> {
            h.clearBuckets();
            h.addPositiveSpan(0, 2);
            h.addPositiveBucket(2);
            h.addPositiveBucket(-3);
        });
        assertProblem("negative side: bucket 1 has the negative count -0.5", floats(), h -> {
            h.addNegativeSpan(0, 1);
            h.addNegativeBucket(bits(-0.5));
        });
        assertProblem("negative count of observations -1.0", floats(), h -> h.setCount(bits(-1)));
        assertProblem("negative zero count -1.0", floats(), h -> h.setZeroCount(bits(-1)));
    }

    @Test
    void integerCountsAddUp() {
        assertProblem("7 observations in buckets, but a count of 8", integers(), h -> h.setCount(8));
        assertProblem("7 observations in buckets, but a count of 6", integers(), h -> h.setCount(6));
        HistogramBuffer nan = integers();
        nan.setSumBits(NAN);
        nan.setCount(8);
        assertNull(HistogramChecks.problem(nan), "an observation of NaN is in no bucket");
        assertProblem("7 observations in buckets, but a count of 6", nan, h -> h.setCount(6));
        assertNull(HistogramChecks.problem(floats()), "counts that are floats need not");
    }

    @Test
    void customBucketsHaveBoundsAndNothingElse() {
        assertCustomProblem("bound 1 is NaN", h -> {
            h.customBounds.size = 0;
            h.addCustomBound(NAN);
        });
        assertCustomProblem("bound 10.0 must be greater than the one before", h -> h.addCustomBound(bits(10)));
        assertCustomProblem("the last bound must be finite", h -> h.addCustomBound(bits(Double.POSITIVE_INFINITY)));
        assertCustomProblem("span 1 has the negative offset", h -> {
            h.clearBuckets();
            h.addPositiveSpan(-1, 0);
        });
        assertCustomProblem("spans of 3 buckets, but 2", h -> h.addPositiveSpan(0, 1));
        assertCustomProblem("2 bounds are too few", h -> {
            h.addPositiveSpan(0, 1);
            h.addPositiveBucket(0);
        });
        assertCustomProblem("zero count must be 0", h -> h.setZeroCount(1));
        assertCustomProblem("zero threshold must be 0", h -> h.setZeroThresholdBits(1));
        assertCustomProblem("no negative ones", h -> h.addNegativeSpan(0, 0));
        assertProblem("custom bounds with exponential buckets", integers(), h -> h.addCustomBound(0));
    }

    private static void assertCustomProblem(String expected, Consumer<HistogramBuffer> change) {
        HistogramBuffer valid = custom();
        assertProblem("custom buckets: ", valid, change);
        assertTrue(String.valueOf(HistogramChecks.problem(valid)).contains(expected), expected);
    }

    @Test
    void staleMarkersAreValid() {
        HistogramBuffer stale = new HistogramBuffer();
        stale.setSumBits(HistogramSample.STALE_NAN_BITS);
        assertNull(HistogramChecks.problem(stale));
        stale.clear(true);
        stale.setSumBits(HistogramSample.STALE_NAN_BITS);
        assertNull(HistogramChecks.problem(stale));
    }

    @Test
    void equalityIsThatOfNumbersAndOfBucketsThatAreNotEmpty() {
        HistogramBuffer other = integers();
        other.setResetHint(CounterResetHint.GAUGE);
        other.clearBuckets();
        other.addPositiveSpan(-4, 2);
        other.addPositiveSpan(4, 0);
        other.addPositiveSpan(0, 3);
        for (long delta : new long[] {0, 2, 1, -3, 0}) {
            other.addPositiveBucket(delta);
        }
        other.addNegativeSpan(1, 1);
        other.addNegativeBucket(1);
        assertTrue(HistogramChecks.areEqual(integers(), other));
        assertTrue(HistogramChecks.areEqual(other, integers()));
        assertDifferent(h -> h.setCount(6));
        assertDifferent(h -> h.setZeroCount(0));
        assertDifferent(h -> h.setSumBits(bits(12.25)));
        assertDifferent(h -> h.setSchema(2));
        assertDifferent(h -> h.setZeroThresholdBits(0));
        assertDifferent(h -> h.addCustomBound(0));
        assertDifferent(h -> {
            h.addPositiveSpan(0, 1);
            h.addPositiveBucket(0);
        });
        assertDifferent(h -> {
            h.clearBuckets();
            h.addPositiveSpan(-3, 1);
            h.addPositiveSpan(5, 1);
            h.addPositiveBucket(2);
            h.addPositiveBucket(1);
            h.addNegativeSpan(1, 1);
            h.addNegativeBucket(1);
        });
        assertDifferent(h -> h.set(floats()));
    }

    private static void assertDifferent(Consumer<HistogramBuffer> change) {
        HistogramBuffer changed = integers();
        change.accept(changed);
        assertFalse(HistogramChecks.areEqual(integers(), changed));
        assertFalse(HistogramChecks.areEqual(changed, integers()));
    }

    @Property(tries = 100)
    void equalityIsThatOfMapsOfBuckets(@ForAll long seed, @ForAll boolean floats) {
        HistogramSample last = null;
        for (HistogramSeries.Timed sample : HistogramSeries.of(seed, 20, floats)) {
            HistogramBuffer next = sample.histogram();
            if (last != null) {
                HistogramBuffer mixed = new HistogramBuffer();
                mixed.set(next);
                mixed.positive.set(((HistogramBuffer) last).positive);
                boolean same = HistogramSeries.counts(last, true).equals(HistogramSeries.counts(next, true));
                assertEquals(same || next.isStale(), HistogramChecks.areEqual(next, mixed));
            }
            last = next;
        }
    }
}
