package dev.cairndb.tsdb.internal.ship;

import dev.cairndb.io.TsdbException;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ThanosMeta;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The complete blocks of one stream (a set of external labels) in the bucket. What a meta.json says never changes, so
 * each is read once and remembered as long as its block is listed. Not thread-safe.
 */
final class BucketBlocks {
    private final ObjectStore bucket;
    private final BlockFolders folders;
    private final Map<String, String> labels;
    /** Empty for a block of another stream. */
    private final Map<Ulid, Optional<BlockMeta>> known = new HashMap<>();

    BucketBlocks(ObjectStore bucket, BlockFolders folders, Map<String, String> labels) {
        this.bucket = bucket;
        this.folders = folders;
        this.labels = labels;
    }

    /**
     * The stream's blocks of raw samples that overlap a half-open time range, in the order of their names.
     *
     * @param from blocks with smaller names are not looked at
     * @param to blocks with names that begin later are not looked at
     */
    List<BlockMeta> overlapping(long minMillis, long maxMillis, Ulid from, Ulid to) throws IOException {
        List<Ulid> listed = new ArrayList<>();
        int nameStart = folders.top().length();
        bucket.list(folders.keyPrefix(from, to), false, entry -> {
            if (entry.isFolder() && entry.name().length() == nameStart + Ulid.TEXT_LENGTH + 1) {
                Ulid ulid = Ulid.tryParse(entry.name().substring(nameStart, nameStart + Ulid.TEXT_LENGTH));
                if (ulid != null && ulid.compareTo(from) >= 0) {
                    listed.add(ulid);
                }
            }
        });
        known.keySet().retainAll(new HashSet<>(listed));
        List<BlockMeta> found = new ArrayList<>();
        for (Ulid ulid : listed) {
            BlockMeta meta = metaOf(ulid);
            if (meta != null && meta.overlaps(minMillis, maxMillis - 1)) {
                found.add(meta);
            }
        }
        return found;
    }

    private @Nullable BlockMeta metaOf(Ulid ulid) throws IOException {
        Optional<BlockMeta> meta = known.get(ulid);
        if (meta == null) {
            try {
                meta = read(ulid);
            } catch (ObjectNotFoundException e) {
                // Not complete yet, or on its way out.
                return null;
            }
            known.put(ulid, meta);
        }
        return meta.orElse(null);
    }

    private Optional<BlockMeta> read(Ulid ulid) throws IOException {
        ObjectKey key = folders.of(ulid).child(BlockMeta.FILE_NAME);
        try {
            byte[] json = WholeObject.read(bucket, key, bucket.size(key), BlockMeta.JSON_BYTES_MAX);
            BlockMeta meta = BlockMeta.fromJson(key.value(), json);
            ThanosMeta thanos = meta.thanos();
            boolean ofStream = thanos != null
                    && thanos.resolutionMillis() == 0
                    && thanos.labels().equals(labels);
            return ofStream ? Optional.of(meta) : Optional.empty();
        } catch (TsdbException e) {
            // Another writer's damage; Thanos complains of it.
            return Optional.empty();
        }
    }
}
