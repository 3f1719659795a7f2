package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.io.Storage;
import dev.cairndb.io.TsdbException;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.admin.BucketFinding;
import dev.cairndb.tsdb.internal.block.BlockCheck;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Reads a block of a bucket from end to end. It is brought into a folder here first: each byte crosses the network once,
 * whatever the order in which the check looks at it.
 */
public final class BucketBlockCheck {
    private final Ulid ulid;
    private static final String SUFFIX = ".tmp-for-check";

    private final Path folder;
    private final List<BucketFinding> findings = new ArrayList<>();

    private BucketBlockCheck(Ulid ulid, Path folder) {
        this.ulid = ulid;
        this.folder = folder;
    }

    /**
     * @param scratch folder in which the block is while it is read
     * @param bytesRead hears of half of the bytes of the block as they are fetched, and of half as they are looked at
     */
    public static List<BucketFinding> run(
            ObjectStore bucket, Storage storage, Ulid ulid, Path scratch, LongConsumer bytesRead) throws IOException {
        // A folder of its own: whoever gives the directory of a store keeps its blocks.
        Path own = scratch.resolve(ulid + SUFFIX);
        BucketBlockCheck check = new BucketBlockCheck(ulid, own.resolve(ulid.toString()));
        DirectoryCopyTarget target = new DirectoryCopyTarget(storage, own, ulid);
        // What an earlier check left behind says nothing of the bucket.
        storage.deleteRecursively(own);
        try {
            check.run(bucket, storage, scratch, target, bytesRead);
        } catch (ObjectNotFoundException e) {
            if (BucketFolder.of(bucket, ulid).isComplete()) {
                check.found(check.pathOf(e), e);
            }
        } finally {
            storage.deleteRecursively(own);
        }
        return check.findings;
    }

    private void run(
            ObjectStore bucket, Storage storage, Path scratch, DirectoryCopyTarget target, LongConsumer bytesRead)
            throws IOException {
        BucketFolder objects = BucketFolder.of(bucket, ulid);
        if (!objects.isComplete()) {
            // Deleted meanwhile.
            return;
        }
        BlockMeta meta;
        try {
            meta = objects.readMeta(bucket);
        } catch (TsdbException e) {
            found(BlockMeta.FILE_NAME, e);
            return;
        }
        findings.addAll(objects.missing(meta));
        if (!findings.isEmpty()) {
            return;
        }
        BucketCopySource source = new BucketCopySource(bucket, objects);
        BlockCopy.requireRoom(storage, scratch, source, target);
        long bytes = objects.sizeBytes();
        ToldWork fetched = new ToldWork(bytesRead, bytes / 2, bytes);
        BlockCopy.copyFiles(source, target, fetched);
        target.complete(source.meta());
        fetched.end();
        ToldWork lookedAt = new ToldWork(bytesRead, bytes - bytes / 2, hasHashes(meta) ? 2.0 * bytes : bytes);
        checkHashes(storage, meta, lookedAt);
        new BlockCheck(storage, folder, new Listener(meta), lookedAt).run();
        lookedAt.end();
    }

    private static boolean hasHashes(BlockMeta meta) {
        ThanosMeta thanos = meta.thanos();
        return thanos != null && thanos.files().stream().anyMatch(file -> file.sha256() != null);
    }

    private String pathOf(ObjectNotFoundException e) {
        String key = e.key().value();
        return key.substring(key.indexOf('/') + 1);
    }

    private void found(String path, IOException problem) {
        findings.add(new BucketFinding(ulid.toString(), path, String.valueOf(problem.getMessage())));
    }

    private void checkHashes(Storage storage, BlockMeta meta, LongConsumer bytesRead) throws IOException {
        ThanosMeta thanos = meta.thanos();
        if (thanos == null) {
            return;
        }
        for (ThanosMeta.File file : thanos.files()) {
            String expected = file.sha256();
            if (expected != null && !BucketFolder.isContent(file.path())) {
                // Nothing that a path says which somebody wrote into meta.json is opened.
                findings.add(new BucketFinding(ulid.toString(), file.path(), "a hash of what is no file of a block"));
            } else if (expected != null) {
                FileBody body = new FileBody(storage, folder.resolve(file.path()));
                String actual = BlockUpload.sha256(body);
                bytesRead.accept(body.length());
                if (!actual.equals(expected)) {
                    String problem = "expected=SHA-256 " + expected + ", found=" + actual;
                    findings.add(new BucketFinding(ulid.toString(), file.path(), problem));
                }
            }
        }
    }

    /** Tells what is found by its place in the bucket. */
    private final class Listener implements BlockCheck.Listener {
        private final boolean downsampled;

        Listener(BlockMeta meta) {
            ThanosMeta thanos = meta.thanos();
            downsampled = thanos != null && thanos.resolutionMillis() > 0;
        }

        @Override
        public void damaged(Path file, BlockCheck.Cost cost, IOException damage) {
            String scratchName = folder + "/";
            String problem = String.valueOf(damage.getMessage()).replace(scratchName, "");
            findings.add(new BucketFinding(
                    ulid.toString(), folder.relativize(file).toString().replace('\\', '/'), problem));
        }

        @Override
        public void unsupported(Path chunks, UnsupportedChunkException reason) {
            if (!downsampled) {
                damaged(chunks, BlockCheck.Cost.PART, reason);
            }
        }
    }
}
