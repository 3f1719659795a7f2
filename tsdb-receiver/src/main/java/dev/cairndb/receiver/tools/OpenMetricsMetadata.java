package dev.cairndb.receiver.tools;

import dev.cairndb.receiver.tools.OpenMetricsLine.SyntaxException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lines of OpenMetrics text that describe metrics. Blocks do not keep what they say; they have to be right. */
final class OpenMetricsMetadata {
    private static final Pattern LINE =
            Pattern.compile("# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*|\"(?:\\\\.|[^\\\\\"])*\")(?: (.*))?");
    private static final Set<String> TYPES =
            Set.of("counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown");

    private OpenMetricsMetadata() {}

    static void check(String line) throws SyntaxException {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches() || matcher.group(3) == null) {
            throw new SyntaxException(
                    "expected=# HELP, # TYPE or # UNIT with a metric name and a text, or # EOF, found=" + line);
        }
        String name = matcher.group(2);
        String text = matcher.group(3);
        switch (matcher.group(1)) {
            case "TYPE" -> {
                if (!TYPES.contains(text)) {
                    throw new SyntaxException("unknown metric type: " + text);
                }
            }
            case "UNIT" -> {
                String plain = name.startsWith("\"") ? name.substring(1, name.length() - 1) : name;
                if (!text.isEmpty() && !plain.endsWith("_" + text)) {
                    throw new SyntaxException("the unit " + text + " is not the end of the metric name " + plain);
                }
            }
            default -> {
                // Any text helps.
            }
        }
    }
}
