package dev.cairndb.remote;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;

/**
 * Writes protobuf fields as Go does: zero is not written, lengths are in their shortest form. Tags are of one byte, but
 * where their name says otherwise; what comes out negative as an integer takes ten bytes.
 */
final class ProtoFields {
    private ProtoFields() {}

    /** Size of a varint field with its tag. */
    static int sizeOfInteger(long value) {
        return value == 0 ? 0 : 1 + Varint.sizeOfUvarint(value);
    }

    static void putInteger(ByteWriter out, int tag, long value) {
        if (value != 0) {
            out.putByte(tag);
            out.putUvarint(value);
        }
    }

    static int sizeOfFixed64(long bits) {
        return bits == 0 ? 0 : 9;
    }

    static void putFixed64(ByteWriter out, int tag, long bits) {
        if (bits != 0) {
            out.putByte(tag);
            out.putLong(Long.reverseBytes(bits));
        }
    }

    /** Size of a field with a length in front, with tag and length, also if it is empty. */
    static int sizeOfBytes(int length) {
        return 1 + Varint.sizeOfUvarint(length) + length;
    }

    static void putBytes(ByteWriter out, int tag, byte[] source, int offset, int length) {
        out.putByte(tag);
        out.putUvarint(length);
        out.putBytes(source, offset, length);
    }

    static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }
}
