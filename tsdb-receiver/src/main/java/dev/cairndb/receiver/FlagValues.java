package dev.cairndb.receiver;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The values of {@link Flag}s on a command line, and the defaults of those that are not on it. Not thread-safe.
 */
final class FlagValues {
    private final Map<String, List<String>> values = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();

    /** @param arguments without the command's name */
    FlagValues(String... arguments) throws UsageException {
        for (Map.Entry<Flag, List<String>> given : GivenFlags.in(arguments).entrySet()) {
            take(given.getKey(), given.getValue());
        }
    }

    private void take(Flag flag, List<String> given) throws UsageException {
        if (given.stream().allMatch(flag::isDefault)) {
            return;
        }
        switch (flag.treatment()) {
            case EFFECTIVE, OWN -> values.put(flag.name(), given);
            case IGNORED -> warnings.add("flag --" + flag.name() + " has no effect: " + flag.remark());
            case REFUSED -> throw new UsageException("flag --" + flag.name() + " is refused: " + flag.remark());
        }
    }

    /** One line for each flag that was given and has no effect. */
    List<String> warnings() {
        return warnings;
    }

    void warn(List<String> more) {
        warnings.addAll(more);
    }

    /** All values of a flag that may be repeated. */
    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }

    boolean isSet(String name) {
        return Boolean.parseBoolean(text(name));
    }

    long number(String name, long least, long most) throws UsageException {
        long value = parsed(name, text -> {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("expected=a number, found=" + text, e);
            }
        });
        if (value < least || value > most) {
            throw new UsageException("flag --" + name + ": expected=" + least + " to " + most + ", found=" + value);
        }
        return value;
    }

    /** The constant whose name in small letters is the text. */
    static <E extends Enum<E>> E constant(E[] constants, String text) {
        List<String> names = new ArrayList<>();
        for (E constant : constants) {
            names.add(constant.name().toLowerCase(Locale.ROOT));
            if (names.get(names.size() - 1).equals(text)) {
                return constant;
            }
        }
        String last = names.remove(names.size() - 1);
        throw new IllegalArgumentException("expected=" + String.join(", ", names) + " or " + last + ", found=" + text);
    }

    <T> T parsed(String name, Function<String, T> parser) throws UsageException {
        try {
            return parser.apply(text(name));
        } catch (IllegalArgumentException e) {
            throw new UsageException("flag --" + name + ": " + e.getMessage());
        }
    }

    String text(String name) {
        List<String> given = values.get(name);
        return given == null ? defaultOf(Flag.ALL.get(name)) : given.get(given.size() - 1);
    }

    private static String defaultOf(@Nullable Flag flag) {
        if (flag == null) {
            throw new IllegalStateException("BUG: a flag that is not in the table");
        }
        return flag.defaultValue();
    }
}
