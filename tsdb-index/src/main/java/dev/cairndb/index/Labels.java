package dev.cairndb.index;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * A set of labels: names with values, in byte order of the names. A label with an empty value is the same as no label,
 * so empty values are dropped when a set is made. The order of sets, their hash and their text are those of Prometheus.
 *
 * <p>Immutable, thread-safe. It owns one byte array in the form described at {@link PackedLabels}; only {@link #packed}
 * hands that array out, for reading.
 */
public final class Labels implements Comparable<Labels> {
    private static final Labels EMPTY = new Labels(new byte[0]);

    private final byte[] packed;

    private Labels(byte[] packed) {
        this.packed = packed;
    }

    public static Labels empty() {
        return EMPTY;
    }

    /**
     * @param namesAndValues name, value, name, value, in any order of names
     * @throws IllegalArgumentException if a name comes twice or is empty, or a string is not valid Unicode
     */
    public static Labels of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("cannot make labels: expected=names and values in pairs, found="
                    + namesAndValues.length + " strings");
        }
        Builder builder = builder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            builder.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return builder.build();
    }

    /** @see #of */
    public static Labels of(Map<String, String> values) {
        Builder builder = builder();
        values.forEach(builder::add);
        return builder.build();
    }

    /**
     * Copies a packed label set after checking it: whole strings, names ascending without repetition and not empty.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static Labels ofPacked(byte[] bytes, int offset, int length) {
        if (length == 0) {
            return EMPTY;
        }
        Labels labels = new Labels(Arrays.copyOfRange(bytes, offset, offset + length));
        return checkPacked(bytes, offset, length) ? labels : labels.toBuilder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Number of labels. */
    public int size() {
        return PackedLabels.count(packed, 0, packed.length);
    }

    public boolean isEmpty() {
        return packed.length == 0;
    }

    /** The value of a label; empty if the label is not there, which means the same. */
    public String get(String name) {
        long found = PackedLabels.find(packed, 0, packed.length, Utf8.encode(name));
        return found < 0 ? "" : Utf8.decode(packed, (int) (found >>> 32), (int) found);
    }

    /** Shows names and values in order. Bytes that are not UTF-8 (old data can have them) become U+FFFD. */
    public void forEach(BiConsumer<String, String> action) {
        for (int at = 0; at < packed.length; ) {
            int valueAt = PackedLabels.stringEnd(packed, at);
            action.accept(string(at), string(valueAt));
            at = PackedLabels.stringEnd(packed, valueAt);
        }
    }

    /** A builder that starts with these labels. */
    public Builder toBuilder() {
        Builder builder = builder();
        for (int at = 0; at < packed.length; ) {
            int valueAt = PackedLabels.stringEnd(packed, at);
            builder.put(bytes(at), bytes(valueAt));
            at = PackedLabels.stringEnd(packed, valueAt);
        }
        return builder;
    }

    /** The labels as one byte array in the form of {@link PackedLabels}; shared, to be read only. */
    public byte[] packed() {
        return packed;
    }

    /** XXH64, equal to {@code labels.Hash} of Prometheus' default build. */
    public long hash() {
        return PackedLabels.hash(packed, 0, packed.length);
    }

    @Override
    public int compareTo(Labels other) {
        return PackedLabels.compare(packed, 0, packed.length, other.packed, 0, other.packed.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Labels labels && Arrays.equals(packed, labels.packed);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(packed);
    }

    /** {@code {a="b", c="d"}} with quotes and control characters escaped. */
    @Override
    public String toString() {
        return PackedLabels.toString(packed, 0, packed.length);
    }

    private String string(int at) {
        return Utf8.decode(packed, PackedLabels.stringStart(packed, at), PackedLabels.stringLength(packed, at));
    }

    private byte[] bytes(int at) {
        return Arrays.copyOfRange(packed, PackedLabels.stringStart(packed, at), PackedLabels.stringEnd(packed, at));
    }

    /** Returns whether each label has a value. */
    private static boolean checkPacked(byte[] bytes, int offset, int length) {
        ByteReader reader = new ByteReader("packed labels").reset(bytes, offset, length, 0);
        int lastStart = -1;
        int lastLength = 0;
        boolean allHaveValues = true;
        try {
            while (reader.remaining() > 0) {
                int nameLength = reader.readUvarintInt(reader.remaining());
                int nameStart = reader.skip(nameLength);
                int valueLength = reader.readUvarintInt(reader.remaining());
                reader.skip(valueLength);
                boolean ascending = lastStart < 0
                        || Arrays.compareUnsigned(
                                        bytes,
                                        lastStart,
                                        lastStart + lastLength,
                                        bytes,
                                        nameStart,
                                        nameStart + nameLength)
                                < 0;
                if (nameLength == 0 || !ascending) {
                    throw reader.corrupt("ascending names, none empty", "something else");
                }
                allHaveValues &= valueLength > 0;
                lastStart = nameStart;
                lastLength = nameLength;
            }
            return allHaveValues;
        } catch (CorruptionException e) {
            throw new IllegalArgumentException("cannot use packed labels: " + e.getMessage(), e);
        }
    }

    /** Collects labels in any order. Not thread-safe; may be built from more than once. */
    public static final class Builder {
        private final TreeMap<byte[], byte[]> values = new TreeMap<>(Arrays::compareUnsigned);

        private Builder() {}

        /** @throws IllegalArgumentException if the name is there already or empty, or a string is not valid Unicode */
        public Builder add(String name, String value) {
            byte[] nameBytes = nameBytes(name);
            if (values.putIfAbsent(nameBytes, Utf8.encode(value)) != null) {
                throw new IllegalArgumentException("cannot add label: found=a second value for name \"" + name + "\"");
            }
            return this;
        }

        /** Sets or replaces a label; an empty value removes it. */
        public Builder set(String name, String value) {
            values.put(nameBytes(name), Utf8.encode(value));
            return this;
        }

        public Labels build() {
            ByteWriter writer = new ByteWriter(64);
            values.forEach((name, value) -> {
                if (value.length > 0) {
                    writer.putUvarint(name.length);
                    writer.putBytes(name, 0, name.length);
                    writer.putUvarint(value.length);
                    writer.putBytes(value, 0, value.length);
                }
            });
            return writer.size() == 0 ? EMPTY : new Labels(writer.toByteArray());
        }

        private void put(byte[] name, byte[] value) {
            values.put(name, value);
        }

        private static byte[] nameBytes(String name) {
            if (name.isEmpty()) {
                throw new IllegalArgumentException("cannot add label: found=an empty name");
            }
            return Utf8.encode(name);
        }
    }

    /** The names in order, for messages and small uses. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        forEach((name, value) -> names.add(name));
        return names;
    }
}
