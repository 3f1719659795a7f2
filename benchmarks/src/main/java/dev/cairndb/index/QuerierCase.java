package dev.cairndb.index;

import static dev.cairndb.index.QuerierSeries.SUFFIX;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One case of Prometheus' BenchmarkQuerier, under its name there: matchers of which the series are asked, or the values
 * of a label.
 *
 * @param label whose values are asked, null for the series
 */
record QuerierCase(String name, @Nullable String label, Matcher[] matchers) {
    private static final Map<String, Matcher> MATCHERS = new HashMap<>();

    static {
        equal("n=\"1\"", "n", "1" + SUFFIX);
        equal("n=\"X\"", "n", "X" + SUFFIX);
        // What Prometheus' benchmark asks where it says n="X" in a case of label values.
        MATCHERS.put("n!=\"X\"", Matcher.notEqual("n", "X" + SUFFIX));
        equal("n=\"0_1\"", "n", "0_1" + SUFFIX);
        equal("a=\"1\"", "a", "1" + SUFFIX);
        equal("j=\"foo\"", "j", "foo");
        equal("i=\"1\"", "i", "1");
        equal("i=\"1aaa...ddd\"", "i", "1" + SUFFIX);
        MATCHERS.put("j!=\"foo\"", Matcher.notEqual("j", "foo"));
        MATCHERS.put("i!=\"2\"", Matcher.notEqual("i", "2" + SUFFIX));
        MATCHERS.put("i!=\"\"", Matcher.notEqual("i", ""));
        for (String regex : List.of(
                "1[0-9]", "(1|2|3|4|5|6|20|55)", "X|Y|Z", ".*", "1.*", ".*1", ".+", "", "1.+", ".*1.*", ".+ddd", "1")) {
            MATCHERS.put("i=~\"" + regex + "\"", Matcher.regex("i", regex));
        }
        for (String regex : List.of("(1|2|3|4|5|6|20|55)", "X|Y|Z", "2.*", ".*2.*")) {
            MATCHERS.put("i!~\"" + regex + "\"", Matcher.notRegex("i", regex));
        }
        for (String regex : List.of("foo|bar", "XXX|YYY", "X.+")) {
            MATCHERS.put("j=~\"" + regex + "\"", Matcher.regex("j", regex));
        }
        MATCHERS.put("n=\".+\"", Matcher.regex("n", ".+"));
    }

    private static void equal(String text, String label, String value) {
        MATCHERS.put(text, Matcher.equal(label, value));
    }

    /** Those that ask for series, in Prometheus' order. */
    static List<QuerierCase> selections() {
        List<QuerierCase> cases = new ArrayList<>();
        for (String text : """
                n="1"
                n="X"
                n="1" j="foo"
                n="X" j="foo"
                j="foo" n="1"
                n="1" j!="foo"
                n="1" i!="2"
                n="0_1" j="foo" a="1"
                n="X" j!="foo"
                i=~"1[0-9]" j=~"foo|bar"
                j=~"foo|bar"
                j=~"XXX|YYY"
                j=~"X.+"
                i=~"(1|2|3|4|5|6|20|55)"
                i!~"(1|2|3|4|5|6|20|55)"
                i=~"X|Y|Z"
                i!~"X|Y|Z"
                i=~".*"
                i=~"1.*"
                i=~".*1"
                i=~".+"
                i=~".+" j=~"X.+"
                i=~""
                i!=""
                n="1" i=~".*" j="foo"
                n="X" i=~".*" j="foo"
                n="1" i=~".*" i!="2" j="foo"
                n="1" i!=""
                n="1" i!="" j="foo"
                n="1" i!="" j=~"X.+"
                n="1" i!="" j=~"XXX|YYY"
                n="1" i=~"X|Y|Z" j="foo"
                n="1" i!~"X|Y|Z" j="foo"
                n="1" i=~".+" j="foo"
                n="1" i=~"1.+" j="foo"
                n="1" i=~".*1.*" j="foo"
                n="1" i=~".+" i!="2" j="foo"
                n="1" i=~".+" i!~"2.*" j="foo"
                n="1" i=~".+" i!~".*2.*" j="foo"
                n="X" i=~".+" i!~".*2.*" j="foo"
                """.strip().split("\n")) {
            cases.add(of(null, text));
        }
        return cases;
    }

    /** Those that ask for the values of a label, in Prometheus' order. */
    static List<QuerierCase> labelValues() {
        List<QuerierCase> cases = new ArrayList<>();
        for (String text : """
                i i="1"
                i n="1"
                i n=".+"
                i n="1" j!="foo"
                i n="1" j=~"X.+"
                i n="1" j=~"XXX|YYY"
                i n!="X" j!="foo"
                i n="1" i=~".*" j!="foo"
                i i="1aaa...ddd"
                i i=~"1.+"
                i i=~"1.+" i=~".+ddd"
                n j!="foo"
                n i="1"
                n i=~"1.+"
                none i=~"1"
                """.strip().split("\n")) {
            int space = text.indexOf(' ');
            cases.add(of(text.substring(0, space), text.substring(space + 1)));
        }
        return cases;
    }

    private static QuerierCase of(@Nullable String label, String text) {
        List<Matcher> matchers = new ArrayList<>();
        for (String matcher : text.split(" ")) {
            matchers.add(MATCHERS.get(matcher));
        }
        String name = text.replace(' ', ',');
        return new QuerierCase(label == null ? name : label + "_with_" + name, label, matchers.toArray(Matcher[]::new));
    }

    /** Whether a series is one of those asked for, found the plain way: each matcher looks at its label. */
    boolean accepts(QuerierSeries series, int number, Map<Matcher, Map<String, Boolean>> known) {
        for (Matcher matcher : matchers) {
            String value = series.value(number, matcher.name());
            boolean accepted = known.computeIfAbsent(matcher, m -> new HashMap<>())
                    .computeIfAbsent(value == null ? "" : value, text -> accepts(matcher, text));
            if (!accepted) {
                return false;
            }
        }
        return true;
    }

    private static boolean accepts(Matcher matcher, String value) {
        return switch (matcher.type()) {
            case EQUAL -> value.equals(matcher.value());
            case NOT_EQUAL -> !value.equals(matcher.value());
            case REGEX -> Pattern.matches(matcher.value(), value);
            case NOT_REGEX -> !Pattern.matches(matcher.value(), value);
        };
    }

    /** The values asked for, in byte order, found the plain way. */
    TreeSet<String> values(QuerierSeries series, Map<Matcher, Map<String, Boolean>> known) {
        TreeSet<String> found = new TreeSet<>();
        for (int number = 0; number < series.count(); number++) {
            String value = series.value(number, label == null ? "" : label);
            if (value != null && accepts(series, number, known)) {
                found.add(value);
            }
        }
        return found;
    }
}
