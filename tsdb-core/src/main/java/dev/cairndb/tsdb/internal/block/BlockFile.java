package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** A small file of a block that is finished. */
final class BlockFile {
    private BlockFile() {}

    /** Puts bytes in the place of a file's: after a crash it has the old ones or these. They are durable at the end. */
    static void replace(Storage storage, Path directory, String name, byte[] bytes) throws IOException {
        // As Prometheus calls it, which passes over one that a crash has left.
        Path staged = directory.resolve(name + ".tmp");
        if (storage.exists(staged)) {
            storage.delete(staged);
        }
        try (AppendFile file = storage.create(staged)) {
            file.write(bytes, 0, bytes.length);
            file.sync();
        }
        storage.rename(staged, directory.resolve(name));
        storage.syncDirectory(directory);
    }
}
