package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;
import java.nio.charset.StandardCharsets;

/**
 * Walks the fields of a protobuf message: {@link #next}, then one of the accessors for the field's value, or none to
 * step over it. Not thread-safe.
 */
final class ProtoReader {
    /** Of all lists in a message together; a router sends a part for each tenant that a sender has. */
    static final int ELEMENTS_MAX = 2_000;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final String name;
    private final ByteReader in;
    private int field;
    private int type;
    private boolean valueTaken = true;
    private int elements;

    /** @param name of the message, for errors */
    ProtoReader(String name, byte[] bytes, int offset, int length) {
        this.name = name;
        in = new ByteReader(name).reset(bytes, offset, length, offset);
    }

    ProtoReader(String name, byte[] bytes) {
        this(name, bytes, 0, bytes.length);
    }

    /** The number of the next field; 0 at the end. */
    int next() throws CorruptionException {
        if (!valueTaken) {
            skip();
        }
        if (in.remaining() == 0) {
            return 0;
        }
        long tag = in.readUvarint();
        type = (int) tag & 7;
        field = (int) (tag >>> 3);
        if (field <= 0) {
            throw in.corrupt("a field number", Long.toUnsignedString(tag >>> 3));
        }
        valueTaken = false;
        return field;
    }

    /** To be called for each element of what becomes a list, before it is read. */
    void countElement() throws CorruptionException {
        if (++elements > ELEMENTS_MAX) {
            throw in.corrupt("at most " + ELEMENTS_MAX + " elements in lists of " + name, "more");
        }
    }

    /** Where in the array the next byte is read. */
    int position() {
        return in.position();
    }

    long number() throws CorruptionException {
        require(VARINT);
        return in.readUvarint();
    }

    boolean flag() throws CorruptionException {
        return number() != 0;
    }

    long fixed64() throws CorruptionException {
        require(FIXED64);
        return Long.reverseBytes(in.readLong());
    }

    String text() throws CorruptionException {
        int length = length();
        return new String(in.array(), in.skip(length), length, StandardCharsets.UTF_8);
    }

    byte[] bytes() throws CorruptionException {
        int length = length();
        byte[] copy = new byte[length];
        System.arraycopy(in.array(), in.skip(length), copy, 0, length);
        return copy;
    }

    /** The message in this field. */
    ProtoReader message(String nameOfIt) throws CorruptionException {
        int length = length();
        return new ProtoReader(nameOfIt, in.array(), in.skip(length), length);
    }

    private int length() throws CorruptionException {
        require(BYTES);
        return in.readUvarintInt(in.remaining());
    }

    private void require(int expected) throws CorruptionException {
        if (type != expected) {
            throw in.corrupt("wire type " + expected + " of field " + field + " in " + name, "wire type " + type);
        }
        valueTaken = true;
    }

    /** Steps over the value of the field, so that {@link #position} is behind it. */
    void skip() throws CorruptionException {
        valueTaken = true;
        switch (type) {
            case VARINT -> in.readUvarint();
            case FIXED64 -> in.skip(Long.BYTES);
            case BYTES -> in.skip(in.readUvarintInt(in.remaining()));
            case FIXED32 -> in.skip(Integer.BYTES);
            default -> throw in.corrupt("a wire type of field " + field + " in " + name, "wire type " + type);
        }
    }
}
