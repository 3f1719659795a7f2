package dev.cairndb.remote;

import org.jspecify.annotations.Nullable;

/**
 * Reads version 1 labels into a {@link LabelTable}. Nearly all are in the form every sender writes: name, then value,
 * lengths under 128. {@link #plain} knows that form; what is not in it goes the general way, which decides alone
 * whether it is right. Not thread-safe.
 */
final class LabelReader {
    private static final String LABEL = "Label";
    private static final int LABEL_NAME = 1 << 3 | WireReader.BYTES;
    private static final int LABEL_VALUE = 2 << 3 | WireReader.BYTES;
    private static final int KNOWN_OF_LABEL = 1 << 1 | 1 << 2;

    private @Nullable WireReader ownReader;

    /** Reads the label that starts at the position of {@code in}, and goes to its end. */
    void read(WireReader in, byte[] bytes, int end, LabelTable target) throws MalformedRequestException {
        if (!plain(bytes, in.position(), end, target)) {
            general(in, end, target);
        }
        in.position(end);
    }

    /** Reads label fields of a series that were read before, and were good. */
    void readAgain(byte[] bytes, int from, int to, LabelTable target) {
        if (ownReader == null) {
            ownReader = new WireReader();
        }
        WireReader in = ownReader;
        in.reset(bytes, from);
        try {
            while (in.position() < to) {
                int unused = in.tag(to, LABEL);
                read(in, bytes, in.messageEnd(to), target);
            }
        } catch (MalformedRequestException e) {
            throw new IllegalStateException("these were good before", e);
        }
    }

    private static boolean plain(byte[] source, int start, int end, LabelTable target) {
        if (end - start < 4 || source[start] != LABEL_NAME) {
            return false;
        }
        int nameLength = source[start + 1];
        if (nameLength < 0 || nameLength > end - start - 4) {
            return false;
        }
        int valueField = start + 2 + nameLength;
        int valueLength = source[valueField + 1];
        if (source[valueField] != LABEL_VALUE || valueLength != end - valueField - 2) {
            return false;
        }
        target.add(start + 2, nameLength, valueField + 2, valueLength);
        return true;
    }

    private static void general(WireReader in, int end, LabelTable target) throws MalformedRequestException {
        int nameOffset = in.position();
        int nameLength = 0;
        int valueOffset = nameOffset;
        int valueLength = 0;
        while (in.position() < end) {
            int tagPosition = in.position();
            int tag = in.tag(end, LABEL);
            switch (tag) {
                case LABEL_NAME -> {
                    nameLength = in.length(end);
                    nameOffset = in.position();
                    in.position(nameOffset + nameLength);
                }
                case LABEL_VALUE -> {
                    valueLength = in.length(end);
                    valueOffset = in.position();
                    in.position(valueOffset + valueLength);
                }
                default -> in.skipUnknown(tag, tagPosition, KNOWN_OF_LABEL, end, LABEL);
            }
        }
        target.add(nameOffset, nameLength, valueOffset, valueLength);
    }
}
