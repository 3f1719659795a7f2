package dev.cairndb.receiver.tools;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;
import java.util.Locale;

/**
 * A JSON object in a line for each series, as Prometheus' HTTP API answers: {@code metric}, then {@code values} with
 * pairs of seconds and text, then {@code histograms} in the same way.
 */
final class JsonLines implements SampleFormat {
    private static final long MILLIS_PER_SECOND = 1000;

    @Override
    public void write(SeriesCursor series, Output out) throws IOException {
        out.append("{\"metric\":");
        labels(series.labels(), out);
        list("values", true, series, out);
        list("histograms", false, series, out);
        out.append("}\n");
    }

    private static void labels(Labels labels, Output out) throws IOException {
        StringBuilder text = new StringBuilder();
        labels.forEach((name, value) -> {
            text.append(text.length() == 0 ? '{' : ',');
            quote(name, text);
            text.append(':');
            quote(value, text);
        });
        out.append(text.length() == 0 ? "{" : text).append('}');
    }

    private static void quote(String string, StringBuilder text) {
        text.append('"')
                .append(JsonStringEncoder.getInstance().quoteAsString(string))
                .append('"');
    }

    /** One kind of samples, if there are any. Walks over all: so nothing is gathered. */
    private static void list(String name, boolean floats, SeriesCursor series, Output out) throws IOException {
        boolean begun = false;
        for (SampleCursor samples = series.samples(); samples.next(); ) {
            if (floats != (samples.kind() == SampleKind.FLOAT)) {
                continue;
            }
            out.append(begun ? "," : ",\"" + name + "\":[");
            begun = true;
            out.append('[').append(seconds(samples.timestampMillis())).append(',');
            out.append(floats ? '"' + GoFloat.json(samples.value()) + '"' : histogram(samples.histogram()));
            out.append(']');
        }
        out.append(begun ? "]" : "");
    }

    private static String seconds(long millis) {
        long rest = Math.abs(millis % MILLIS_PER_SECOND);
        long whole = Math.abs(millis / MILLIS_PER_SECOND);
        return (millis < 0 ? "-" : "") + (rest == 0 ? "" + whole : String.format(Locale.ROOT, "%d.%03d", whole, rest));
    }

    private static String histogram(HistogramSample histogram) {
        StringBuilder text = new StringBuilder("{\"count\":\"")
                .append(count(histogram, histogram.count()))
                .append("\",\"sum\":\"")
                .append(GoFloat.json(histogram.sum()))
                .append('"');
        int empty = text.length();
        HistogramBuckets.forEach(
                histogram,
                (lower, upper, lowerIncluded, upperIncluded, count) -> text.append(
                                text.length() == empty ? ",\"buckets\":[" : ",")
                        .append('[')
                        .append(rule(lowerIncluded, upperIncluded))
                        .append(",\"")
                        .append(GoFloat.json(lower))
                        .append("\",\"")
                        .append(GoFloat.json(upper))
                        .append("\",\"")
                        .append(count(histogram, count))
                        .append("\"]"));
        return text.append(text.length() == empty ? "}" : "]}").toString();
    }

    /** Which ends belong to a bucket: 0 the upper, 1 the lower, 2 none, 3 both. */
    private static int rule(boolean lowerIncluded, boolean upperIncluded) {
        if (lowerIncluded) {
            return upperIncluded ? 3 : 1;
        }
        return upperIncluded ? 0 : 2;
    }

    private static String count(HistogramSample histogram, long count) {
        return histogram.hasFloatCounts() ? GoFloat.json(Double.longBitsToDouble(count)) : Long.toUnsignedString(count);
    }
}
