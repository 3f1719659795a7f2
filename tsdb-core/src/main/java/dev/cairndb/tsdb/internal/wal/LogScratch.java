package dev.cairndb.tsdb.internal.wal;

/** What a log needs while it writes, and not between writes. */
final class LogScratch {
    private static final int INITIAL_SIZE_BYTES = 64 * 1024;

    final RecordFramer framer = new RecordFramer(INITIAL_SIZE_BYTES);
    final RecordCompressor compressor = new RecordCompressor();

    long capacityBytes() {
        return framer.array().length + compressor.capacityBytes();
    }
}
