package dev.cairndb.tsdb;

import dev.cairndb.chunks.HeadFileList;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    /** What is known of the files in {@link #chunksHead}. */
    Path headFileList() {
        return directory.resolve(HeadFileList.FILE_NAME);
    }

    Path lock() {
        return directory.resolve("cairn.lock");
    }

    /** Deletes what one who held the lock left behind; for whoever holds it now. */
    void deleteAllButLock(Storage storage) throws IOException {
        for (String name : storage.list(directory)) {
            Path path = directory.resolve(name);
            if (storage.isDirectory(path)) {
                storage.deleteRecursively(path);
            } else if (!path.equals(lock())) {
                storage.delete(path);
            }
        }
    }

    /** The folders of blocks, damaged ones among them. */
    List<Path> blocks(Storage storage) throws IOException {
        List<Path> blocks = new ArrayList<>();
        for (String name : storage.list(directory)) {
            Path block = directory.resolve(name);
            if (isBlockName(name) && storage.isDirectory(block)) {
                blocks.add(block);
            }
        }
        return blocks;
    }

    static boolean isBlockName(String name) {
        return Ulid.tryParse(name) != null;
    }

    static boolean isSnapshotName(String name) {
        return name.startsWith("chunk_snapshot.") && !name.endsWith(".tmp");
    }

    /** Throws if the directory is none of a store: a typing error must not look like an empty one. */
    void requireStore(Storage storage) throws IOException {
        if (!storage.isDirectory(directory)) {
            throw new NotDirectoryException(directory.toString());
        }
        boolean isStore =
                storage.isDirectory(wal()) || storage.list(directory).stream().anyMatch(StoreFiles::isBlockName);
        if (!isStore) {
            throw new IOException("not the directory of a store: found=no log and no block, directory=" + directory);
        }
    }

    /** Whether it is the name of a file in {@link #chunksHead}. */
    static boolean isHeadFileName(String name) {
        return name.length() >= 6 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The file that damage was found in. Records and messages are named by words: then it is {@code place}. */
    Path fileOf(Path place, IOException damage) {
        String name = null;
        if (damage instanceof CorruptionException corruption) {
            name = corruption.file();
        } else if (damage instanceof FormatVersionException version) {
            name = version.file();
        }
        return name != null && Path.of(name).startsWith(directory) ? Path.of(name) : place;
    }

    /** What a file or directory in this one is. */
    FileKind kindOf(Path file) {
        Path relative = file.startsWith(directory) ? directory.relativize(file) : file;
        String first = relative.getName(0).toString();
        if (first.equals("wal")) {
            boolean inCheckpoint = relative.getNameCount() > 1
                    && relative.getName(1).toString().startsWith("checkpoint.");
            return inCheckpoint ? FileKind.CHECKPOINT : FileKind.WAL;
        }
        if (first.equals("wbl")) {
            return FileKind.WBL;
        }
        if (first.equals("chunks_head")) {
            return FileKind.CHUNKS_HEAD;
        }
        if (first.startsWith("chunk_snapshot.")) {
            return FileKind.CHUNK_SNAPSHOT;
        }
        if (Ulid.tryParse(first) == null) {
            return FileKind.OTHER;
        }
        return switch (relative.getFileName().toString()) {
            case Block.INDEX -> FileKind.INDEX;
            case BlockMeta.FILE_NAME -> FileKind.META;
            case Tombstones.FILE_NAME -> FileKind.TOMBSTONES;
            default -> FileKind.BLOCK;
        };
    }
}
