package dev.cairndb.io;

import java.util.Arrays;
import java.util.Objects;

/**
 * Writes Snappy's block format, which {@link Snappy} and every other implementation read. Owns a hash table of 32 KiB
 * and makes no garbage; meant to be kept. Not thread-safe. The output for an input does not depend on what was
 * compressed before.
 */
public final class SnappyCompressor {
    /** Input is taken in pieces of this size, so that a distance always fits into 16 bits. */
    private static final int BLOCK_SIZE_BYTES = 1 << 16;

    private static final int TABLE_BITS_MIN = 8;
    private static final int TABLE_BITS_MAX = 14;

    /** No match is looked for in the last bytes of a block: words can be read there without a check. */
    private static final int TAIL_BYTES = 15;

    private static final int HASH_MULTIPLIER = 0x9E3779B1;
    private static final int COPY_SIZE_BYTES_MAX = 64;

    private static final byte[] NONE = {};

    private final char[] positionByHash = new char[1 << TABLE_BITS_MAX];
    private byte[] target = NONE;
    private int targetEnd;
    private int at;

    /**
     * Compresses a range into a whole block.
     *
     * @param output with room for {@link Snappy#compressedSizeBytesMax} bytes behind {@code outputOffset}; all of that
     *     room may be written to
     * @return the number of bytes the block has
     */
    public int compress(byte[] source, int offset, int length, byte[] output, int outputOffset) {
        Objects.checkFromIndexSize(offset, length, source.length);
        int room = Snappy.compressedSizeBytesMax(length);
        Objects.checkFromIndexSize(outputOffset, room, output.length);
        target = output;
        targetEnd = outputOffset + room;
        at = Varint.putUvarint(output, outputOffset, length);
        int end = offset + length;
        for (int from = offset; from < end; from += BLOCK_SIZE_BYTES) {
            int blockEnd = from + Math.min(BLOCK_SIZE_BYTES, end - from);
            int rest = from;
            if (blockEnd - from > TAIL_BYTES + 1) {
                rest = putMatches(source, from, blockEnd);
            }
            if (rest < blockEnd) {
                putLiteral(source, rest, blockEnd - rest, blockEnd);
            }
            if (blockEnd == end) {
                break;
            }
        }
        target = NONE;
        return at - outputOffset;
    }

    /** Writes a block up to its last match and returns where the bytes begin that are left. */
    private int putMatches(byte[] source, int from, int end) {
        int bits =
                Math.max(TABLE_BITS_MIN, Math.min(TABLE_BITS_MAX, 32 - Integer.numberOfLeadingZeros(end - from - 1)));
        char[] table = positionByHash;
        // An entry of 0 means the start of the block, which is a candidate as good as any.
        Arrays.fill(table, 0, 1 << bits, (char) 0);
        int shift = 32 - bits;
        int searchEnd = end - TAIL_BYTES;
        int literalFrom = from;
        int next = from + 1;
        while (true) {
            int in;
            int word;
            int candidate;
            // The longer nothing is found, the wider the steps: bytes that do not compress are passed quickly.
            int misses = 32;
            do {
                in = next;
                next = in + (misses++ >>> 5);
                if (next > searchEnd) {
                    return literalFrom;
                }
                word = LittleEndian.getInt(source, in);
                int slot = word * HASH_MULTIPLIER >>> shift;
                candidate = from + table[slot];
                table[slot] = (char) (in - from);
            } while (LittleEndian.getInt(source, candidate) != word);
            if (in > literalFrom) {
                putLiteral(source, literalFrom, in - literalFrom, end);
            }
            do {
                int matched = Integer.BYTES + matchingBytes(source, candidate + 4, in + 4, end);
                putCopy(in - candidate, matched);
                in += matched;
                literalFrom = in;
                if (in >= searchEnd) {
                    return literalFrom;
                }
                long words = LittleEndian.getLong(source, in - 1);
                table[(int) words * HASH_MULTIPLIER >>> shift] = (char) (in - 1 - from);
                word = (int) (words >>> 8);
                int slot = word * HASH_MULTIPLIER >>> shift;
                candidate = from + table[slot];
                table[slot] = (char) (in - from);
            } while (LittleEndian.getInt(source, candidate) == word);
            next = in + 1;
        }
    }

    private static int matchingBytes(byte[] source, int candidate, int in, int end) {
        int start = in;
        int a = candidate;
        int b = in;
        while (end - b >= Long.BYTES) {
            long difference = LittleEndian.getLong(source, a) ^ LittleEndian.getLong(source, b);
            if (difference != 0) {
                return b - start + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
            a += Long.BYTES;
            b += Long.BYTES;
        }
        while (b < end && source[a] == source[b]) {
            a++;
            b++;
        }
        return b - start;
    }

    private void putLiteral(byte[] source, int from, int count, int sourceEnd) {
        byte[] out = target;
        int last = count - 1;
        if (count <= 16 && sourceEnd - from >= 16 && targetEnd - at >= 17) {
            out[at] = (byte) (last << 2);
            LittleEndian.putLong(out, at + 1, LittleEndian.getLong(source, from));
            LittleEndian.putLong(out, at + 9, LittleEndian.getLong(source, from + 8));
            at += 1 + count;
            return;
        }
        if (last < 60) {
            out[at++] = (byte) (last << 2);
        } else if (last < 1 << 8) {
            out[at++] = (byte) (60 << 2);
            out[at++] = (byte) last;
        } else {
            out[at++] = (byte) (61 << 2);
            out[at++] = (byte) last;
            out[at++] = (byte) (last >>> 8);
        }
        System.arraycopy(source, from, out, at, count);
        at += count;
    }

    private void putCopy(int distance, int count) {
        int rest = count;
        // What is left after the longest copies must not be too short for a copy of its own.
        while (rest >= COPY_SIZE_BYTES_MAX + 4) {
            putLongCopy(distance, COPY_SIZE_BYTES_MAX);
            rest -= COPY_SIZE_BYTES_MAX;
        }
        if (rest > COPY_SIZE_BYTES_MAX) {
            putLongCopy(distance, COPY_SIZE_BYTES_MAX - 4);
            rest -= COPY_SIZE_BYTES_MAX - 4;
        }
        if (rest < 12 && distance < 1 << 11) {
            target[at++] = (byte) (distance >>> 8 << 5 | rest - 4 << 2 | 1);
            target[at++] = (byte) distance;
        } else {
            putLongCopy(distance, rest);
        }
    }

    private void putLongCopy(int distance, int count) {
        target[at++] = (byte) (count - 1 << 2 | 2);
        target[at++] = (byte) distance;
        target[at++] = (byte) (distance >>> 8);
    }
}
