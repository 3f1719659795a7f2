package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/**
 * The folder with the headers of indexes, as a Thanos store gateway keeps them: one file in a folder for each block.
 * Stateless but for the disk.
 */
final class HeaderFolder {
    private static final String HEADER = "index-header";
    private static final String STAGED = HEADER + ".tmp";
    private static final Set<String> OURS = Set.of(HEADER, STAGED);

    private final Storage storage;
    private final Path folder;

    HeaderFolder(Storage storage, Path folder) {
        this.storage = storage;
        this.folder = folder;
    }

    /** The folder of a block. */
    Path of(Ulid block) {
        return folder.resolve(block.toString());
    }

    Path header(Ulid block) {
        return of(block).resolve(HEADER);
    }

    /** Where a header is written before it takes its place. */
    Path staged(Ulid block) {
        return of(block).resolve(STAGED);
    }

    /**
     * Deletes the headers of other blocks, also those from before this reader. A folder that has anything else in it is
     * none of these, whatever its name: it stays.
     *
     * @return how many could not be deleted
     */
    int deleteAllBut(Set<Ulid> blocks) throws IOException {
        int left = 0;
        for (String name : storage.list(folder)) {
            Ulid block = Ulid.tryParse(name);
            if (block != null && !blocks.contains(block) && !delete(folder.resolve(name))) {
                left++;
            }
        }
        return left;
    }

    private boolean delete(Path directory) {
        try {
            if (storage.isDirectory(directory) && OURS.containsAll(storage.list(directory))) {
                storage.deleteRecursively(directory);
            }
            return true;
        } catch (IOException e) {
            return false; // of no use any more, and tried again at the next look
        }
    }
}
