package dev.cairndb.tsdb.internal.wal;

/** How records are compressed on writing. All kinds, and zstd, are always read. */
public enum LogCompression {
    NONE,
    SNAPPY
}
