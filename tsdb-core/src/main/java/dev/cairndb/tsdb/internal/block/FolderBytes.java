package dev.cairndb.tsdb.internal.block;

import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** How many bytes the files of a store's folders have. */
public final class FolderBytes {
    private FolderBytes() {}

    /** A block's own files and those of its chunks, whatever else lies in its directory. */
    static long ofBlock(Storage storage, Path block) throws IOException {
        return ofFiles(storage, block) + ofFiles(storage, block.resolve(Block.CHUNKS));
    }

    private static long ofFiles(Storage storage, Path folder) throws IOException {
        long sum = 0;
        for (String name : storage.list(folder)) {
            Path file = folder.resolve(name);
            sum += storage.isDirectory(file) ? 0 : storage.size(file);
        }
        return sum;
    }

    /**
     * To show how far work on a folder is: its files and those of the folders in it (checkpoints, chunks), below which a
     * store has none. What cannot be seen counts as nothing.
     */
    public static long seen(Storage storage, Path folder) {
        return seen(storage, folder, true);
    }

    private static long seen(Storage storage, Path folder, boolean withFolders) {
        long sum = 0;
        try {
            for (String name : storage.list(folder)) {
                sum += seenAt(storage, folder.resolve(name), withFolders);
            }
        } catch (IOException e) {
            // Whoever reads it will say so.
        }
        return sum;
    }

    private static long seenAt(Storage storage, Path path, boolean withFolders) {
        try {
            if (!storage.isDirectory(path)) {
                return storage.size(path);
            }
            return withFolders ? seen(storage, path, false) : 0;
        } catch (IOException e) {
            // Or it was deleted by a store that is open.
            return 0;
        }
    }
}
