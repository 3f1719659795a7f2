package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Xxh64;
import dev.cairndb.io.ByteWriter;
import org.jspecify.annotations.Nullable;

/** Which series are of a shard, as Thanos shares them out. Not thread-safe. */
final class ShardFilter {
    private final SeriesRequest.@Nullable ShardInfo shard;
    private final byte[][] names;
    private final ByteWriter hashed = new ByteWriter(256);
    private final LabelWalk walk = new LabelWalk();

    /** @param shard null: all series */
    ShardFilter(SeriesRequest.@Nullable ShardInfo shard) {
        this.shard = shard;
        names = shard == null ? new byte[0][] : LabelWalk.namesOf(shard.labels());
    }

    boolean accepts(ByteWriter packedLabels) {
        SeriesRequest.ShardInfo wanted = shard;
        if (wanted == null) {
            return true;
        }
        hashed.clear();
        walk.reset(packedLabels.array(), packedLabels.size());
        while (walk.next()) {
            if (walk.isNamedAs(names) == wanted.by()) {
                walk.separatedTo(hashed);
            }
        }
        long hash = Xxh64.hash(hashed.array(), 0, hashed.size());
        return Long.remainderUnsigned(hash, wanted.total()) == wanted.index();
    }
}
