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
    private static final int SHORT_LITERAL_BYTES_MAX = 2 * WORD;
    private static final int COPY_BYTES_MAX = 64;

    /**
     * What the first byte of a copy says, so that the kinds need no branches: 7 bits of count, from bit 8 by how much to
     * shift a mask for the distance that follows, from bit 13 the size of the element, from bit 16 the high bits of the
     * distance.
     */
    private static final int[] COPIES = copies();

    private Snappy() {}

    private static int[] copies() {
        int[] copies = new int[256];
        for (int tag = 0; tag < copies.length; tag++) {
            copies[tag] = switch (tag & 3) {
                case 1 -> (tag >>> 2 & 7) + 4 | 24 << 8 | 2 << 13 | tag >>> 5 << 8 + 16;
                case 2 -> (tag >>> 2) + 1 | 16 << 8 | 3 << 13;
                case 3 -> (tag >>> 2) + 1 | 5 << 13;
                default -> 0;
            };
        }
        return copies;
    }

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
            long position = decompressByWords(source, in, inEnd, target, targetOffset, out, outEnd);
            in = (int) (position >>> 32);
            out = (int) position;
            int tag = source[in] & 0xFF;
            int kind = tag & 3;
            if (kind == 0) {
                int count = (tag >>> 2) + 1;
                in++;
                if (count > LITERAL_INLINE_MAX) {
                    int extra = count - LITERAL_INLINE_MAX;
                    count = longLiteralSize(source, in, inEnd, extra, offset);
                    in += extra;
                }
                if (count > inEnd - in || count > outEnd - out) {
                    throw new MalformedSnappyException(in - offset, "literal of " + count + " bytes has no room");
                }
                System.arraycopy(source, in, target, out, count);
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
            for (int end = out + count; out < end; out++) {
                target[out] = target[out - distance];
            }
            in += need;
        }
        if (out != outEnd) {
            throw new MalformedSnappyException(
                    length, "ends after " + (out - targetOffset) + " of " + size + " declared bytes");
        }
        return size;
    }

    /**
     * Elements far from both ends, of which words are copied without a look at how many bytes of them count: the elements
     * behind overwrite what is too much. Stops in front of the last elements, and of those that are rare or wrong.
     *
     * @return where it stopped in the source, which is not its end, in the high half, and in the target in the low one
     */
    private static long decompressByWords(
            byte[] source, int from, int inEnd, byte[] target, int targetOffset, int to, int outEnd) {
        int in = from;
        int out = to;
        int inLast = inEnd - 1 - SHORT_LITERAL_BYTES_MAX;
        int outLast = outEnd - COPY_BYTES_MAX;
        while (in < inLast && out <= outLast) {
            int tag = source[in] & 0xFF;
            if ((tag & 3) == 0) {
                int count = (tag >>> 2) + 1;
                if (count > SHORT_LITERAL_BYTES_MAX) {
                    break;
                }
                LittleEndian.putLong(target, out, LittleEndian.getLong(source, in + 1));
                LittleEndian.putLong(target, out + WORD, LittleEndian.getLong(source, in + 1 + WORD));
                in += 1 + count;
                out += count;
                continue;
            }
            int copy = COPIES[tag];
            int distance = (LittleEndian.getInt(source, in + 1) & -1 >>> (copy >>> 8)) + (copy >>> 16);
            if (distance < WORD || distance > out - targetOffset) {
                break;
            }
            int count = copy & 0x7F;
            copyWords(target, out - distance, out);
            if (count > COPY_BYTES_MAX / 2) {
                copyWords(target, out - distance + COPY_BYTES_MAX / 2, out + COPY_BYTES_MAX / 2);
            }
            in += copy >>> 13 & 7;
            out += count;
        }
        return (long) in << 32 | out;
    }

    /** Four words, each after the one in front of it was written. */
    private static void copyWords(byte[] target, int from, int to) {
        LittleEndian.putLong(target, to, LittleEndian.getLong(target, from));
        LittleEndian.putLong(target, to + WORD, LittleEndian.getLong(target, from + WORD));
        LittleEndian.putLong(target, to + 2 * WORD, LittleEndian.getLong(target, from + 2 * WORD));
        LittleEndian.putLong(target, to + 3 * WORD, LittleEndian.getLong(target, from + 3 * WORD));
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
}
