package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Sends blocks of one stream, that is under one set of external labels. Thread-safe. */
final class BlockUpload {
    private static final String SOURCE = "receive";
    private static final int COPY_BYTES = 64 << 10;

    private final Storage storage;
    private final ObjectStore bucket;
    private final BlockFolders folders;
    private final Labels labels;
    private final boolean hashFiles;
    private final Clock clock;
    private final ShippingProgress progress;

    BlockUpload(
            Storage storage,
            ObjectStore bucket,
            Shipper.Settings settings,
            Labels labels,
            Clock clock,
            ShippingProgress progress) {
        this.storage = storage;
        this.bucket = bucket;
        this.labels = labels;
        this.clock = clock;
        this.progress = progress;
        folders = new BlockFolders(settings.prefix());
        hashFiles = settings.hashFiles();
    }

    /**
     * Brings the block into the bucket if it is not there; false if it was stopped before the end.
     *
     * @param bytesBehind what waits behind the block
     */
    boolean run(Block block, long bytesBehind, BooleanSupplier stop) throws IOException {
        if (isComplete(block.ulid())) {
            return true;
        }
        ObjectKey folder = folders.of(block.ulid());
        // The block's place may change when it is deleted meanwhile: then its files are not found and the upload fails.
        Path directory = block.directory();
        List<ThanosMeta.File> files = new ArrayList<>();
        List<String> segments = segmentsOf(storage, directory);
        long left = block.sizeBytes();
        for (String path : filesOf(segments)) {
            if (stop.getAsBoolean()) {
                return false;
            }
            FileBody body = new FileBody(storage, directory.resolve(path), progress::bytesPassed, stop);
            ObjectKey key = folder.child(path);
            left -= body.length();
            progress.fileBegun(body.length(), bytesBehind + left);
            if (sizeInBucket(key) != body.length() && !put(key, body, stop)) {
                return false;
            }
            progress.fileBegun(0, bytesBehind + left);
            files.add(new ThanosMeta.File(path, body.length(), hashFiles ? sha256(body) : null));
        }
        files.add(new ThanosMeta.File(BlockMeta.FILE_NAME, 0, null));
        byte[] json = block.meta()
                .withThanos(section(labels, SOURCE, segments, files, clock))
                .toJson();
        bucket.put(folder.child(BlockMeta.FILE_NAME), ObjectBody.ofBytes(json));
        return true;
    }

    /** Whether the bucket has all of a block, in whatever stream. */
    boolean isComplete(Ulid block) throws ObjectStoreException {
        return sizeInBucket(folders.of(block).child(BlockMeta.FILE_NAME)) >= 0;
    }

    /** False if it was stopped: then nothing of the object is to be seen. */
    private boolean put(ObjectKey key, ObjectBody body, BooleanSupplier stop) throws ObjectStoreException {
        try {
            bucket.put(key, body);
            return true;
        } catch (ObjectStoreException e) {
            if (stop.getAsBoolean()) {
                return false;
            }
            throw e;
        }
    }

    /** Names in order. Other files beside them, such as our own helper files, stay here. */
    static List<String> segmentsOf(Storage storage, Path directory) throws IOException {
        Path chunks = directory.resolve(Block.CHUNKS);
        List<String> names = storage.list(chunks).stream()
                .filter(name -> name.chars().allMatch(c -> c >= '0' && c <= '9'))
                .toList();
        if (names.isEmpty()) {
            throw new CorruptionException(chunks.toString(), 0, "chunk files of a block with samples", "none");
        }
        return names;
    }

    private static List<String> filesOf(List<String> segments) {
        List<String> paths = new ArrayList<>();
        for (String segment : segments) {
            paths.add(Block.CHUNKS + '/' + segment);
        }
        paths.add(Block.INDEX);
        return paths;
    }

    /** Negative if there is no such object. */
    private long sizeInBucket(ObjectKey key) throws ObjectStoreException {
        try {
            return bucket.size(key);
        } catch (ObjectNotFoundException e) {
            return -1;
        }
    }

    static ThanosMeta section(
            Labels labels, String source, List<String> segments, List<ThanosMeta.File> files, Clock clock) {
        Map<String, String> external = new LinkedHashMap<>();
        labels.forEach(external::put);
        String now = Instant.ofEpochMilli(clock.wallMillis()).toString();
        return new ThanosMeta(external, 0, source, segments, files, 0, 0, now);
    }

    static String sha256(ObjectBody body) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("BUG: every Java platform has SHA-256", e);
        }
        byte[] buffer = new byte[COPY_BYTES];
        try (InputStream in = body.openToInspect()) {
            for (int count; (count = in.read(buffer)) >= 0; ) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
