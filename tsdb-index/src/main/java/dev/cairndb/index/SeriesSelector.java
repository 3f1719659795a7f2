package dev.cairndb.index;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cairndb.index.SelectorLexer.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads series selectors of PromQL: {@code up}, <code>up{job="api",code!~"5.."}</code>,
 * <code>{__name__=~"http_.*"}</code>, <code>{"a metric","a label"="x"}</code>. The grammar is that of Prometheus
 * (promql/parser/generated_parser.y): strings in three kinds of quotes with Go's escapes, comments, a comma before the
 * closing brace; errors have its words. Whatever else PromQL has (functions, ranges, offsets, operators) is an error.
 *
 * <p>Stateless.
 */
public final class SeriesSelector {
    private static final String NAME = "__name__";

    private final String text;
    private final SelectorLexer lexer;
    private final List<Matcher> matchers = new ArrayList<>();
    private String metricName = "";

    private SeriesSelector(String text) {
        this.text = text;
        lexer = new SelectorLexer(text);
    }

    /**
     * The matchers of a selector, as in a {@code match[]} parameter: <code>{}</code> has none, and a name may be asked
     * for more than once.
     *
     * @throws SelectorSyntaxException if it is none
     */
    public static Matcher[] parse(String text) {
        SeriesSelector selector = new SeriesSelector(text);
        selector.lexer.next();
        selector.readSelector();
        if (selector.lexer.kind() != Kind.END) {
            throw selector.unexpected("");
        }
        return selector.result();
    }

    /**
     * The matchers of a selector that is a whole PromQL expression: one of them must refuse the empty value, and the
     * metric's name is given once.
     *
     * @throws SelectorSyntaxException if it is none, also if it is some other expression
     */
    public static Matcher[] parseExpression(String text) {
        SeriesSelector selector = new SeriesSelector(text);
        selector.lexer.next();
        int start = selector.lexer.start();
        if (selector.lexer.kind() == Kind.END) {
            throw new SelectorSyntaxException(text, 0, "no expression found in input");
        }
        selector.readSelector();
        if (selector.lexer.kind() != Kind.END) {
            throw selector.unexpected("; only a series selector can be used here");
        }
        selector.checkName(start);
        Matcher[] matchers = selector.result();
        if (!selectsSome(matchers)) {
            throw new SelectorSyntaxException(
                    text, start, "vector selector must contain at least one non-empty matcher");
        }
        return matchers;
    }

    /** Whether one of the matchers refuses the empty value, so that they do not select everything by accident. */
    public static boolean selectsSome(Matcher... matchers) {
        for (Matcher matcher : matchers) {
            if (!matcher.matchesEmpty()) {
                return true;
            }
        }
        return false;
    }

    private Matcher[] result() {
        if (!metricName.isEmpty()) {
            matchers.add(Matcher.equal(NAME, metricName));
        }
        return matchers.toArray(new Matcher[0]);
    }

    private void checkName(int start) {
        for (Matcher matcher : matchers) {
            if (!metricName.isEmpty() && matcher.name().equals(NAME)) {
                throw new SelectorSyntaxException(
                        text,
                        start,
                        "metric name must not be set twice: " + GoText.quoted(metricName) + " or "
                                + GoText.quoted(matcher.value()));
            }
        }
    }

    private void readSelector() {
        if (lexer.kind() == Kind.NAME) {
            metricName = lexer.value();
            lexer.next();
        } else if (lexer.kind() != Kind.LEFT_BRACE) {
            throw unexpected("");
        }
        if (lexer.kind() != Kind.LEFT_BRACE) {
            return;
        }
        lexer.next();
        while (lexer.kind() != Kind.RIGHT_BRACE) {
            readMatcher();
            if (lexer.kind() == Kind.COMMA) {
                lexer.next();
            } else if (lexer.kind() != Kind.RIGHT_BRACE) {
                throw unexpected(" in label matching, expected \",\" or \"}\"");
            }
        }
        lexer.next();
    }

    private void readMatcher() {
        boolean quoted = lexer.kind() == Kind.STRING;
        if (!quoted && lexer.kind() != Kind.NAME) {
            throw unexpected(" in label matching, expected identifier or \"}\"");
        }
        int start = lexer.start();
        String name = lexer.value();
        lexer.next();
        Matcher.Type type = matcherType();
        if (type == null) {
            if (!quoted) {
                throw unexpected(" in label matching, expected label matching operator");
            }
            matchers.add(Matcher.equal(NAME, name));
            return;
        }
        lexer.next();
        if (lexer.kind() != Kind.STRING) {
            throw unexpected(" in label matching, expected string");
        }
        matchers.add(matcher(type, name, lexer.value(), start));
        lexer.next();
    }

    private Matcher.@Nullable Type matcherType() {
        return switch (lexer.kind()) {
            case EQUAL -> Matcher.Type.EQUAL;
            case NOT_EQUAL -> Matcher.Type.NOT_EQUAL;
            case REGEX -> Matcher.Type.REGEX;
            case NOT_REGEX -> Matcher.Type.NOT_REGEX;
            default -> null;
        };
    }

    private Matcher matcher(Matcher.Type type, String name, String value, int start) {
        try {
            return Matcher.of(type, name, value);
        } catch (IllegalArgumentException e) {
            throw new SelectorSyntaxException(text, start, problem(value, e));
        }
    }

    /** The engine's words about the expression as it was given: what a matcher compiles has something around it. */
    private static String problem(String regex, IllegalArgumentException refusal) {
        if (!(refusal.getCause() instanceof PatternSyntaxException)) {
            return String.valueOf(refusal.getMessage()); // beyond a limit, so the engine must not see it
        }
        try {
            Pattern unused = Pattern.compile(regex);
            return String.valueOf(refusal.getMessage());
        } catch (PatternSyntaxException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private SelectorSyntaxException unexpected(String rest) {
        return new SelectorSyntaxException(text, lexer.start(), "unexpected " + lexer.description() + rest);
    }
}
