package dev.cairndb.tsdb;

import java.util.Locale;

/** The kinds of files in a store's directory, as reports of damage tell them apart. */
public enum FileKind {
    WAL,
    CHECKPOINT,
    /** The log of late samples. */
    WBL,
    CHUNKS_HEAD,
    CHUNK_SNAPSHOT,
    /** A block as a whole, or its chunk files. */
    BLOCK,
    INDEX,
    META,
    TOMBSTONES,
    /** Anything else: what was shipped, for example. */
    OTHER;

    /** The name in reports and metrics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
