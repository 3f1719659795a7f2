package dev.cairndb.receiver;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A map in a configuration file, read field by field; what nobody read is refused at the end. Messages name fields, and
 * no values, which may be secrets. Not thread-safe.
 */
final class YamlSection {
    private final String name;
    private final Map<?, ?> values;
    private final Set<String> known = new HashSet<>();

    /** @param name how messages call it, empty for the whole file */
    YamlSection(String name, Map<?, ?> values) {
        this.name = name;
        this.values = values;
    }

    String nameOf(String field) {
        return name.isEmpty() ? field : name + "." + field;
    }

    private @Nullable Object value(String field) {
        known.add(field);
        return values.get(field);
    }

    /** Empty if there is none. */
    String text(String field) throws UsageException {
        Object value = value(field);
        if (value instanceof Map<?, ?> || value instanceof Iterable<?> || value instanceof Boolean) {
            throw wrong(field, "a text");
        }
        return value == null ? "" : value.toString();
    }

    boolean flag(String field, boolean absent) throws UsageException {
        Object value = value(field);
        if (value != null && !(value instanceof Boolean)) {
            throw wrong(field, "true or false");
        }
        return value == null ? absent : (Boolean) value;
    }

    /** 0 if there is none. */
    long number(String field) throws UsageException {
        Object value = value(field);
        if (value != null && !(value instanceof Integer || value instanceof Long)) {
            throw wrong(field, "a whole number");
        }
        long number = value == null ? 0 : ((Number) value).longValue();
        if (number < 0) {
            throw wrong(field, "a number that is not negative");
        }
        return number;
    }

    Duration duration(String field, Duration absent) throws UsageException {
        String text = text(field);
        try {
            return text.isEmpty() ? absent : GoSyntax.duration(text);
        } catch (IllegalArgumentException e) {
            throw wrong(field, "a duration such as 30s");
        }
    }

    Map<String, String> texts(String field) throws UsageException {
        Map<String, String> texts = new LinkedHashMap<>();
        YamlSection section = section(field);
        for (Object key : section.values.keySet()) {
            texts.put(String.valueOf(key), section.text(String.valueOf(key)));
        }
        return texts;
    }

    /** Empty if there is none. */
    YamlSection section(String field) throws UsageException {
        Object value = value(field);
        if (value != null && !(value instanceof Map<?, ?>)) {
            throw wrong(field, "a map");
        }
        return new YamlSection(nameOf(field), value instanceof Map<?, ?> map ? map : Map.of());
    }

    /** Whether the field is there, and is neither false nor empty nor zero. Nobody needs to know more of it. */
    boolean isSet(String field) {
        Object value = value(field);
        return value != null && !Set.<Object>of(false, "", 0).contains(value);
    }

    /** @throws UsageException if there are fields that nobody asked for */
    void requireNoOther() throws UsageException {
        Set<String> others = new TreeSet<>();
        values.keySet().forEach(key -> others.add(String.valueOf(key)));
        others.removeAll(known);
        if (!others.isEmpty()) {
            throw new UsageException((name.isEmpty() ? "the object store configuration" : name)
                    + " has an unknown field: " + String.join(", ", others));
        }
    }

    private UsageException wrong(String field, String expected) {
        return new UsageException(nameOf(field) + ": expected=" + expected);
    }
}
