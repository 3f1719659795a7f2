package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;
import dev.cairndb.remote.MalformedRequestException.Layer;

/**
 * A position in a protobuf message, with the checks of the decoder that Prometheus uses: field numbers are taken as 32
 * bits and must be positive, the last bits of a ten byte varint are dropped, a longer one is refused; an unknown group
 * may hold anything and be closed by any end, at any depth. Not thread-safe.
 *
 * <p>The ends of nested messages are arguments, since the caller has them at hand; each is checked against the one
 * around it by {@link #length}.
 */
final class WireReader {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int START_GROUP = 3;
    static final int END_GROUP = 4;
    static final int FIXED32 = 5;

    /** Stands for field numbers over {@link #FIELD_MAX}: nobody here knows one of them. */
    private static final int FIELD_MAX = 1 << 20;

    private byte[] bytes = new byte[0];
    private int start;
    private int position;

    /** @param offset where the outermost message starts; offsets in errors are counted from here */
    void reset(byte[] source, int offset) {
        bytes = source;
        start = offset;
        position = offset;
    }

    int position() {
        return position;
    }

    void position(int newPosition) {
        position = newPosition;
    }

    /** Reads a tag and returns it as field number times 8 plus wire type. */
    int tag(int end, String message) throws MalformedRequestException {
        int at = position;
        if (at < end) {
            byte b = bytes[at];
            if (b >= 1 << 3 && (b & 7) != END_GROUP) {
                position = at + 1;
                return b;
            }
        }
        long wire = varint(end);
        int type = (int) wire & 7;
        int field = (int) (wire >>> 3);
        if (type == END_GROUP) {
            throw malformed(at, "end of a group that was not opened in " + message);
        }
        if (field <= 0) {
            throw malformed(at, "field number " + field + " in " + message);
        }
        return Math.min(field, FIELD_MAX) << 3 | type;
    }

    long varint(int end) throws MalformedRequestException {
        int at = position;
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at >= end) {
                throw malformed(position, "end of message inside a varint");
            }
            byte b = bytes[at++];
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                position = at;
                return value;
            }
        }
        throw malformed(position, "varint of more than 10 bytes");
    }

    /** Reads a {@code sint32}; what a varint has above 32 bits is dropped. */
    int zigzag32(int end) throws MalformedRequestException {
        int raw = (int) varint(end);
        return raw >>> 1 ^ -(raw & 1);
    }

    /** Reads a {@code sint64}. */
    long zigzag64(int end) throws MalformedRequestException {
        long raw = varint(end);
        return raw >>> 1 ^ -(raw & 1);
    }

    /** Reads the length of a string or message that must end before {@code end}. */
    int length(int end) throws MalformedRequestException {
        int at = position;
        if (at < end) {
            byte b = bytes[at];
            if (b >= 0 && b < end - at) {
                position = at + 1;
                return b;
            }
        }
        long length = varint(end);
        if (length < 0 || length > end - position) {
            throw malformed(
                    at, "length " + Long.toUnsignedString(length) + " with " + (end - position) + " bytes left");
        }
        return (int) length;
    }

    long fixed64(int end) throws MalformedRequestException {
        advance(8, end);
        return Long.reverseBytes(BigEndian.getLong(bytes, position - 8));
    }

    /** Steps over the value of a field nobody asked for. */
    void skip(int wireType, int end) throws MalformedRequestException {
        int depth = 0;
        int type = wireType;
        while (true) {
            switch (type) {
                case VARINT -> varint(end);
                case FIXED64 -> advance(8, end);
                case BYTES -> advance(length(end), end);
                case START_GROUP -> depth++;
                case END_GROUP -> depth--;
                case FIXED32 -> advance(4, end);
                default -> throw malformed(position, "wire type " + type);
            }
            if (depth == 0) {
                return;
            }
            if (position >= end) {
                throw malformed(position, depth + " groups not closed");
            }
            type = (int) varint(end) & 7;
        }
    }

    /** Reads the length of a nested message and returns where it ends. */
    int messageEnd(int end) throws MalformedRequestException {
        return length(end) + position;
    }

    /** Steps over a list of varints, its length included, and returns how many there were. */
    int skipVarints(int end) throws MalformedRequestException {
        int listEnd = messageEnd(end);
        int count = 0;
        while (position < listEnd) {
            varint(listEnd);
            count++;
        }
        return count;
    }

    /** As {@link #skipVarints} for a list of numbers of 8 bytes. */
    int skipFixed64s(int end) throws MalformedRequestException {
        int listEnd = messageEnd(end);
        int count = 0;
        while (position < listEnd) {
            advance(8, listEnd);
            count++;
        }
        return count;
    }

    /**
     * Steps over a field that nobody asked for. One that is known got here because it is not of the one type it may
     * have, and is refused.
     *
     * @param knownFields a bit for each number of a field the message has
     */
    void skipUnknown(int tag, int tagPosition, int knownFields, int end, String message)
            throws MalformedRequestException {
        int field = tag >>> 3;
        if (field < Integer.SIZE && (knownFields >>> field & 1) != 0) {
            throw wrongType(tag, tagPosition, message);
        }
        skip(tag & 7, end);
    }

    MalformedRequestException wrongType(int tag, int tagPosition, String message) {
        return malformed(tagPosition, "wire type " + (tag & 7) + " of field " + (tag >>> 3) + " in " + message);
    }

    MalformedRequestException malformed(int at, String problem) {
        return new MalformedRequestException(Layer.PROTOBUF, at - start, problem);
    }

    private void advance(int count, int end) throws MalformedRequestException {
        if (end - position < count) {
            throw malformed(position, "end of message, " + count + " bytes wanted, " + (end - position) + " left");
        }
        position += count;
    }
}
