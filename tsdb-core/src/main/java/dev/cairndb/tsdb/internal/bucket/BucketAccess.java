package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.io.Clock;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.tsdb.internal.ship.WholeObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the blocks of one reader share. Thread-safe. */
final class BucketAccess {
    private final ObjectStore bucket;
    private final Storage storage;
    private final HeaderFolder headers;
    private final Clock clock;
    private final PageCache cache;
    private final SideBySide sideBySide;
    private final AtomicInteger readers = new AtomicInteger();
    private final LongAdder headersMade = new LongAdder();
    private final LongAdder headersDamaged = new LongAdder();

    /** @param headers folder with a folder for each block, in which the header of its index is */
    BucketAccess(
            ObjectStore bucket, Storage storage, Path headers, Clock clock, PageCache cache, SideBySide sideBySide) {
        this.bucket = bucket;
        this.storage = storage;
        this.headers = new HeaderFolder(storage, headers);
        this.clock = clock;
        this.cache = cache;
        this.sideBySide = sideBySide;
    }

    ObjectStore bucket() {
        return bucket;
    }

    Storage storage() {
        return storage;
    }

    HeaderFolder headers() {
        return headers;
    }

    Clock clock() {
        return clock;
    }

    PageCache cache() {
        return cache;
    }

    SideBySide sideBySide() {
        return sideBySide;
    }

    /** A query reads one more block, or one less. */
    void countReader(int change) {
        readers.addAndGet(change);
    }

    /**
     * So much may be read ahead of one block for one query: what all of them read ahead together must not push out of the
     * cache what was not used yet.
     */
    long readAheadBytesMax() {
        return cache.bytesMax() / (2L * Math.max(1, readers.get()));
    }

    /**
     * The content of an object; null if there is none.
     *
     * @throws CorruptionException if it is larger than any that means something
     */
    byte @Nullable [] readWhole(ObjectKey key, long bytesMax) throws IOException {
        try {
            return WholeObject.read(bucket, key, bucket.size(key), bytesMax);
        } catch (ObjectNotFoundException e) {
            return null;
        }
    }

    void headerMade() {
        headersMade.increment();
    }

    void headerDamaged() {
        headersDamaged.increment();
    }

    long headersMade() {
        return headersMade.sum();
    }

    long headersDamaged() {
        return headersDamaged.sum();
    }
}
