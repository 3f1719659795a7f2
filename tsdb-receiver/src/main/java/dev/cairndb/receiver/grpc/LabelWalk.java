package dev.cairndb.receiver.grpc;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/** A position in packed labels. Not thread-safe. */
final class LabelWalk {
    private byte[] packed = {};
    private int end;
    private int at;
    private int nameOffset;
    private int nameLength;
    private int valueOffset;
    private int valueLength;

    /** Stands before the first label. */
    LabelWalk reset(byte[] labels, int length) {
        packed = labels;
        end = length;
        valueOffset = 0;
        valueLength = 0;
        return this;
    }

    boolean next() {
        at = valueOffset + valueLength;
        if (at >= end) {
            return false;
        }
        nameLength = (int) Varint.readUvarintInt(packed, at);
        nameOffset = at + Varint.sizeOfUvarint(nameLength);
        int valueAt = nameOffset + nameLength;
        valueLength = (int) Varint.readUvarintInt(packed, valueAt);
        valueOffset = valueAt + Varint.sizeOfUvarint(valueLength);
        return true;
    }

    int compareNames(LabelWalk other) {
        return Arrays.compareUnsigned(
                packed,
                nameOffset,
                nameOffset + nameLength,
                other.packed,
                other.nameOffset,
                other.nameOffset + other.nameLength);
    }

    boolean isNamedAs(byte[][] names) {
        for (byte[] name : names) {
            if (Arrays.equals(packed, nameOffset, nameOffset + nameLength, name, 0, name.length)) {
                return true;
            }
        }
        return false;
    }

    /** Appends the label as it is packed. */
    void copyTo(ByteWriter target) {
        target.putBytes(packed, at, valueOffset + valueLength - at);
    }

    /** Appends name and value, each followed by a byte that neither has in it. */
    void separatedTo(ByteWriter target) {
        target.putBytes(packed, nameOffset, nameLength);
        target.putByte(0xFF);
        target.putBytes(packed, valueOffset, valueLength);
        target.putByte(0xFF);
    }

    /** Size of a {@code thanos.Label}. */
    int messageSize() {
        return ProtoWriter.sizeOfBytes(nameLength) + ProtoWriter.sizeOfBytes(valueLength);
    }

    /** Appends a {@code thanos.Label} as a field; returns the size of the message without the field's tag. */
    int putMessage(ByteWriter target, int field) {
        int size = messageSize();
        ProtoWriter.start(target, field, size);
        ProtoWriter.bytes(target, 1, packed, nameOffset, nameLength);
        ProtoWriter.bytes(target, 2, packed, valueOffset, valueLength);
        return size;
    }

    static byte[][] namesOf(Collection<String> names) {
        return names.stream().map(name -> name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    }
}
