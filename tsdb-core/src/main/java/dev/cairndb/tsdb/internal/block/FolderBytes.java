package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** How many bytes the files in a folder have, and in those below it. */
public final class FolderBytes {
    private FolderBytes() {}

    /** What goes away meanwhile counts as nothing. */
    public static long of(Storage storage, Path folder) throws IOException {
        long sum = 0;
        for (String name : storage.list(folder)) {
            Path path = folder.resolve(name);
            try {
                sum += storage.isDirectory(path) ? of(storage, path) : storage.size(path);
            } catch (NoSuchFileException e) {
                // Deleted by a store that is open.
            }
        }
        return sum;
    }
}
