package dev.cairndb.objstore;

import java.time.Duration;

/**
 * Stores around stores: each keeps all promises of {@link ObjectStore}, is as thread-safe as the store behind, and
 * closes it when it is closed. They can be put around each other in any order.
 */
public final class ObjectStores {
    private ObjectStores() {}

    /**
     * A part of a bucket: the object {@code key} is {@code prefix/key} in the store behind. What lies elsewhere there
     * is not seen.
     */
    public static ObjectStore prefixed(ObjectStore store, ObjectKey prefix) {
        return new PrefixedObjectStore(store, prefix);
    }

    /** Tells of every call, when it has ended, in its thread. */
    public static ObjectStore observed(ObjectStore store, ObjectStoreObserver observer) {
        return new ObservedObjectStore(store, observer);
    }

    /**
     * Repeats calls that failed if they may succeed later, after pauses that double from one to the next and are cut
     * short at random, so that not all callers come back at once. Listings go on behind what the sink has seen.
     * {@link ObjectStore#putIfAbsent} is not repeated: if only its answer was lost, the second call would find the
     * first one's object and say that somebody else stored it. An interrupt ends the repeating.
     *
     * @param attemptsMax how often a call is made, the first time included
     * @param pauseLeast longest pause behind the first failure
     * @param pauseMax longest pause at all
     */
    public static ObjectStore retrying(ObjectStore store, int attemptsMax, Duration pauseLeast, Duration pauseMax) {
        return new RetryingObjectStore(store, attemptsMax, pauseLeast, pauseMax, Waiting.SYSTEM);
    }

    /**
     * Slows down what moves more bytes a second, both ways and all calls together. Over any longer time no more passes
     * than that, a quarter of a second's worth of it at once, and one read. An interrupted thread is not held up.
     *
     * @param bytesPerSecondMax of objects' bytes
     */
    public static ObjectStore limited(ObjectStore store, long bytesPerSecondMax) {
        return new LimitedObjectStore(store, new Pace(bytesPerSecondMax, Waiting.SYSTEM));
    }
}
