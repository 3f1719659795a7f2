package dev.cairndb.receiver.tools;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;

/** A line for each sample, as {@code promtool tsdb dump} prints it: labels, value, milliseconds since 1970. */
final class PromtoolText implements SampleFormat {
    @Override
    public void write(SeriesCursor series, Output out) throws IOException {
        String labels = series.labels().toString();
        for (SampleCursor samples = series.samples(); samples.next(); ) {
            String value = samples.kind() == SampleKind.FLOAT
                    ? GoFloat.general(samples.value())
                    : histogram(samples.histogram());
            out.append(labels).append(' ').append(value).append(' ').append(samples.timestampMillis());
            out.append('\n');
        }
    }

    /** For example <code>{count:3, sum:7.5, [-0.001,0.001]:1, (1,2]:2}</code>. */
    private static String histogram(HistogramSample histogram) {
        StringBuilder text = new StringBuilder("{count:")
                .append(count(histogram, histogram.count()))
                .append(", sum:")
                .append(GoFloat.general(histogram.sum()));
        HistogramBuckets.forEach(
                histogram,
                (lower, upper, lowerIncluded, upperIncluded, count) -> text.append(lowerIncluded ? ", [" : ", (")
                        .append(GoFloat.general(lower))
                        .append(',')
                        .append(GoFloat.general(upper))
                        .append(upperIncluded ? ']' : ')')
                        .append(':')
                        .append(count(histogram, count)));
        return text.append('}').toString();
    }

    private static String count(HistogramSample histogram, long count) {
        return histogram.hasFloatCounts()
                ? GoFloat.general(Double.longBitsToDouble(count))
                : Long.toUnsignedString(count);
    }
}
