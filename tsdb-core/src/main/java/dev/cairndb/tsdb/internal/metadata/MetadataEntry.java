package dev.cairndb.tsdb.internal.metadata;

import dev.cairndb.remote.MetricType;
import dev.cairndb.tsdb.MetricMetadata;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What is said of one family. Two are equal if they say the same of the same family. */
final class MetadataEntry {
    /** The object, its arrays' headers, and its place in a map. */
    private static final int BYTES_OVERHEAD = 160;

    final byte[] family;
    final MetricType type;
    final byte[] unit;
    final byte[] help;
    /** How many series it is the present metadata of. */
    int seriesCount;
    /** Larger than that of all entries which were given to a series before. */
    long assigned;

    MetadataEntry(byte[] family, MetricType type, byte[] unit, byte[] help) {
        this.family = family;
        this.type = type;
        this.unit = unit;
        this.help = help;
    }

    boolean says(MetadataText text) {
        return type == text.type
                && matches(help, text.bytes, text.helpOffset, text.helpLength)
                && matches(unit, text.bytes, text.unitOffset, text.unitLength);
    }

    private static boolean matches(byte[] known, byte[] bytes, int offset, int length) {
        return Arrays.equals(known, 0, known.length, bytes, offset, offset + length);
    }

    boolean saysTheSameAs(MetadataEntry other) {
        return type == other.type && Arrays.equals(help, other.help) && Arrays.equals(unit, other.unit);
    }

    long bytes() {
        return BYTES_OVERHEAD + (long) family.length + unit.length + help.length;
    }

    MetricMetadata toMetadata() {
        return new MetricMetadata(text(family), type, text(unit), text(help));
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MetadataEntry entry && Arrays.equals(family, entry.family) && saysTheSameAs(entry);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * (31 * Arrays.hashCode(family) + type.wireId()) + Arrays.hashCode(unit))
                + Arrays.hashCode(help);
    }
}
