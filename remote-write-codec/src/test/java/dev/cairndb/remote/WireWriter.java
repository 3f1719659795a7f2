package dev.cairndb.remote;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes protobuf fields one by one, for messages made by hand. */
final class WireWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static WireWriter message() {
        return new WireWriter();
    }

    static WireWriter label(String name, String value) {
        return message().bytes(1, name).bytes(2, value);
    }

    static WireWriter sample(long timestampMillis, double value) {
        return message().fixed64(1, Double.doubleToRawLongBits(value)).integer(2, timestampMillis);
    }

    WireWriter message(int field, WireWriter content) {
        return bytes(field, content.toByteArray());
    }

    WireWriter bytes(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    WireWriter bytes(int field, byte[] content) {
        varint((long) field << 3 | 2);
        varint(content.length);
        out.writeBytes(content);
        return this;
    }

    WireWriter integer(int field, long value) {
        varint((long) field << 3);
        return varint(value);
    }

    WireWriter fixed64(int field, long value) {
        varint((long) field << 3 | 1);
        for (int i = 0; i < 8; i++) {
            out.write((int) (value >>> 8 * i));
        }
        return this;
    }

    WireWriter varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
