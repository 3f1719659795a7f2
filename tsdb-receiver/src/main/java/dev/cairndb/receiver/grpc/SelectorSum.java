package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Matcher;
import dev.cairndb.index.SelectorSyntaxException;
import dev.cairndb.index.SeriesSelector;
import dev.cairndb.io.CorruptionException;
import java.util.ArrayList;
import java.util.List;

/** A sum of series selectors: the form that Thanos' queriers give the selectors of any expression. Stateless. */
final class SelectorSum {
    private SelectorSum() {}

    /**
     * @throws SelectorSyntaxException if there is anything else in it
     * @throws CorruptionException if there are too many selectors and matchers in it
     */
    static Matcher[][] parse(String text) throws CorruptionException {
        List<Matcher[]> selectors = new ArrayList<>();
        int begin = 0;
        char quote = 0;
        int elements = 1;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quote != 0) {
                if (c == '\\' && quote != '`') {
                    at++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '"' || c == '\'' || c == '`') {
                quote = c;
            } else if ((c == '+' || c == ',') && ++elements > ProtoReader.ELEMENTS_MAX) {
                throw new CorruptionException(
                        "expression", at, "at most " + ProtoReader.ELEMENTS_MAX + " selectors and matchers", "more");
            } else if (c == '+') {
                selectors.add(SeriesSelector.parseExpression(text.substring(begin, at)));
                begin = at + 1;
            }
        }
        selectors.add(SeriesSelector.parseExpression(text.substring(begin)));
        return selectors.toArray(Matcher[][]::new);
    }
}
