package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;
import java.nio.charset.StandardCharsets;

/** Appends protobuf fields, with tags of one byte; zero is not written, as in Go. Stateless. */
final class ProtoWriter {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private ProtoWriter() {}

    static void number(ByteWriter out, int field, long value) {
        if (value != 0) {
            out.putByte(field << 3 | VARINT);
            out.putUvarint(value);
        }
    }

    static int sizeOfNumber(long value) {
        return value == 0 ? 0 : 1 + Varint.sizeOfUvarint(value);
    }

    static void flag(ByteWriter out, int field, boolean value) {
        number(out, field, value ? 1 : 0);
    }

    static void fixed64(ByteWriter out, int field, long bits) {
        if (bits != 0) {
            out.putByte(field << 3 | FIXED64);
            out.putLong(Long.reverseBytes(bits));
        }
    }

    /** A field with a length in front, which the caller appends the bytes of. */
    static void start(ByteWriter out, int field, int length) {
        out.putByte(field << 3 | BYTES);
        out.putUvarint(length);
    }

    /** Size of a field with a length in front, with its tag. */
    static int sizeOfBytes(int length) {
        return 1 + Varint.sizeOfUvarint(length) + length;
    }

    static void bytes(ByteWriter out, int field, byte[] source, int offset, int length) {
        start(out, field, length);
        out.putBytes(source, offset, length);
    }

    static void message(ByteWriter out, int field, ByteWriter message) {
        bytes(out, field, message.array(), 0, message.size());
    }

    static void text(ByteWriter out, int field, String text) {
        if (!text.isEmpty()) {
            element(out, field, text);
        }
    }

    /** An element of a list, which is written also if it is empty. */
    static void element(ByteWriter out, int field, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        bytes(out, field, utf8, 0, utf8.length);
    }
}
