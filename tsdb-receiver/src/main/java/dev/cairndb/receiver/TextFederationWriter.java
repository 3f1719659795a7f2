package dev.cairndb.receiver;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.receiver.tools.GoFloat;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Prometheus' text format 0.0.4 and OpenMetrics 1.0. Not thread-safe. */
final class TextFederationWriter implements FederationWriter {
    private static final double MILLIS_PER_SECOND = 1000;

    private final OutputStream out;
    private final MetricNames.Escaping escaping;
    private final boolean openMetrics;
    private final StringBuilder line = new StringBuilder();
    private String name = "";

    TextFederationWriter(OutputStream out, MetricNames.Escaping escaping, boolean openMetrics) {
        this.out = out;
        this.escaping = escaping;
        this.openMetrics = openMetrics;
    }

    @Override
    public boolean takesExponentialHistograms() {
        return false;
    }

    @Override
    public void startFamily(String familyName, FamilyType type) throws IOException {
        name = MetricNames.escape(familyName, escaping);
        line.append("# TYPE ");
        appendName(name);
        String untyped = openMetrics ? " unknown" : " untyped";
        line.append(type == FamilyType.UNTYPED ? untyped : " histogram");
        endLine();
    }

    @Override
    public void sample(List<String> labels, long timestampMillis, long valueBits) throws IOException {
        sample("", labels, "", timestampMillis, Double.longBitsToDouble(valueBits));
    }

    @Override
    public void histogram(List<String> labels, long timestampMillis, HistogramSample histogram) throws IOException {
        double[] cumulative = HistogramCounts.cumulative(histogram);
        double count = HistogramCounts.count(histogram);
        for (int i = 0; i < cumulative.length; i++) {
            String bound = number(Double.longBitsToDouble(histogram.customBoundBits(i)));
            sample("_bucket", labels, bound, timestampMillis, cumulative[i]);
        }
        sample("_bucket", labels, "+Inf", timestampMillis, count);
        sample("_sum", labels, "", timestampMillis, histogram.sum());
        sample("_count", labels, "", timestampMillis, count);
    }

    /** @param bound value of the label {@code le}, empty for none */
    private void sample(String suffix, List<String> labels, String bound, long timestampMillis, double value)
            throws IOException {
        String sampleName = name + suffix;
        boolean nameInBraces = !MetricNames.isPlain(sampleName);
        if (!nameInBraces) {
            line.append(sampleName);
        }
        char separator = '{';
        if (nameInBraces) {
            line.append(separator);
            appendName(sampleName);
            separator = ',';
        }
        for (int i = 0; i < labels.size(); i += 2) {
            line.append(separator);
            separator = ',';
            appendName(MetricNames.escape(labels.get(i), escaping));
            line.append('=');
            appendQuoted(labels.get(i + 1));
        }
        if (!bound.isEmpty()) {
            line.append(separator).append("le=\"").append(bound).append('"');
            separator = ',';
        }
        line.append(separator == '{' ? " " : "} ").append(number(value)).append(' ');
        line.append(openMetrics ? seconds(timestampMillis) : Long.toString(timestampMillis));
        endLine();
    }

    private String number(double value) {
        String text = GoFloat.general(value);
        boolean isInteger = openMetrics && text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9'));
        return isInteger ? text + ".0" : text;
    }

    /**
     * Prometheus' parser multiplies a double by 1000 and cuts the rest off: it must come out at the same millisecond.
     */
    static String seconds(long timestampMillis) {
        double seconds = timestampMillis / MILLIS_PER_SECOND;
        while ((long) (seconds * MILLIS_PER_SECOND) < timestampMillis) {
            seconds = Math.nextUp(seconds);
        }
        while ((long) (seconds * MILLIS_PER_SECOND) > timestampMillis) {
            seconds = Math.nextDown(seconds);
        }
        return new BigDecimal(Double.toString(seconds)).toPlainString();
    }

    private void appendName(String text) {
        if (MetricNames.isPlain(text)) {
            line.append(text);
        } else {
            appendQuoted(text);
        }
    }

    private void appendQuoted(String text) {
        line.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> line.append("\\\\");
                case '"' -> line.append("\\\"");
                case '\n' -> line.append("\\n");
                default -> line.append(c);
            }
        }
        line.append('"');
    }

    private void endLine() throws IOException {
        out.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
        line.setLength(0);
    }

    @Override
    public void end() throws IOException {
        if (openMetrics) {
            line.append("# EOF");
            endLine();
        }
    }
}
