package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.ReadFile;
import java.io.IOException;

/** Reads the frames of a {@link FrameWriter} between two places of a file, each with its checksum. Not thread-safe. */
final class FrameReader {
    /** What an array holds, with the checksum. */
    private static final int FRAME_BYTES_MAX = Integer.MAX_VALUE - 64;

    private final String name;
    private final ReadFile file;
    private final ByteReader entries;
    private final long end;
    private long at;
    private byte[] frame = new byte[0];

    FrameReader(String name, ReadFile file, long from, long to) {
        this.name = name;
        this.file = file;
        entries = new ByteReader(name);
        at = from;
        end = to;
    }

    /**
     * Whether there is another entry to read from {@link #entries}: the next frame is taken once all of the last one
     * was read.
     */
    boolean next() throws IOException {
        if (entries.remaining() > 0) {
            return true;
        }
        if (at == end) {
            return false;
        }
        byte[] prefix = new byte[Integer.BYTES];
        long rest = Math.min(FRAME_BYTES_MAX, end - at - 2 * Integer.BYTES);
        int length =
                rest <= 0 || file.read(at, prefix, 0, prefix.length) < prefix.length ? 0 : BigEndian.getInt(prefix, 0);
        if (length <= 0 || length > rest) {
            String expected = "a frame in " + (end - at) + " bytes";
            throw new CorruptionException(name, at, expected, "one of " + length + " bytes");
        }
        if (frame.length < length + Integer.BYTES) {
            frame = new byte[length + Integer.BYTES];
        }
        long start = at + Integer.BYTES;
        int read = file.read(start, frame, 0, length + Integer.BYTES);
        int crc = read < length + Integer.BYTES ? 0 : Crc32c.of(frame, 0, length);
        if (read < length + Integer.BYTES || crc != BigEndian.getInt(frame, length)) {
            throw new CorruptionException(name, start, "a frame with its checksum", "another one");
        }
        entries.reset(frame, 0, length, start);
        at = start + length + Integer.BYTES;
        return true;
    }

    /** What is left of the frame. */
    ByteReader entries() {
        return entries;
    }
}
