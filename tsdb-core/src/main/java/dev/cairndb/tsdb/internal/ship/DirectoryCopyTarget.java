package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.tsdb.admin.BucketFinding;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A folder in a directory. Until the block is complete and on the disk the folder has a name that no store takes for a
 * block, and a file that is not complete has one that is not taken for the file.
 */
final class DirectoryCopyTarget implements CopyTarget {
    private static final String BEING_WRITTEN = ".tmp";
    private static final String LOG = "wal";
    private static final int COPY_BYTES = 1 << 20;

    private final Storage storage;
    private final Path directory;
    private final Path folder;
    private final Path unfinished;

    /** @throws IOException also if there is a log, of which a store drops what is older than the end of a block */
    DirectoryCopyTarget(Storage storage, Path directory, Ulid ulid) throws IOException {
        if (storage.isDirectory(directory.resolve(LOG))) {
            throw new IOException("cannot copy into " + directory + ": it has the log of a store, which would drop"
                    + " samples of it that are older than the end of a block; name a directory without one");
        }
        this.storage = storage;
        this.directory = directory;
        folder = directory.resolve(ulid.toString());
        unfinished = directory.resolve(ulid + BlockDirectory.CREATION_SUFFIX);
    }

    @Override
    public boolean isComplete() throws IOException {
        return storage.exists(folder.resolve(BlockMeta.FILE_NAME));
    }

    /** @throws CorruptionException if the block that is there has not all its files */
    void requireWhole() throws IOException {
        BlockMeta meta = BlockMeta.read(storage, folder);
        List<BucketFinding> missing =
                BucketFolder.inDirectory(storage, folder, meta.ulid()).missing(meta);
        if (!missing.isEmpty()) {
            BucketFinding first = missing.get(0);
            throw new CorruptionException(
                    folder.resolve(first.object()).toString(), 0, "a whole block in the target", first.problem());
        }
    }

    @Override
    public long sizeBytes(String path) throws IOException {
        Path file = unfinished.resolve(path);
        return storage.exists(file) ? storage.size(file) : -1;
    }

    @Override
    public void put(String path, ObjectBody body) throws IOException {
        storage.createDirectories(unfinished.resolve(Block.CHUNKS));
        Path file = unfinished.resolve(path);
        Path partial = unfinished.resolve(path + BEING_WRITTEN);
        storage.delete(partial);
        byte[] buffer = new byte[(int) Math.max(1, Math.min(COPY_BYTES, body.length()))];
        try (InputStream in = body.open();
                AppendFile out = storage.create(partial)) {
            for (int count; (count = in.read(buffer)) >= 0; ) {
                out.write(buffer, 0, count);
            }
            if (out.size() != body.length()) {
                throw new IOException(
                        "cannot copy: found=" + out.size() + " bytes, expected=" + body.length() + ", file=" + file);
            }
            out.sync();
        }
        storage.rename(partial, file);
        storage.syncDirectory(Objects.requireNonNull(file.getParent()));
    }

    @Override
    public void complete(byte[] meta) throws IOException {
        put(BlockMeta.FILE_NAME, ObjectBody.ofBytes(meta));
        // An attempt that broke off may have been killed before it came to this.
        storage.syncDirectory(unfinished.resolve(Block.CHUNKS));
        storage.rename(unfinished, folder);
        storage.syncDirectory(directory);
    }
}
