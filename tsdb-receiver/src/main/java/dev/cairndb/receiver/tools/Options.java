package dev.cairndb.receiver.tools;

import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** Options and parameters that several commands have. */
final class Options {
    static final String JSON = "--json";
    static final String MIN_TIME = "--min-time";
    static final String MAX_TIME = "--max-time";
    static final String LABEL = "--label";

    private Options() {}

    /** A switch that is off unless it is given. */
    static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .arity("0")
                .description(description)
                .build();
    }

    static boolean isSet(ParseResult line, String flag) {
        return line.hasMatchedOption(flag);
    }

    static OptionSpec json() {
        return flag(JSON, "Prints one JSON object in one line, instead of text for people.");
    }

    /** A point of time, as milliseconds since 1970 (a {@code Long}). */
    static OptionSpec time(String name, String description) {
        return OptionSpec.builder(name)
                .paramLabel("TIME")
                .type(Long.class)
                .arity("1")
                .converters(Options::unixMillis)
                .description(description + " RFC 3339, such as 2026-01-31T00:00:00Z, or milliseconds since 1970.")
                .build();
    }

    private static Long unixMillis(String text) {
        try {
            return text.matches("-?\\d+")
                    ? Long.parseLong(text)
                    : Instant.parse(text).toEpochMilli();
        } catch (DateTimeParseException | ArithmeticException | NumberFormatException e) {
            throw new TypeConversionException("expected=RFC 3339 or milliseconds since 1970, found=" + text);
        }
    }

    /** A label, in the form of {@code cairn receive} and Thanos; given texts, which {@link BucketFlags#labels} reads. */
    static OptionSpec label(String description) {
        return OptionSpec.builder(LABEL)
                .paramLabel("LABEL")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description(description + " As name=\"value\"; may be given more than once.")
                .build();
    }

    /** A parameter that is a file or a folder. */
    static PositionalParamSpec path(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .paramLabel(label)
                .type(Path.class)
                .arity("1")
                .required(true)
                .description(description)
                .build();
    }

    static Path path(ParseResult line, int index) {
        return line.matchedPositionalValue(index, Path.of(""));
    }
}
