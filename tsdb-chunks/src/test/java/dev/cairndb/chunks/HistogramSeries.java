package dev.cairndb.chunks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Histograms as one series might have them, most of them counting on from the one before: the same for a seed. */
final class HistogramSeries {
    record Timed(long timestampMillis, HistogramBuffer histogram) {}

    private final Random random;
    private final boolean floats;
    private final List<Timed> samples = new ArrayList<>();
    private TreeMap<Integer, Long> positive = new TreeMap<>();
    private TreeMap<Integer, Long> negative = new TreeMap<>();
    private long zeroCount;
    private int schema;
    private double zeroThreshold;
    private double[] bounds = {};
    private boolean gauge;
    private CounterResetHint hint = CounterResetHint.UNKNOWN;
    private long timestampMillis;

    private HistogramSeries(long seed, boolean floats) {
        random = new Random(seed);
        this.floats = floats;
        timestampMillis = random.nextInt(3) == 0 ? random.nextLong() >> 1 : 1_700_000_000_000L;
        begin();
    }

    static List<Timed> of(long seed, int size, boolean floats) {
        HistogramSeries series = new HistogramSeries(seed, floats);
        while (series.samples.size() < size) {
            series.step();
        }
        return series.samples;
    }

    private void begin() {
        positive.clear();
        negative.clear();
        zeroCount = 0;
        bounds = new double[] {};
        if (random.nextInt(4) == 0) {
            schema = HistogramSample.CUSTOM_BUCKETS_SCHEMA;
            zeroThreshold = 0;
            bounds = random.doubles(12, 0, 40_000)
                    .map(bound -> random.nextBoolean() ? Math.round(bound * 1000) / 1000.0 : bound)
                    .sorted()
                    .toArray();
        } else {
            schema = random.nextInt(13) - 4;
            zeroThreshold = random.nextBoolean() ? Math.scalb(1.0, random.nextInt(300) - 260) : random.nextDouble();
        }
    }

    private void step() {
        hint = CounterResetHint.UNKNOWN;
        long rate = random.nextInt(10) == 0 ? 1L << random.nextInt(40) : 5;
        for (int i = random.nextInt(6); i > 0; i--) {
            side().merge(index(), random.nextLong(rate + 1), Long::sum);
        }
        if (schema != HistogramSample.CUSTOM_BUCKETS_SCHEMA) {
            zeroCount += random.nextInt(3);
        }
        switch (random.nextInt(40)) {
            case 0 -> begin();
            case 1 -> gauge = !gauge;
            case 2 -> hint = CounterResetHint.RESET;
            case 3 -> hint = CounterResetHint.NOT_RESET;
            case 4 -> side().pollFirstEntry();
            case 5 -> side().replaceAll((index, count) -> count / 2);
            case 6 -> zeroCount /= 2;
            case 7, 8, 9 -> positive.values().removeIf(count -> count == 0);
            case 10, 11, 12 -> negative.values().removeIf(count -> count == 0);
            case 13, 14 -> {
                add(stale());
                return;
            }
            case 15 -> zeroThreshold /= 2;
            case 16 -> gauge = true;
            default -> {
                // Most of the time a counter goes on.
            }
        }
        if (gauge) {
            hint = CounterResetHint.GAUGE;
        }
        add(histogram());
    }

    private TreeMap<Integer, Long> side() {
        return schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA || random.nextInt(3) > 0 ? positive : negative;
    }

    private int index() {
        return schema == HistogramSample.CUSTOM_BUCKETS_SCHEMA ? random.nextInt(13) : random.nextInt(24) - 12;
    }

    private void add(HistogramBuffer histogram) {
        timestampMillis += random.nextInt(20) == 0 ? 1 + (random.nextLong() >>> 34) : 15_000 + random.nextInt(3);
        samples.add(new Timed(timestampMillis, histogram));
    }

    private HistogramBuffer stale() {
        HistogramBuffer stale = new HistogramBuffer();
        stale.clear(floats);
        stale.setSumBits(HistogramSample.STALE_NAN_BITS);
        return stale;
    }

    private HistogramBuffer histogram() {
        HistogramBuffer histogram = new HistogramBuffer();
        histogram.clear(floats);
        histogram.setResetHint(hint);
        histogram.setSchema(schema);
        histogram.setZeroThresholdBits(Double.doubleToRawLongBits(zeroThreshold));
        histogram.setSumBits(
                random.nextInt(10) == 0 ? 0x7FF8000000000001L : Double.doubleToRawLongBits(random.nextInt(1000) / 8.0));
        long count = zeroCount;
        for (long bucket : positive.values()) {
            count += bucket;
        }
        for (long bucket : negative.values()) {
            count += bucket;
        }
        histogram.setCount(number(count));
        histogram.setZeroCount(number(zeroCount));
        put(positive, histogram, true);
        put(negative, histogram, false);
        for (double bound : bounds) {
            histogram.addCustomBound(Double.doubleToRawLongBits(bound));
        }
        return histogram;
    }

    private long number(long count) {
        return floats ? Double.doubleToRawLongBits(count / 4.0) : count;
    }

    /** Neighbours are in one span or, at times, in spans of their own, with empty ones between them. */
    private void put(Map<Integer, Long> buckets, HistogramBuffer target, boolean toPositive) {
        int[] span = new int[2];
        boolean open = false;
        int end = 0;
        long last = 0;
        for (Map.Entry<Integer, Long> bucket : buckets.entrySet()) {
            if (!open || bucket.getKey() != end || random.nextInt(40) == 0) {
                if (open) {
                    addSpan(target, toPositive, span[0], span[1]);
                }
                span[0] = bucket.getKey() - end;
                span[1] = 0;
                open = true;
            }
            span[1]++;
            end = bucket.getKey() + 1;
            long value = floats ? number(bucket.getValue()) : bucket.getValue() - last;
            last = bucket.getValue();
            if (toPositive) {
                target.addPositiveBucket(value);
            } else {
                target.addNegativeBucket(value);
            }
        }
        if (open) {
            addSpan(target, toPositive, span[0], span[1]);
        }
    }

    private void addSpan(HistogramBuffer target, boolean toPositive, int offset, int length) {
        int before = offset > 0 && random.nextInt(20) == 0 ? 1 : 0;
        if (toPositive) {
            if (before > 0) {
                target.addPositiveSpan(before, 0);
            }
            target.addPositiveSpan(offset - before, length);
        } else {
            if (before > 0) {
                target.addNegativeSpan(before, 0);
            }
            target.addNegativeSpan(offset - before, length);
        }
    }

    /** Counts by index of the buckets that are not empty. */
    static Map<Long, Long> counts(HistogramSample histogram, boolean ofPositive) {
        Map<Long, Long> counts = new TreeMap<>();
        int spans = ofPositive ? histogram.positiveSpanCount() : histogram.negativeSpanCount();
        long index = 0;
        long count = 0;
        int bucket = 0;
        for (int i = 0; i < spans; i++) {
            index += ofPositive ? histogram.positiveSpanOffset(i) : histogram.negativeSpanOffset(i);
            int length = ofPositive ? histogram.positiveSpanLength(i) : histogram.negativeSpanLength(i);
            for (int j = 0; j < length; j++, index++, bucket++) {
                long value = ofPositive ? histogram.positiveBucket(bucket) : histogram.negativeBucket(bucket);
                count = histogram.hasFloatCounts() ? value : count + value;
                if (count != 0) {
                    counts.put(index, count);
                }
            }
        }
        return counts;
    }
}
