package dev.cairndb.remote;

/** How a body is compressed: a Content-Encoding. */
public enum RemoteWriteCompression {
    /** The message as it is. */
    NONE,
    /** One block of snappy, which is what both versions prescribe. */
    SNAPPY,
    /** Frames of Zstandard, as agents of VictoriaMetrics send them. Needs {@code com.github.luben:zstd-jni}. */
    ZSTD
}
