package dev.cairndb.receiver.tools;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;

/**
 * The samples as OpenMetrics, as {@code promtool tsdb dump-openmetrics} prints them: without native histograms, for
 * which the format has no words, and with stale markers as NaN.
 */
final class OpenMetricsText implements SampleFormat {
    private static final String NAME = "__name__";
    private static final int MILLIS_PER_SECOND = 1000;

    @Override
    public void write(SeriesCursor series, Output out) throws IOException {
        String head = head(series.labels());
        for (SampleCursor samples = series.samples(); samples.next(); ) {
            if (samples.kind() == SampleKind.FLOAT) {
                out.append(head).append(GoFloat.general(samples.value())).append(' ');
                out.append(seconds(samples.timestampMillis())).append('\n');
            }
        }
    }

    private static String head(Labels labels) {
        StringBuilder text = new StringBuilder(labels.get(NAME)).append('{');
        int empty = text.length();
        labels.forEach((name, value) -> {
            if (!name.equals(NAME)) {
                text.append(text.length() == empty ? "" : ",")
                        .append(name)
                        .append('=')
                        .append(quoted(value));
            }
        });
        return text.append("} ").toString();
    }

    /** As in the text of labels. */
    private static String quoted(String value) {
        String text = Labels.of("v", value).toString();
        return text.substring("{v=".length(), text.length() - 1);
    }

    private static String seconds(long millis) {
        long rest = Math.abs(millis % MILLIS_PER_SECOND);
        return (millis < 0 ? "-" : "")
                + Math.abs(millis / MILLIS_PER_SECOND)
                + (rest < 10 ? ".00" : rest < 100 ? ".0" : ".")
                + rest;
    }

    @Override
    public void end(Output out) throws IOException {
        out.append("# EOF\n");
    }
}
