package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import java.util.zip.CRC32C;

/**
 * Splits records into fragments of a segment's pages, in memory. It knows the position in the segment at which its
 * buffer will be written; taking records back is setting an earlier position. Not thread-safe.
 */
final class RecordFramer {
    private final CRC32C crc = new CRC32C();
    private final ByteWriter frames;
    private long start;

    RecordFramer(int initialCapacityBytes) {
        frames = new ByteWriter(initialCapacityBytes);
    }

    /** Empties the buffer; the next frame lies at {@code position} of its segment. */
    void reset(long position) {
        frames.clear();
        start = position;
    }

    /** Position in the segment behind the last frame. */
    long position() {
        return start + frames.size();
    }

    /** Takes back all frames behind {@code position}. */
    void rewind(long position) {
        frames.size((int) (position - start));
    }

    byte[] array() {
        return frames.array();
    }

    int size() {
        return frames.size();
    }

    /** @param payload the record as it is stored, compressed if {@code compressionBits} say so */
    void add(byte[] payload, int offset, int length, int compressionBits) {
        int at = offset;
        int rest = length;
        boolean first = true;
        do {
            int room = bytesLeftInPage() - SegmentDescriptor.HEADER_SIZE_BYTES;
            int part = Math.min(rest, room);
            putFragment(fragmentType(first, part == rest) | compressionBits, payload, at, part);
            at += part;
            rest -= part;
            first = false;
            if (bytesLeftInPage() < SegmentDescriptor.HEADER_SIZE_BYTES) {
                endPage();
            }
        } while (rest > 0);
    }

    /** Fills the page that was begun with zeros. */
    void endPage() {
        int left = bytesLeftInPage();
        if (left < SegmentDescriptor.PAGE_SIZE_BYTES) {
            int from = frames.size();
            frames.size(from + left);
            java.util.Arrays.fill(frames.array(), from, from + left, (byte) 0);
        }
    }

    private int bytesLeftInPage() {
        return SegmentDescriptor.PAGE_SIZE_BYTES - (int) (position() % SegmentDescriptor.PAGE_SIZE_BYTES);
    }

    private void putFragment(int type, byte[] payload, int offset, int length) {
        crc.reset();
        crc.update(payload, offset, length);
        int header = frames.size();
        frames.size(header + SegmentDescriptor.HEADER_SIZE_BYTES);
        byte[] bytes = frames.array();
        bytes[header] = (byte) type;
        BigEndian.putShort(bytes, header + SegmentDescriptor.LENGTH_OFFSET, length);
        BigEndian.putInt(bytes, header + SegmentDescriptor.CRC_OFFSET, (int) crc.getValue());
        frames.putBytes(payload, offset, length);
    }

    private static int fragmentType(boolean first, boolean last) {
        if (first) {
            return last ? SegmentDescriptor.FULL : SegmentDescriptor.FIRST;
        }
        return last ? SegmentDescriptor.LAST : SegmentDescriptor.MIDDLE;
    }
}
