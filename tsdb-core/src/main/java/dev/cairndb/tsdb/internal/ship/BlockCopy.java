package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.FolderBytes;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.block.Tombstones;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Copies blocks between buckets and directories. A block is seen at its target only when all of it is there; what broke
 * off is continued. Each call tells how many more bytes were copied, and returns false if the block was there.
 */
public final class BlockCopy {
    private BlockCopy() {}

    /** With its marks, which are there before the block is seen. */
    public static boolean betweenBuckets(ObjectStore from, ObjectStore to, Ulid ulid, LongConsumer bytesCopied)
            throws IOException {
        BucketCopySource source = new BucketCopySource(from, ulid);
        BucketCopyTarget target = new BucketCopyTarget(to, ulid);
        if (PresentInBucket.asBlock(to, target.before(), source.marks().contains(BlockMark.DELETION))) {
            return false;
        }
        copyFiles(source, target, bytesCopied);
        for (BlockMark mark : source.marks()) {
            target.put(mark.fileName(), ObjectBody.ofBytes(source.mark(mark)));
        }
        target.complete(source.meta());
        return true;
    }

    public static boolean toDirectory(
            ObjectStore from, Storage storage, Ulid ulid, Path directory, LongConsumer bytesCopied) throws IOException {
        BucketCopySource source = new BucketCopySource(from, ulid);
        DirectoryCopyTarget target = new DirectoryCopyTarget(storage, directory, ulid);
        if (target.isComplete()) {
            target.requireWhole();
            // Who brought it there may have been killed before it came to this.
            storage.syncDirectory(directory);
            return false;
        }
        requireRoom(storage, directory, source, target);
        copyFiles(source, target, bytesCopied);
        target.complete(source.meta());
        return true;
    }

    /**
     * The block is read to its end before it is copied: half of its bytes are told by then.
     *
     * @param labels external labels of a block that has none of its own
     */
    public static boolean fromDirectory(
            Storage storage, Path folder, Labels labels, ObjectStore to, Clock clock, LongConsumer bytesCopied)
            throws IOException {
        BlockMeta meta = BlockMeta.read(storage, folder);
        if (!Tombstones.read(storage, folder).isEmpty()) {
            throw new IOException("cannot copy: something is deleted in the block that would come back in a bucket;"
                    + " have its store rewrite it (clean_tombstones) before: " + folder);
        }
        BucketCopyTarget target = new BucketCopyTarget(to, meta.ulid());
        if (PresentInBucket.asBlock(to, target.before(), false)) {
            return false;
        }
        if (meta.thanos() == null && PresentInBucket.asPart(to, meta, labels)) {
            return false;
        }
        DirectoryCopySource source = new DirectoryCopySource(storage, folder, meta, labels, clock);
        long bytes = FolderBytes.seen(storage, folder);
        ToldWork check = new ToldWork(bytesCopied, bytes / 2, bytes);
        UploadCheck.run(storage, folder, meta, check);
        check.end();
        ToldWork copy = new ToldWork(bytesCopied, bytes - bytes / 2, bytes);
        copyFiles(source, target, copy);
        target.complete(source.meta());
        copy.end();
        return true;
    }

    static void requireRoom(Storage storage, Path directory, CopySource source, CopyTarget target) throws IOException {
        long needed = 0;
        for (Map.Entry<String, Long> file : source.sizesBytes().entrySet()) {
            needed += target.sizeBytes(file.getKey()) == file.getValue() ? 0 : file.getValue();
        }
        storage.createDirectories(directory);
        long usable = storage.usableBytes(directory);
        if (needed > usable) {
            throw new IOException("no room for the block: expected=" + needed + " bytes, found=" + usable
                    + ", directory=" + directory);
        }
    }

    static void copyFiles(CopySource source, CopyTarget target, LongConsumer bytesCopied) throws IOException {
        for (Map.Entry<String, Long> file : source.sizesBytes().entrySet()) {
            String path = file.getKey();
            if (target.sizeBytes(path) == file.getValue()) {
                bytesCopied.accept(file.getValue());
            } else {
                target.put(path, new CountedBody(source.open(path), bytesCopied));
            }
        }
    }
}
