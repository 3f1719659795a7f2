package dev.cairndb.interop;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Protobuf, as far as the messages of Thanos need it: written field by field, and read into fields. */
final class ProtoMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtoMessage number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    ProtoMessage text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtoMessage message(int field, ProtoMessage value) {
        return bytes(field, value.toBytes());
    }

    private ProtoMessage bytes(int field, byte[] value) {
        varint((long) field << 3 | BYTES);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7FL) != 0) {
            out.write((int) (left & 0x7F | 0x80));
            left >>>= 7;
        }
        out.write((int) left);
    }

    /** Puts the fields of another message behind those that are here. */
    ProtoMessage and(ProtoMessage more) {
        out.writeBytes(more.toBytes());
        return this;
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    /** A field that was read; {@code bytes} is empty for a number. */
    record Field(int number, long value, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    static List<Field> read(byte[] message) {
        List<Field> fields = new ArrayList<>();
        int[] at = {0};
        while (at[0] < message.length) {
            long tag = readVarint(message, at);
            int number = (int) (tag >>> 3);
            int type = (int) tag & 7;
            if (type == VARINT) {
                fields.add(new Field(number, readVarint(message, at), new byte[0]));
            } else if (type == BYTES) {
                int length = (int) readVarint(message, at);
                byte[] bytes = new byte[length];
                System.arraycopy(message, at[0], bytes, 0, length);
                at[0] += length;
                fields.add(new Field(number, 0, bytes));
            } else if (type == FIXED64) {
                fields.add(new Field(
                        number, ByteBuffer.wrap(message).order(LITTLE_ENDIAN).getLong(at[0]), new byte[0]));
                at[0] += Long.BYTES;
            } else {
                at[0] += Integer.BYTES;
            }
        }
        return fields;
    }

    private static long readVarint(byte[] bytes, int[] at) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = bytes[at[0]++];
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    /** Those of one number. */
    static List<Field> all(byte[] message, int number) {
        return read(message).stream().filter(field -> field.number() == number).toList();
    }
}
