package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HistogramResolutionTest {
    @Property(tries = 300)
    void bucketsThatFallIntoOneAreAddedUp(
            @ForAll long seed, @ForAll boolean floats, @ForAll @IntRange(min = 9, max = 52) int schema) {
        for (HistogramSeries.Timed sample : HistogramSeries.of(seed, 10, floats)) {
            HistogramBuffer histogram = sample.histogram();
            histogram.setSchema(schema);
            Map<Long, Long> positive = reduced(histogram, true, schema);
            Map<Long, Long> negative = reduced(histogram, false, schema);
            long count = histogram.count();
            assertTrue(HistogramResolution.reduce(histogram));
            assertEquals(8, histogram.schema());
            assertEquals(positive, HistogramSeries.counts(histogram, true));
            assertEquals(negative, HistogramSeries.counts(histogram, false));
            assertEquals(count, histogram.count());
            assertTrue(histogram.hasAsManyBucketsAsSpanned());
        }
    }

    /**
     * A bucket of index i reaches up to 2^(i * 2^-schema): the upper bound decides which one of schema 8 it falls into.
     */
    private static Map<Long, Long> reduced(HistogramSample histogram, boolean positive, int schema) {
        long merged = 1L << schema - 8;
        Map<Long, Long> reduced = new TreeMap<>();
        HistogramSeries.counts(histogram, positive).forEach((index, count) -> {
            long target = Math.floorDiv(index + merged - 1, merged);
            reduced.merge(target, count, (a, b) -> histogram.hasFloatCounts() ? sum(a, b) : a + b);
        });
        return reduced;
    }

    private static long sum(long aBits, long bBits) {
        return Double.doubleToRawLongBits(Double.longBitsToDouble(aBits) + Double.longBitsToDouble(bBits));
    }

    @Test
    void otherSchemasAreLeftAlone() {
        for (int schema : new int[] {-53, -5, -4, 0, 8, 53}) {
            HistogramBuffer histogram = new HistogramBuffer();
            histogram.setSchema(schema);
            histogram.addPositiveSpan(3, 2);
            histogram.addPositiveBucket(1);
            histogram.addPositiveBucket(1);
            HistogramSample before = histogram.copy();
            assertTrue(HistogramResolution.reduce(histogram));
            assertTrue(histogram.hasSameBits((HistogramBuffer) before));
            assertFalse(HistogramResolution.isReducible(schema));
        }
    }

    @Test
    void whatHasNoMeaningIsNotReduced() {
        HistogramBuffer backwards = new HistogramBuffer();
        backwards.setSchema(9);
        backwards.addPositiveSpan(3, 1);
        backwards.addPositiveSpan(-1, 1);
        backwards.addPositiveBucket(1);
        backwards.addPositiveBucket(1);
        assertFalse(HistogramResolution.reduce(backwards));
        HistogramBuffer missing = new HistogramBuffer();
        missing.setSchema(9);
        missing.addNegativeSpan(3, 2);
        missing.addNegativeBucket(1);
        assertFalse(HistogramResolution.reduce(missing));
        assertEquals(9, missing.schema());
    }
}
