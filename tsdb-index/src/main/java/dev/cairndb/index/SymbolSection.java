package dev.cairndb.index;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MappedFile;
import java.util.Arrays;

/**
 * The strings of an index file, in byte order and numbered from 0. The file stays mapped; in memory is where every 32nd
 * string starts. Immutable, thread-safe; a {@link Cursor} is not.
 */
final class SymbolSection {
    /** About as much as lies between two samples. */
    private static final int CURSOR_BUFFER_BYTES = 1024;

    private static final int SCAN_BUFFER_BYTES = 1 << 16;

    private final String file;
    private final MappedFile mapped;
    private final long start;
    private final long end;
    private final int count;
    /** Offsets from {@link #start}, unsigned; may be longer than needed. */
    private final int[] samples;

    SymbolSection(String file, MappedFile mapped, long start, long end, int count, int[] samples) {
        this.file = file;
        this.mapped = mapped;
        this.start = start;
        this.end = end;
        this.count = count;
        this.samples = samples;
    }

    /** Reads and checks the whole section: length, checksum, order. */
    static SymbolSection read(String file, MappedFile mapped, long offset, long fileEnd) throws CorruptionException {
        MappedCursor cursor = IndexSections.open(file, mapped, offset, fileEnd, SCAN_BUFFER_BYTES);
        long wanted = cursor.readUnsignedInt();
        // Each string takes a byte at least.
        if (wanted > Math.min(cursor.remaining(), Integer.MAX_VALUE - 16)) {
            throw cursor.corrupt("a symbol count that fits into the section", String.valueOf(wanted));
        }
        int count = (int) wanted;
        long start = cursor.position();
        long end = start + cursor.remaining();
        int[] samples = new int[(count + IndexFormat.SAMPLE_EVERY - 1) / IndexFormat.SAMPLE_EVERY];
        byte[] last = new byte[64];
        int lastLength = -1;
        for (int i = 0; i < count; i++) {
            if (i % IndexFormat.SAMPLE_EVERY == 0) {
                samples[i / IndexFormat.SAMPLE_EVERY] = (int) (cursor.position() - start);
            }
            int length = cursor.readStringLength();
            int at = cursor.take(length);
            if (lastLength >= 0 && Arrays.compareUnsigned(last, 0, lastLength, cursor.array(), at, at + length) >= 0) {
                throw cursor.corrupt("symbols in ascending order", "another order at symbol " + i);
            }
            if (length > last.length) {
                last = new byte[Math.max(length, last.length * 2)];
            }
            System.arraycopy(cursor.array(), at, last, 0, length);
            lastLength = length;
        }
        if (cursor.remaining() > 0) {
            throw cursor.corrupt(count + " symbols and the end", cursor.remaining() + " bytes more");
        }
        return new SymbolSection(file, mapped, start, end, count, samples);
    }

    int count() {
        return count;
    }

    Cursor cursor() {
        return new Cursor();
    }

    /** Reads strings by number, fast if the next number is a little higher than the last. */
    final class Cursor {
        private final MappedCursor bytes = new MappedCursor(file, mapped, CURSOR_BUFFER_BYTES);
        private int next = -1;
        private int offset;
        private int length;

        /** Goes to a string, whose bytes {@link #array} has then. */
        void seek(int symbol) throws CorruptionException {
            if (symbol < 0 || symbol >= count) {
                throw bytes.corrupt("a symbol below " + count, String.valueOf(Integer.toUnsignedLong(symbol)));
            }
            if (next < 0 || symbol < next || symbol - next > IndexFormat.SAMPLE_EVERY) {
                next = symbol - symbol % IndexFormat.SAMPLE_EVERY;
                bytes.range(start + (samples[symbol / IndexFormat.SAMPLE_EVERY] & 0xFFFFFFFFL), end);
            }
            while (next < symbol) {
                bytes.skip(bytes.readStringLength());
                next++;
            }
            length = bytes.readStringLength();
            offset = bytes.take(length);
            next++;
        }

        byte[] array() {
            return bytes.array();
        }

        int offset() {
            return offset;
        }

        int length() {
            return length;
        }

        /** The number of a string, or -1. */
        int find(byte[] string, int from, int size) throws CorruptionException {
            int low = 0;
            int high = (count - 1) / IndexFormat.SAMPLE_EVERY;
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                seek(middle * IndexFormat.SAMPLE_EVERY);
                if (order(string, from, size) <= 0) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            int stop = Math.min(count, (low + 1) * IndexFormat.SAMPLE_EVERY);
            for (int symbol = low * IndexFormat.SAMPLE_EVERY; symbol < stop; symbol++) {
                seek(symbol);
                int order = order(string, from, size);
                if (order >= 0) {
                    return order == 0 ? symbol : -1;
                }
            }
            return -1;
        }

        private int order(byte[] string, int from, int size) {
            return Arrays.compareUnsigned(array(), offset, offset + length, string, from, from + size);
        }
    }
}
