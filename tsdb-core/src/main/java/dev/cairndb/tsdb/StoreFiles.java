package dev.cairndb.tsdb;

import java.nio.file.Path;

/** Where the parts of a store lie: Prometheus' names, and our own for the lock. */
record StoreFiles(Path directory) {
    Path wal() {
        return directory.resolve("wal");
    }

    /** The log of late samples. */
    Path wbl() {
        return directory.resolve("wbl");
    }

    Path chunksHead() {
        return directory.resolve("chunks_head");
    }

    Path lock() {
        return directory.resolve("cairn.lock");
    }
}
