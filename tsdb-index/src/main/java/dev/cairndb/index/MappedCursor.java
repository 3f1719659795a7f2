package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MappedFile;
import java.util.Arrays;

/**
 * A read position in a range of a mapped file of any size, with a buffer in between. Every read is checked against the
 * range. Not thread-safe; meant to be put on another range again and again.
 */
final class MappedCursor {
    private static final int VARINT_SIZE_BYTES_MAX = 10;
    private static final int BUFFER_SIZE_BYTES_MAX = Integer.MAX_VALUE - 16;
    /** So much is read at once by who reads on and on. */
    private static final int WINDOW_SIZE_BYTES_MAX = 1 << 14;

    private final String file;
    private final MappedFile mapped;
    private byte[] buffer;
    /** Where in the file {@code buffer[0]} lies. */
    private long windowStart;

    private int windowSize;
    private final int windowSizeAtFirst;
    private int windowSizeNext;
    private int at;
    private long end;

    MappedCursor(String file, MappedFile mapped, int bufferSizeBytes) {
        this.file = file;
        this.mapped = mapped;
        windowSizeAtFirst = Math.max(bufferSizeBytes, 2 * VARINT_SIZE_BYTES_MAX);
        windowSizeNext = windowSizeAtFirst;
        buffer = new byte[windowSizeAtFirst];
    }

    /** Goes to {@code start}; nothing from {@code rangeEnd} on is read. Both lie in the file. */
    MappedCursor range(long start, long rangeEnd) {
        long inWindow = start - windowStart;
        if (inWindow >= 0 && inWindow <= windowSize && windowStart + windowSize <= rangeEnd) {
            at = (int) inWindow;
        } else {
            windowStart = start;
            windowSize = 0;
            windowSizeNext = windowSizeAtFirst;
            at = 0;
        }
        end = rangeEnd;
        return this;
    }

    long position() {
        return windowStart + at;
    }

    long remaining() {
        return end - position();
    }

    byte[] array() {
        return buffer;
    }

    int readInt() throws CorruptionException {
        int index = take(Integer.BYTES);
        return BigEndian.getInt(buffer, index);
    }

    long readUnsignedInt() throws CorruptionException {
        return readInt() & 0xFFFFFFFFL;
    }

    long readUvarint() throws CorruptionException {
        if (windowSize - at < VARINT_SIZE_BYTES_MAX) {
            need((int) Math.min(VARINT_SIZE_BYTES_MAX, remaining()));
        }
        int stop = windowSize;
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at >= stop) {
                throw corrupt("a whole varint", "the end");
            }
            byte b = buffer[at++];
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                if (shift == 63 && b > 1) {
                    throw corrupt("a varint of 64 bits", "more");
                }
                return value;
            }
        }
        throw corrupt("a varint of at most " + VARINT_SIZE_BYTES_MAX + " bytes", "a longer one");
    }

    /** Reads a length or count that must not be larger than {@code max}. */
    int readUvarintInt(long max) throws CorruptionException {
        long value = readUvarint();
        if (value < 0 || value > Math.min(max, BUFFER_SIZE_BYTES_MAX)) {
            throw corrupt("at most " + max, Long.toUnsignedString(value));
        }
        return (int) value;
    }

    /** Reads the length in front of a string that must end in the range. */
    int readStringLength() throws CorruptionException {
        return readUvarintInt(remaining());
    }

    /** Steps over bytes after making them whole in {@link #array()}; returns the index of the first. */
    int take(int count) throws CorruptionException {
        need(count);
        at += count;
        return at - count;
    }

    /** As {@link #take}; reading a varint behind it will not move the bytes. */
    int takeKeeping(int count) throws CorruptionException {
        need(count);
        need((int) Math.min(Math.min((long) count + VARINT_SIZE_BYTES_MAX, remaining()), BUFFER_SIZE_BYTES_MAX));
        return take(count);
    }

    /** How many bytes from {@link #index} on are in {@link #array()}: at least so many, if the range has them. */
    int ahead(int wanted) throws CorruptionException {
        if (windowSize - at < wanted) {
            need((int) Math.min(wanted, remaining()));
        }
        return windowSize - at;
    }

    /** Where in {@link #array()} the position is. */
    int index() {
        return at;
    }

    /** Steps over bytes that are {@link #ahead}. */
    void advance(int count) {
        at += count;
    }

    void skip(long count) throws CorruptionException {
        if (count < 0 || count > remaining()) {
            throw corrupt(count + " more bytes", remaining() + " bytes");
        }
        if (count <= windowSize - at) {
            at += (int) count;
        } else {
            windowStart = position() + count;
            windowSize = 0;
            at = 0;
        }
    }

    CorruptionException corrupt(String expected, String found) {
        return new CorruptionException(file, position(), expected, found);
    }

    private void need(int count) throws CorruptionException {
        if (count <= windowSize - at && count >= 0) {
            return;
        }
        long remaining = remaining();
        if (count < 0 || count > remaining) {
            throw corrupt(count + " more bytes", remaining + " bytes");
        }
        int kept = windowSize - at;
        byte[] old = buffer;
        int wanted = Math.max(count, windowSizeNext);
        if (wanted > buffer.length) {
            buffer = new byte[Math.max(wanted, (int) Math.min(2L * buffer.length, BUFFER_SIZE_BYTES_MAX))];
        }
        System.arraycopy(old, at, buffer, 0, kept);
        windowStart += at;
        at = 0;
        windowSize = (int) Math.min(wanted, remaining);
        mapped.get(windowStart + kept, buffer, kept, windowSize - kept);
        windowSizeNext = Math.max(windowSizeAtFirst, Math.min(2 * windowSizeNext, WINDOW_SIZE_BYTES_MAX));
    }

    /** A copy of what {@link #take} has just made whole. */
    byte[] copy(int index, int length) {
        return Arrays.copyOfRange(buffer, index, index + length);
    }
}
