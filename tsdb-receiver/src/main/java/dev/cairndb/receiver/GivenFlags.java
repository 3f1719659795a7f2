package dev.cairndb.receiver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the flags on a command line, written as for Thanos: {@code --name=value} or {@code --name value}, and for a
 * switch {@code --name} or {@code --no-name}. Not by the library that reads the other commands, whose classes each
 * start would have to load.
 */
final class GivenFlags {
    private static final String DASHES = "--";
    private static final String NO = "no-";

    private GivenFlags() {}

    /** The values given for each flag, as text, in the order of the command line; of a switch, true or false. */
    static Map<Flag, List<String>> in(String... arguments) throws UsageException {
        Map<Flag, List<String>> given = new LinkedHashMap<>();
        Iterator<String> rest = Arrays.asList(arguments).iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            String name = nameIn(equals < 0 ? argument : argument.substring(0, equals));
            Flag flag = flag(name);
            if (flag == null) {
                throw new UsageException((name.isEmpty() ? "not a flag: '" : "unknown flag: '") + argument + "'");
            }
            String value = equals < 0 ? null : argument.substring(equals + 1);
            List<String> values = given.computeIfAbsent(flag, k -> new ArrayList<>());
            if (!values.isEmpty() && flag.kind() != Flag.Kind.REPEATED) {
                throw new UsageException("flag --" + flag.name() + " is given more than once");
            }
            values.add(flag.kind() == Flag.Kind.SWITCH ? on(flag, name, value) : valueOf(flag, value, rest));
        }
        return given;
    }

    /** Empty if the argument is no flag. */
    private static String nameIn(String argument) {
        return argument.startsWith(DASHES) ? argument.substring(DASHES.length()) : "";
    }

    private static @Nullable Flag flag(String name) {
        Flag flag = Flag.ALL.get(name);
        if (flag != null || !name.startsWith(NO)) {
            return flag;
        }
        Flag positive = Flag.ALL.get(name.substring(NO.length()));
        return positive != null && positive.kind() == Flag.Kind.SWITCH ? positive : null;
    }

    private static String on(Flag flag, String name, @Nullable String value) throws UsageException {
        if (value != null) {
            throw new UsageException("flag --" + name + " takes no value: found=" + value);
        }
        return Boolean.toString(name.equals(flag.name()));
    }

    private static String valueOf(Flag flag, @Nullable String value, Iterator<String> rest) throws UsageException {
        if (value != null) {
            return value;
        }
        String next = rest.hasNext() ? rest.next() : null;
        if (next == null || flag(nameIn(next.split("=", 2)[0])) != null) {
            throw new UsageException("flag --" + flag.name() + " needs a value");
        }
        return next;
    }
}
