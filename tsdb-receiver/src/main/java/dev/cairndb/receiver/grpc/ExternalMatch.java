package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What matchers ask of external labels, which no store has. Stateless. */
final class ExternalMatch {
    private ExternalMatch() {}

    /** The matchers on other labels; null if one on an external label does not accept it. */
    static Matcher @Nullable [] matchersLeft(List<Matcher> matchers, Labels externalLabels) {
        List<Matcher> left = new ArrayList<>(matchers.size());
        for (Matcher matcher : matchers) {
            String value = externalLabels.get(matcher.name());
            if (value.isEmpty()) {
                left.add(matcher);
            } else if (!matcher.matches(value)) {
                return null;
            }
        }
        return left.toArray(Matcher[]::new);
    }
}
