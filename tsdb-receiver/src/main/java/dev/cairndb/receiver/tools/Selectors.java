package dev.cairndb.receiver.tools;

import dev.cairndb.index.Matcher;
import dev.cairndb.index.SelectorSyntaxException;
import dev.cairndb.index.SeriesSelector;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Options that are series selectors. */
final class Selectors {
    private static final Matcher[] EVERYTHING = {Matcher.regex("__name__", ".*")};

    private Selectors() {}

    static OptionSpec option(String name, String description) {
        return OptionSpec.builder(name)
                .paramLabel("SELECTOR")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description(description)
                .build();
    }

    /** One set of matchers for each selector; one that selects everything if there is none. */
    static List<Matcher[]> of(ParseResult line, String option) {
        List<Matcher[]> all = new ArrayList<>();
        List<String> texts = line.matchedOptionValue(option, List.of());
        texts.forEach(text -> all.add(parse(line, option, text)));
        return all.isEmpty() ? List.<Matcher[]>of(EVERYTHING) : all;
    }

    /** Of an option that is given once at most. */
    static Matcher[] one(ParseResult line, String option) {
        String text = line.matchedOptionValue(option, "");
        return text.isEmpty() ? EVERYTHING : parse(line, option, text);
    }

    private static Matcher[] parse(ParseResult line, String option, String text) {
        try {
            Matcher[] matchers = SeriesSelector.parse(text);
            return matchers.length == 0 ? EVERYTHING : matchers;
        } catch (SelectorSyntaxException e) {
            throw new ParameterException(
                    line.commandSpec().commandLine(), option + " " + text + ": " + e.getMessage(), e);
        }
    }
}
