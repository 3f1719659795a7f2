package dev.cairndb.tsdb.internal.ship;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.cairndb.io.Clock;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.tsdb.admin.BlockMark;
import dev.cairndb.tsdb.internal.block.GoEscapes;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Small files beside a block in the bucket that tell Thanos what not to do with it, or what to do (thanos:
 * pkg/block/metadata/markers.go). Each call may be repeated. Thread-safe.
 */
public final class BlockMarks {
    private static final int VERSION = 1;
    private static final int MARK_BYTES_MAX = 1 << 20;
    /** One of the reasons that Thanos knows; it stands for all it does not know. */
    private static final String REASON_MANUAL = "manual";

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .characterEscapes(new GoEscapes())
            .build();

    private final ObjectStore bucket;
    private final BlockFolders folders;
    private final Clock clock;

    /** Of blocks at the top of the bucket. */
    public BlockMarks(ObjectStore bucket, Clock clock) {
        this(bucket, new BlockFolders(""), clock);
    }

    BlockMarks(ObjectStore bucket, BlockFolders folders, Clock clock) {
        this.bucket = bucket;
        this.folders = folders;
        this.clock = clock;
    }

    /** Puts a mark on a block; false if it is there, and stays as it is. */
    public boolean put(Ulid ulid, BlockMark mark, String details) throws ObjectStoreException {
        ObjectKey key = keyOf(ulid, mark);
        if (!isAbsent(key)) {
            return false;
        }
        bucket.put(key, ObjectBody.ofBytes(json(ulid, mark, details, nowSeconds())));
        return true;
    }

    /** Takes a mark off a block; false if there is none. */
    public boolean remove(Ulid ulid, BlockMark mark) throws ObjectStoreException {
        ObjectKey key = keyOf(ulid, mark);
        if (isAbsent(key)) {
            return false;
        }
        bucket.delete(key);
        return true;
    }

    /** Whether the block was marked for deletion so long ago, or longer; a mark that does not say when does not count. */
    public boolean isMarkedForDeletion(Ulid ulid, long agoMillis) throws IOException {
        ObjectKey key = keyOf(ulid, BlockMark.DELETION);
        ByteBuffer bytes = ByteBuffer.allocate(MARK_BYTES_MAX);
        int length;
        try {
            length = bucket.read(key, 0, bytes);
        } catch (ObjectNotFoundException e) {
            return false;
        }
        long markedSeconds = deletionTime(Arrays.copyOf(bytes.array(), Math.max(0, length)));
        return clock.wallMillis() - agoMillis >= TimeUnit.SECONDS.toMillis(markedSeconds);
    }

    /** In seconds since 1970; the far future if the mark does not say. */
    public static long deletionTime(byte[] json) {
        long never = TimeUnit.MILLISECONDS.toSeconds(Long.MAX_VALUE) / 2;
        try (JsonParser parser = JSON.createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && "deletion_time".equals(parser.currentName())) {
                    return Math.min(never, parser.getLongValue());
                }
            }
        } catch (IOException e) {
            // No mark that Thanos could read either.
        }
        return never;
    }

    private ObjectKey keyOf(Ulid ulid, BlockMark mark) {
        return folders.of(ulid).child(mark.fileName());
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

    static byte[] json(Ulid ulid, BlockMark mark, String details, long unixSeconds) {
        return switch (mark) {
            case DELETION -> json(ulid, details, "deletion_time", unixSeconds, "");
            case NO_COMPACT -> json(ulid, details, "no_compact_time", unixSeconds, REASON_MANUAL);
            case NO_DOWNSAMPLE -> json(ulid, details, "no_downsample_time", unixSeconds, REASON_MANUAL);
        };
    }

    private static byte[] json(Ulid ulid, String details, String timeField, long unixSeconds, String reason) {
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
