package dev.cairndb.io;

import java.util.Objects;

/**
 * Reads Snappy's block format (the raw one: no stream framing). {@link SnappyCompressor} writes it. Thread-safe, keeps
 * no buffer. Whatever the input is, nothing outside the two given ranges is read or written.
 *
 * <p>A block is the uncompressed length as a varint, then elements. The low two bits of an element's first byte tell
 * its kind: 0 = literal bytes, 1..3 = copy of earlier output with the distance in 11, 16 or 32 bits.
 */
public final class Snappy {
    private static final int LITERAL_INLINE_MAX = 60;
    private static final int WORD = Long.BYTES;

    private Snappy() {}

    /** The most bytes that {@link SnappyCompressor} makes of {@code length} bytes. */
    public static int compressedSizeBytesMax(int length) {
        long max = 32L + length + length / 6;
        if (length < 0 || max > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("cannot compress a block of this length: found=" + length);
        }
        return (int) max;
    }

    /**
     * The length that a block says it has when decompressed. To be compared with a limit before a buffer of that size
     * is allocated.
     */
    public static int uncompressedSizeBytes(byte[] source, int offset, int length) throws MalformedSnappyException {
        Objects.checkFromIndexSize(offset, length, source.length);
        long value = 0;
        for (int i = 0; i < length && i < Varint.MAX_BYTES; i++) {
            byte b = source[offset + i];
            if (i >= 5 && (b & 0x7F) != 0) {
                break;
            }
            value |= i >= 5 ? 0 : (long) (b & 0x7F) << 7 * i;
            if (b >= 0) {
                return checkedSize(value);
            }
        }
        throw new MalformedSnappyException(0, "no length of at most 32 bits in front");
    }

    /**
     * Decompresses a whole block.
     *
     * @return the number of bytes written to {@code target} from {@code targetOffset}: what the block declared
     * @throws MalformedSnappyException if it is not one valid block, or one that needs more than {@code targetLength}
     *     bytes; the target range then holds undefined bytes
     */
    public static int decompress(
            byte[] source, int offset, int length, byte[] target, int targetOffset, int targetLength)
            throws MalformedSnappyException {
        Objects.checkFromIndexSize(targetOffset, targetLength, target.length);
        int size = uncompressedSizeBytes(source, offset, length);
        if (size > targetLength) {
            throw new MalformedSnappyException(0, "declared length " + size + " exceeds the room of " + targetLength);
        }
        int in = offset;
        while (source[in++] < 0) {
            // the length, which was checked to end
        }
        int out = targetOffset;
        int inEnd = offset + length;
        int outEnd = targetOffset + size;
        while (in < inEnd) {
            int tag = source[in] & 0xFF;
            int kind = tag & 3;
            if (kind == 0) {
                int count = (tag >>> 2) + 1;
                in++;
                if (count <= 2 * WORD && inEnd - in >= 2 * WORD && outEnd - out >= 2 * WORD) {
                    LittleEndian.putLong(target, out, LittleEndian.getLong(source, in));
                    LittleEndian.putLong(target, out + WORD, LittleEndian.getLong(source, in + WORD));
                } else {
                    if (count > LITERAL_INLINE_MAX) {
                        int extra = count - LITERAL_INLINE_MAX;
                        count = longLiteralSize(source, in, inEnd, extra, offset);
                        in += extra;
                    }
                    if (count > inEnd - in || count > outEnd - out) {
                        throw new MalformedSnappyException(in - offset, "literal of " + count + " bytes has no room");
                    }
                    System.arraycopy(source, in, target, out, count);
                }
                in += count;
                out += count;
                continue;
            }
            int need = kind == 3 ? 5 : kind + 1;
            if (inEnd - in < need) {
                throw new MalformedSnappyException(in - offset, "copy is cut off");
            }
            int count;
            int distance;
            if (kind == 1) {
                count = (tag >>> 2 & 7) + 4;
                distance = (tag & 0xE0) << 3 | source[in + 1] & 0xFF;
            } else {
                count = (tag >>> 2) + 1;
                distance =
                        kind == 2 ? LittleEndian.getUnsignedShort(source, in + 1) : LittleEndian.getInt(source, in + 1);
            }
            if (distance <= 0 || distance > out - targetOffset || count > outEnd - out) {
                throw new MalformedSnappyException(
                        in - offset, "copy of " + count + " bytes from a distance of " + (distance & 0xFFFFFFFFL));
            }
            copyWithin(target, out, distance, count, outEnd);
            in += need;
            out += count;
        }
        if (out != outEnd) {
            throw new MalformedSnappyException(
                    length, "ends after " + (out - targetOffset) + " of " + size + " declared bytes");
        }
        return size;
    }

    private static int checkedSize(long size) throws MalformedSnappyException {
        if (size > Integer.MAX_VALUE) {
            throw new MalformedSnappyException(0, "declared length " + size + " exceeds " + Integer.MAX_VALUE);
        }
        return (int) size;
    }

    private static int longLiteralSize(byte[] source, int in, int inEnd, int extra, int offset)
            throws MalformedSnappyException {
        if (inEnd - in < extra) {
            throw new MalformedSnappyException(in - offset, "literal is cut off");
        }
        long count = 0;
        for (int i = 0; i < extra; i++) {
            count |= (source[in + i] & 0xFFL) << 8 * i;
        }
        if (count >= Integer.MAX_VALUE) {
            throw new MalformedSnappyException(in - offset, "literal of " + (count + 1) + " bytes has no room");
        }
        return (int) count + 1;
    }

    /**
     * Repeats output. Words are copied as long as they stay in front of {@code outEnd}, also over the end of this copy:
     * the elements behind it overwrite what is too much.
     */
    private static void copyWithin(byte[] target, int out, int distance, int count, int outEnd) {
        int end = out + count;
        if (outEnd - end < WORD) {
            for (int to = out; to < end; to++) {
                target[to] = target[to - distance];
            }
            return;
        }
        int to = out;
        int step = distance;
        if (distance < WORD) {
            // Write one word bytewise, then go on with words from a multiple of the distance that is at least a word.
            for (; to < out + WORD; to++) {
                target[to] = target[to - distance];
            }
            step = distance * ((WORD + distance - 1) / distance);
        }
        for (; to < end; to += WORD) {
            LittleEndian.putLong(target, to, LittleEndian.getLong(target, to - step));
        }
    }
}
