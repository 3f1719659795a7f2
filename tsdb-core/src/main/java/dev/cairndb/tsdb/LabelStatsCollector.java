package dev.cairndb.tsdb;

import dev.cairndb.index.LabelIndex;
import dev.cairndb.tsdb.LabelStats.Count;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Counts what {@link LabelStats} tells, in one walk over all label values; keeps no more than the lists hold. */
final class LabelStatsCollector {
    private static final String METRIC_NAME = "__name__";
    private static final int SHORT_TEXT_BYTES_MAX = 254;

    private final LabelIndex index;
    private final Largest seriesByMetricName;
    private final Largest valuesByLabelName;
    private final Largest bytesByLabelName;
    private final Largest seriesByLabelPair;
    private long labelPairs;
    private long valuesOfName;
    private long bytesOfName;

    private LabelStatsCollector(LabelIndex index, int listLengthMax) {
        this.index = index.snapshot();
        seriesByMetricName = new Largest(listLengthMax);
        valuesByLabelName = new Largest(listLengthMax);
        bytesByLabelName = new Largest(listLengthMax);
        seriesByLabelPair = new Largest(listLengthMax);
    }

    static LabelStats collect(LabelIndex index, int listLengthMax) throws IOException {
        LabelStatsCollector collector = new LabelStatsCollector(index, listLengthMax);
        List<byte[]> names = new ArrayList<>();
        collector.index.forEachName((bytes, offset, length) -> {
            names.add(Arrays.copyOfRange(bytes, offset, offset + length));
            return true;
        });
        for (byte[] name : names) {
            collector.count(name);
        }
        return new LabelStats(
                collector.labelPairs,
                collector.seriesByMetricName.descending(),
                collector.valuesByLabelName.descending(),
                collector.bytesByLabelName.descending(),
                collector.seriesByLabelPair.descending());
    }

    private void count(byte[] nameBytes) throws IOException {
        String name = new String(nameBytes, StandardCharsets.UTF_8);
        boolean isMetricName = name.equals(METRIC_NAME);
        valuesOfName = 0;
        bytesOfName = 0;
        index.forEachValue(nameBytes, (bytes, offset, length, postings) -> {
            int series = postings.load().cardinality();
            valuesOfName++;
            bytesOfName += (long) series * (sizeBytes(nameBytes.length) + sizeBytes(length));
            if (isMetricName && seriesByMetricName.takes(series)) {
                seriesByMetricName.add(new String(bytes, offset, length, StandardCharsets.UTF_8), series);
            }
            if (seriesByLabelPair.takes(series)) {
                String value = new String(bytes, offset, length, StandardCharsets.UTF_8);
                seriesByLabelPair.add(name + "=" + value, series);
            }
            return true;
        });
        labelPairs += valuesOfName;
        valuesByLabelName.add(name, valuesOfName);
        bytesByLabelName.add(name, bytesOfName);
    }

    /** With its length in front, as Prometheus keeps it. */
    private static int sizeBytes(int length) {
        return length <= SHORT_TEXT_BYTES_MAX ? 1 + length : 4 + length;
    }

    /** The largest counts of those it is shown. */
    private static final class Largest {
        private final int countMax;
        private final PriorityQueue<Count> counts = new PriorityQueue<>(Comparator.comparingLong(Count::value));

        Largest(int countMax) {
            this.countMax = countMax;
        }

        boolean takes(long value) {
            if (counts.size() < countMax) {
                return true;
            }
            Count least = counts.peek();
            return least != null && value > least.value();
        }

        void add(String name, long value) {
            if (takes(value)) {
                counts.add(new Count(name, value));
                if (counts.size() > countMax) {
                    Count unused = counts.poll();
                }
            }
        }

        List<Count> descending() {
            return counts.stream()
                    .sorted(Comparator.comparingLong(Count::value).reversed().thenComparing(Count::name))
                    .toList();
        }
    }
}
