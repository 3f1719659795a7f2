package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;

/** Compresses a record and frames what is smaller, the original or the result. Not thread-safe. */
final class RecordCompressor {
    private final SnappyCompressor snappy = new SnappyCompressor();
    private byte[] compressed = new byte[0];

    void frame(byte[] record, int offset, int length, LogCompression compression, RecordFramer target) {
        // A reader refuses to decompress more than that.
        if (compression == LogCompression.SNAPPY && length <= SegmentScanner.RECORD_SIZE_BYTES_MAX) {
            int compressedLength = compress(record, offset, length);
            if (compressedLength < length) {
                target.add(compressed, 0, compressedLength, SegmentDescriptor.SNAPPY_BIT);
                return;
            }
        }
        target.add(record, offset, length, 0);
    }

    long capacityBytes() {
        return compressed.length;
    }

    private int compress(byte[] record, int offset, int length) {
        int room = Snappy.compressedSizeBytesMax(length);
        if (compressed.length < room) {
            compressed = new byte[Math.max(room, Math.min(2 * compressed.length, 1 << 20))];
        }
        return snappy.compress(record, offset, length, compressed, 0);
    }
}
