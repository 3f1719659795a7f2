package dev.cairndb.tsdb.internal.bucket;

import dev.cairndb.io.Clock;
import dev.cairndb.io.Storage;
import dev.cairndb.objstore.ObjectStore;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/** What the blocks of one reader share. Thread-safe. */
final class BucketAccess {
    private final ObjectStore bucket;
    private final Storage storage;
    private final Path headers;
    private final Clock clock;
    private final PageCache cache;
    private final LongAdder headersMade = new LongAdder();
    private final LongAdder headersDamaged = new LongAdder();
    private final LongAdder headersLeft = new LongAdder();

    /** @param headers folder with a folder for each block, in which the header of its index is */
    BucketAccess(ObjectStore bucket, Storage storage, Path headers, Clock clock, PageCache cache) {
        this.bucket = bucket;
        this.storage = storage;
        this.headers = headers;
        this.clock = clock;
        this.cache = cache;
    }

    ObjectStore bucket() {
        return bucket;
    }

    Storage storage() {
        return storage;
    }

    Path headers() {
        return headers;
    }

    Clock clock() {
        return clock;
    }

    PageCache cache() {
        return cache;
    }

    void headerMade() {
        headersMade.increment();
    }

    void headerDamaged() {
        headersDamaged.increment();
    }

    /** The header of a block that is gone could not be deleted. */
    void headerLeft() {
        headersLeft.increment();
    }

    long headersLeft() {
        return headersLeft.sum();
    }

    long headersMade() {
        return headersMade.sum();
    }

    long headersDamaged() {
        return headersDamaged.sum();
    }
}
