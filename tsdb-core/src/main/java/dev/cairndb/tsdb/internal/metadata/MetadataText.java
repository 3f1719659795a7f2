package dev.cairndb.tsdb.internal.metadata;

import dev.cairndb.remote.MetricType;
import java.util.Arrays;

/**
 * What a message or a record says of a metric, where it lies. Used again for the next, so that asking for what is known
 * already makes no garbage. The bytes belong to whoever set them. Not thread-safe.
 */
public final class MetadataText {
    private static final byte[] NONE = {};

    MetricType type = MetricType.UNKNOWN;
    byte[] bytes = NONE;
    int unitOffset;
    int unitLength;
    int helpOffset;
    int helpLength;
    /** Holds the name of a series or of a family. */
    private byte[] name = NONE;

    private int nameOffset;
    private int nameLength;

    /** @param source holds unit and help */
    public MetadataText set(
            MetricType newType,
            byte[] source,
            int newUnitOffset,
            int newUnitLength,
            int newHelpOffset,
            int newHelpLength) {
        type = newType;
        bytes = source;
        unitOffset = newUnitOffset;
        unitLength = newUnitLength;
        helpOffset = newHelpOffset;
        helpLength = newHelpLength;
        return this;
    }

    /** The name of what it is said of: a series or a family, as the method it is given to expects. */
    public MetadataText of(byte[] source, int offset, int length) {
        name = source;
        nameOffset = offset;
        nameLength = length;
        return this;
    }

    /** Lets go of the bytes. */
    public void clear() {
        bytes = NONE;
        name = NONE;
    }

    /** A copy that is said of the family named. */
    MetadataEntry toEntry() {
        return toEntry(nameLength);
    }

    /** A copy that is said of the family of the series named. */
    MetadataEntry toEntryOfSeries() {
        return toEntry(MetricFamilies.familyLength(name, nameOffset, nameLength, type));
    }

    private MetadataEntry toEntry(int familyLength) {
        return new MetadataEntry(
                Arrays.copyOfRange(name, nameOffset, nameOffset + familyLength),
                type,
                Arrays.copyOfRange(bytes, unitOffset, unitOffset + unitLength),
                Arrays.copyOfRange(bytes, helpOffset, helpOffset + helpLength));
    }
}
