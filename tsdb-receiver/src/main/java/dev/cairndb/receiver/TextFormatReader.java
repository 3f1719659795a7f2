package dev.cairndb.receiver;

import java.util.ArrayList;
import java.util.List;

/** Reads the text format of metrics, as this program writes it: no timestamps, no exemplars. */
final class TextFormatReader {
    interface Sink {
        /** @param labels names and values, without the metric's name */
        void sample(String name, List<String> labels, double value);
    }

    private TextFormatReader() {}

    static void read(String text, Sink sink) {
        List<String> labels = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.isEmpty() || line.charAt(0) == '#') {
                continue;
            }
            labels.clear();
            int brace = line.indexOf('{');
            int blank = line.indexOf(' ');
            int nameEnd = brace >= 0 && brace < blank ? brace : blank;
            if (nameEnd < 1) {
                throw new IllegalArgumentException("not a line of metrics: " + line);
            }
            int at = nameEnd == brace ? readLabels(line, brace + 1, labels) : nameEnd;
            sink.sample(
                    line.substring(0, nameEnd),
                    labels,
                    number(line.substring(at).strip()));
        }
    }

    /** Returns where the closing brace ends. */
    private static int readLabels(String line, int from, List<String> labels) {
        int at = from;
        while (line.charAt(at) != '}') {
            int equals = line.indexOf("=\"", at);
            labels.add(line.substring(at, equals));
            StringBuilder value = new StringBuilder();
            for (at = equals + 2; line.charAt(at) != '"'; at++) {
                char c = line.charAt(at);
                if (c == '\\') {
                    c = line.charAt(++at);
                    c = c == 'n' ? '\n' : c;
                }
                value.append(c);
            }
            labels.add(value.toString());
            at++;
            if (line.charAt(at) == ',') {
                at++;
            }
        }
        return at + 1;
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }
}
