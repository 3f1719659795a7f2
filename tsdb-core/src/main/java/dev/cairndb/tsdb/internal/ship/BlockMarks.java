package dev.cairndb.tsdb.internal.ship;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.cairndb.io.Clock;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Small files beside a block in the bucket that tell Thanos what not to do with it, or what to do (thanos:
 * pkg/block/metadata/markers.go). Each call may be repeated. Thread-safe.
 */
final class BlockMarks {
    static final String DELETION = "deletion-mark.json";
    static final String NO_COMPACT = "no-compact-mark.json";
    private static final int VERSION = 1;
    /** One of the reasons that Thanos knows; it stands for all it does not know. */
    private static final String REASON_MANUAL = "manual";

    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private final ObjectStore bucket;
    private final BlockFolders folders;
    private final Clock clock;

    BlockMarks(ObjectStore bucket, BlockFolders folders, Clock clock) {
        this.bucket = bucket;
        this.folders = folders;
        this.clock = clock;
    }

    /** The compactor deletes the block some time after this; until then it can be read. A mark that is there stays. */
    void markForDeletion(Ulid ulid, String details) throws ObjectStoreException {
        ObjectKey key = folders.of(ulid).child(DELETION);
        if (isAbsent(key)) {
            bucket.put(key, ObjectBody.ofBytes(deletionMark(ulid, details, nowSeconds())));
        }
    }

    /** The compactor leaves the block as it is. */
    void forbidCompaction(Ulid ulid, String details) throws ObjectStoreException {
        ObjectKey key = folders.of(ulid).child(NO_COMPACT);
        if (isAbsent(key)) {
            bucket.put(key, ObjectBody.ofBytes(noCompactMark(ulid, details, nowSeconds())));
        }
    }

    void allowCompaction(Ulid ulid) throws ObjectStoreException {
        bucket.delete(folders.of(ulid).child(NO_COMPACT));
    }

    private boolean isAbsent(ObjectKey key) throws ObjectStoreException {
        try {
            return bucket.size(key) < 0;
        } catch (ObjectNotFoundException e) {
            return true;
        }
    }

    private long nowSeconds() {
        return Math.floorDiv(clock.wallMillis(), 1000);
    }

    static byte[] deletionMark(Ulid ulid, String details, long unixSeconds) {
        return mark(ulid, details, "deletion_time", unixSeconds, "");
    }

    static byte[] noCompactMark(Ulid ulid, String details, long unixSeconds) {
        return mark(ulid, details, "no_compact_time", unixSeconds, REASON_MANUAL);
    }

    private static byte[] mark(Ulid ulid, String details, String timeField, long unixSeconds, String reason) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("id", ulid.toString());
            json.writeNumberField("version", VERSION);
            json.writeStringField("details", details);
            json.writeNumberField(timeField, unixSeconds);
            if (!reason.isEmpty()) {
                json.writeStringField("reason", reason);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("BUG: writing to memory failed", e);
        }
        return out.toByteArray();
    }
}
