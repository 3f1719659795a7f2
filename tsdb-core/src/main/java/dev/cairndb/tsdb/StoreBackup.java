package dev.cairndb.tsdb;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Clock;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Tombstones;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;

/**
 * Copies a store into a directory that a store and Prometheus open: as {@link TsdbAdmin#backup}. No block of the store
 * is deleted meanwhile, or it fails because a file is gone.
 */
final class StoreBackup {
    private static final String STAGING_SUFFIX = ".tmp-for-backup";
    private static final String FIRST_SEGMENT = "00000000";

    private final Store store;
    private final Storage storage;
    private final Clock clock;

    /** @param storage where the store's files are read and the copy is written */
    StoreBackup(Store store, Storage storage, Clock clock) {
        this.store = store;
        this.storage = storage;
        this.clock = clock;
    }

    void write(Path target) throws IOException {
        Path directory = target.toAbsolutePath().normalize();
        Path parent = directory.getParent();
        if (parent == null || storage.exists(directory)) {
            throw new FileAlreadyExistsException(
                    directory.toString(), null, "a backup makes a directory of its own; name one that is not there");
        }
        Path staged = directory.resolveSibling(directory.getFileName() + STAGING_SUFFIX);
        removeStaged(staged);
        boolean complete = false;
        try {
            storage.createDirectories(staged);
            for (Block block : store.view().blocks()) {
                copy(block, staged);
            }
            List<BlockMeta> unused = HeadBlocks.write(store, new SeriesBlockWriter(storage, staged, clock));
            beginLog(new StoreFiles(staged).wal());
            storage.syncDirectory(staged);
            storage.rename(staged, directory);
            complete = true;
            storage.syncDirectory(parent);
        } finally {
            if (!complete) {
                removeStaged(staged);
            }
        }
    }

    private void removeStaged(Path staged) throws IOException {
        if (storage.exists(staged)) {
            storage.deleteRecursively(staged);
        }
    }

    /** With a segment without a record: promtool opens no directory without a log, and no log without a segment. */
    private void beginLog(Path log) throws IOException {
        storage.createDirectories(log);
        try (AppendFile segment = storage.create(log.resolve(FIRST_SEGMENT))) {
            segment.sync();
        }
        storage.syncDirectory(log);
    }

    /**
     * A block is renamed before it is deleted: if its meta.json is there at the end, all the rest was at the beginning.
     */
    private void copy(Block block, Path staged) throws IOException {
        Path source = block.directory();
        Path target = staged.resolve(block.ulid().toString());
        Path chunks = target.resolve(Block.CHUNKS);
        storage.createDirectories(chunks);
        for (String name : storage.list(source.resolve(Block.CHUNKS))) {
            storage.link(source.resolve(Block.CHUNKS).resolve(name), chunks.resolve(name));
        }
        storage.link(source.resolve(Block.INDEX), target.resolve(Block.INDEX));
        if (storage.exists(source.resolve(Tombstones.FILE_NAME))) {
            storage.link(source.resolve(Tombstones.FILE_NAME), target.resolve(Tombstones.FILE_NAME));
        }
        storage.link(source.resolve(BlockMeta.FILE_NAME), target.resolve(BlockMeta.FILE_NAME));
        storage.syncDirectory(chunks);
        storage.syncDirectory(target);
    }
}
