package dev.cairndb.interop;

import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A store's directory with blocks, a head and late samples: floats of every kind, and native histograms. */
final class ManyKinds {
    static final long START = 1_700_006_400_000L;
    private static final long STEP_MILLIS = Duration.ofSeconds(45).toMillis();
    private static final long SPAN_MILLIS = Duration.ofHours(7).toMillis();
    private static final double[] VALUES = {
        0,
        -0.0,
        1,
        -1,
        0.1,
        1e21,
        1e-7,
        123456789,
        1e6,
        999999,
        100000,
        1.5e300,
        1e-5,
        1e-4,
        12345.678,
        Double.MIN_VALUE,
        Double.MAX_VALUE,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.longBitsToDouble(SampleSet.STALE),
        0.30000000000000004,
        9007199254740993.0,
        2e-308
    };

    private ManyKinds() {}

    static void write(Path directory) throws IOException {
        ManualClock clock = new ManualClock(START + SPAN_MILLIS);
        try (Tsdb db = Tsdb.builder(directory)
                .options(StoreSamples.manual())
                .clock(clock)
                .open()) {
            int step = 0;
            for (long t = START; t < START + SPAN_MILLIS; t += STEP_MILLIS) {
                append(db, t, step++);
            }
            late(db, START + Duration.ofMinutes(30).toMillis());
            db.admin().cutBlocks();
            late(db, START + Duration.ofMinutes(31).toMillis());
            late(db, START + Duration.ofHours(6).toMillis() + 17);
        }
    }

    private static void append(Tsdb db, long t, int step) throws IOException {
        AppendBatch batch = db.newBatch();
        for (Labels labels : floats()) {
            // Each begins and ends at another time.
            boolean there = step > labels.size() * 7 && step % 97 > labels.size();
            if (there) {
                batch.add(db.series(labels), t, VALUES[(step + labels.size()) % VALUES.length]);
            }
        }
        for (HistogramKind kind : HistogramKind.values()) {
            batch.add(db.series(Labels.of("__name__", "h", "kind", kind.name())), t, kind.histogram(step));
        }
        check(batch.commit());
    }

    private static void late(Tsdb db, long t) throws IOException {
        AppendBatch batch = db.newBatch();
        for (int i = 0; i < 40; i++) {
            batch.add(db.series(Labels.of("__name__", "late", "i", "" + i % 4)), t + i / 4 * 1_000L, i);
        }
        check(batch.commit());
    }

    private static void check(AppendResult result) {
        if (result.rejectedTotal() > 0) {
            throw new AssertionError(result);
        }
    }

    private static List<Labels> floats() {
        List<Labels> all = new ArrayList<>();
        all.add(Labels.of("__name__", "plain"));
        all.add(Labels.of("__name__", "dotted.name", "a.b", "x"));
        all.add(Labels.of("__name__", "q", "v", "quote \" backslash \\ break \n tab \t bell \u0007"));
        all.add(Labels.of("__name__", "q", "v", "Zürich 🙂 \u200b \u00a0", "w", "é"));
        for (int i = 0; i < 12; i++) {
            all.add(Labels.of("__name__", "many", "i", "" + i, "parity", "p" + i % 2, "zone", "z"));
        }
        return all;
    }

    /** Native histograms: their counts grow with time. */
    private enum HistogramKind {
        INTEGER {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.setSchema(1);
                positive(histogram, 0, 3, step);
                histogram.addNegativeSpan(1, 2);
                histogram.addNegativeBucket(step);
                histogram.addNegativeBucket(1);
                histogram.setZeroThresholdBits(Double.doubleToRawLongBits(0.001));
                histogram.setZeroCount(step);
                histogram.setCount(step + (3L * step + 3) + (2L * step + 1));
                histogram.setSumBits(Double.doubleToRawLongBits(step * 0.1));
            }
        },
        FINE {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.setSchema(8);
                positive(histogram, -130, 520, step);
                histogram.setCount(520L * step + 520 * 519 / 2);
                histogram.setSumBits(Double.doubleToRawLongBits(step));
            }
        },
        COARSE {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.setSchema(-4);
                positive(histogram, -60, 125, step);
                histogram.setCount(125L * step + 125 * 124 / 2);
                histogram.setSumBits(Double.doubleToRawLongBits(step));
            }
        },
        FLOATS {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.clear(true);
                histogram.setSchema(3);
                histogram.addPositiveSpan(-5, 2);
                histogram.addPositiveSpan(3, 1);
                for (int i = 0; i < 3; i++) {
                    histogram.addPositiveBucket(Double.doubleToRawLongBits(step + 0.25 * i));
                }
                histogram.setZeroThresholdBits(Double.doubleToRawLongBits(1e-128));
                histogram.setZeroCount(Double.doubleToRawLongBits(step * 0.5));
                histogram.setCount(Double.doubleToRawLongBits(3.5 * step + 0.75));
                histogram.setSumBits(Double.doubleToRawLongBits(step / 3.0));
            }
        },
        BOUNDS {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.setSchema(-53);
                for (double bound : new double[] {-0.5, 0.1, 1, 2.5e10}) {
                    histogram.addCustomBound(Double.doubleToRawLongBits(bound));
                }
                positive(histogram, 0, 5, step);
                histogram.setCount(5L * step + 10);
                histogram.setSumBits(Double.doubleToRawLongBits(step));
            }
        },
        BOUNDS_ABOVE_ZERO {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.setSchema(-53);
                for (double bound : new double[] {0.1, 1}) {
                    histogram.addCustomBound(Double.doubleToRawLongBits(bound));
                }
                positive(histogram, 0, 3, step);
                histogram.setCount(3L * step + 3);
                histogram.setSumBits(Double.doubleToRawLongBits(step));
            }
        },
        STALE {
            @Override
            void fill(HistogramBuffer histogram, int step) {
                histogram.setSumBits(SampleSet.STALE);
            }
        };

        abstract void fill(HistogramBuffer histogram, int step);

        HistogramBuffer histogram(int step) {
            HistogramBuffer histogram = new HistogramBuffer();
            histogram.clear(false);
            fill(histogram, step);
            return histogram;
        }

        /** Counts of step, step + 1, step + 2... */
        private static void positive(HistogramBuffer histogram, int first, int buckets, int step) {
            histogram.addPositiveSpan(first, buckets);
            for (int i = 0; i < buckets; i++) {
                histogram.addPositiveBucket(i == 0 ? step : 1);
            }
        }
    }
}
