package dev.cairndb.receiver.tools;

import dev.cairndb.index.Labels;
import java.util.regex.Pattern;

/**
 * A line of OpenMetrics text: the grammar, and how strictly it is taken, are those of Prometheus
 * (model/textparse/openmetricslex.l). Reused for line after line; not thread-safe.
 */
final class OpenMetricsLine {
    private static final String METRIC = "__name__";
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    /** Letters in any case. */
    private static final Pattern INFINITY = Pattern.compile("[+-]?(?i:inf|infinity)");

    /** That of Prometheus: all NaN in a text become this one. */
    private static final long NAN_BITS = 0x7FF8000000000001L;

    private static final double MILLIS_PER_SECOND = 1000;

    private String line = "";
    private int at;
    /** The part that the present labels were read from. */
    private String series = "";

    private Labels labels = Labels.empty();
    private double value;
    private boolean hasTimestamp;
    private long timestampMillis;

    /** What a line is. */
    enum Kind {
        SAMPLE,
        /** Help, type or unit of a metric. */
        METADATA,
        /** The last line. */
        END
    }

    /** What is wrong with a line. */
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1;

        SyntaxException(String message) {
            super(message);
        }
    }

    /** @param text without its line break */
    Kind read(String text) throws SyntaxException {
        line = text;
        at = 0;
        if (text.equals("# EOF")) {
            return Kind.END;
        }
        if (text.startsWith("#")) {
            OpenMetricsMetadata.check(text);
            return Kind.METADATA;
        }
        if (!hasSeriesOfTheLineBefore()) {
            labels = readSeries();
            series = text.substring(0, at);
        }
        at = series.length();
        readRest();
        return Kind.SAMPLE;
    }

    Labels labels() {
        return labels;
    }

    double value() {
        return value;
    }

    boolean hasTimestamp() {
        return hasTimestamp;
    }

    long timestampMillis() {
        return timestampMillis;
    }

    // ---- series

    private boolean hasSeriesOfTheLineBefore() {
        return !series.isEmpty()
                && line.length() > series.length()
                && line.charAt(series.length()) == ' '
                && line.startsWith(series);
    }

    private Labels readSeries() throws SyntaxException {
        Labels.Builder builder = Labels.builder();
        String name = "";
        if (peek() != '{') {
            name = name(true);
            if (name.isEmpty()) {
                throw unexpected("a metric name");
            }
        }
        if (peek() == '{') {
            at++;
            name = readLabels(builder, name);
        }
        if (name.isEmpty()) {
            throw new SyntaxException("there is no metric name");
        }
        return add(builder, METRIC, name).build();
    }

    /** Returns the metric's name, which may stand in the braces. */
    private String readLabels(Labels.Builder builder, String outside) throws SyntaxException {
        String metric = outside;
        while (peek() != '}') {
            boolean quoted = peek() == '"';
            String name = quoted ? string() : name(false);
            if (name.isEmpty() && !quoted) {
                throw unexpected("a label name");
            }
            if (quoted && (peek() == ',' || peek() == '}')) {
                if (!metric.isEmpty()) {
                    throw new SyntaxException("there are two metric names: " + metric + " and " + name);
                }
                metric = name;
            } else {
                expect('=');
                if (peek() != '"') {
                    throw unexpected("a label value in double quotes");
                }
                String labelValue = string();
                Labels.Builder unused = add(builder, name, labelValue);
            }
            if (peek() == ',') {
                at++;
            } else if (peek() != '}') {
                throw unexpected("a comma or a closing brace");
            }
        }
        at++;
        return metric;
    }

    private static Labels.Builder add(Labels.Builder builder, String name, String labelValue) throws SyntaxException {
        try {
            return builder.add(name, labelValue);
        } catch (IllegalArgumentException e) {
            throw new SyntaxException(String.valueOf(e.getMessage()));
        }
    }

    /** A name without quotes; empty if there is none. */
    private String name(boolean ofMetric) {
        int start = at;
        while (at < line.length() && isNamePart(line.charAt(at), at > start, ofMetric)) {
            at++;
        }
        return line.substring(start, at);
    }

    private static boolean isNamePart(char c, boolean inside, boolean ofMetric) {
        boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' && ofMetric;
        return letter || inside && c >= '0' && c <= '9';
    }

    /** A string in double quotes. A backslash stands for itself unless an n, a quote or a backslash follows. */
    private String string() throws SyntaxException {
        StringBuilder text = new StringBuilder();
        at++;
        while (peek() != '"') {
            char c = peek();
            if (at == line.length()) {
                throw unexpected("a closing quote");
            }
            at++;
            if (c == '\\' && at < line.length()) {
                char escaped = line.charAt(at++);
                switch (escaped) {
                    case 'n' -> text.append('\n');
                    case '"', '\\' -> text.append(escaped);
                    default -> text.append('\\').append(escaped);
                }
            } else {
                text.append(c);
            }
        }
        at++;
        return text.toString();
    }

    // ---- value, timestamp, exemplar

    private void readRest() throws SyntaxException {
        value = number(word("a value"), "value");
        hasTimestamp = false;
        if (at < line.length() && !line.startsWith(" # {", at)) {
            timestampMillis = millis(word("a timestamp"));
            hasTimestamp = true;
        }
        if (at < line.length()) {
            if (!line.startsWith(" # {", at)) {
                throw unexpected("the end of the line, or an exemplar");
            }
            at += " # {".length();
            readExemplar();
        }
    }

    /** Nobody keeps it: blocks have no exemplars. It has to be right all the same. */
    private void readExemplar() throws SyntaxException {
        if (!readLabels(Labels.builder(), METRIC).equals(METRIC)) {
            throw unexpected("labels of an exemplar");
        }
        double unusedValue = number(word("a value of an exemplar"), "value of an exemplar");
        if (at < line.length()) {
            long unusedMillis = millis(word("a timestamp of an exemplar"));
        }
        if (at < line.length()) {
            throw unexpected("the end of the line");
        }
    }

    /** The word behind the one blank that is here. */
    private String word(String expected) throws SyntaxException {
        if (peek() != ' ') {
            throw unexpected("a blank and " + expected);
        }
        int start = ++at;
        while (at < line.length() && line.charAt(at) != ' ') {
            at++;
        }
        if (start == at) {
            throw unexpected(expected);
        }
        return line.substring(start, at);
    }

    private static double number(String word, String what) throws SyntaxException {
        if (word.equalsIgnoreCase("nan")) {
            return Double.longBitsToDouble(NAN_BITS);
        }
        if (INFINITY.matcher(word).matches()) {
            return word.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (NUMBER.matcher(word).matches()) {
            double number = Double.parseDouble(word);
            if (!Double.isInfinite(number)) {
                return number;
            }
        }
        throw new SyntaxException("not a number as a " + what + ": " + word);
    }

    private static long millis(String word) throws SyntaxException {
        double seconds = number(word, "timestamp");
        if (Double.isNaN(seconds) || Double.isInfinite(seconds)) {
            throw new SyntaxException("not a time: " + word);
        }
        return (long) (seconds * MILLIS_PER_SECOND);
    }

    private char peek() {
        return at < line.length() ? line.charAt(at) : '\0';
    }

    private void expect(char c) throws SyntaxException {
        if (peek() != c || at == line.length()) {
            throw unexpected(String.valueOf(c));
        }
        at++;
    }

    private SyntaxException unexpected(String expected) {
        String found =
                at < line.length() ? line.substring(at, Math.min(line.length(), at + 20)) : "the end of the line";
        return new SyntaxException("expected=" + expected + ", found=" + found + ", column " + (at + 1));
    }
}
