package dev.cairndb.objstore;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Where blocks are shipped to: a bucket. What an implementation promises, and what {@code ObjectStoreContractTest} in
 * tsdb-testkit asks of it:
 *
 * <ol>
 *   <li><b>Whole objects.</b> An object becomes visible with all its bytes or not at all. A {@link #put} that fails has
 *       left the object that was there, or, when only the answer was lost, the new one: never a mixture or a part.
 *   <li><b>Durable.</b> When a call returns, its effect survives what the store says it survives: for a file system a
 *       power cut.
 *   <li><b>Read after write.</b> When a call returns, every later call, from any thread or process, sees its effect, in
 *       listings too.
 *   <li><b>One winner.</b> Of several {@link #putIfAbsent} on one key at most one returns true, and it stored the bytes
 *       that are read later. An implementation on a store that cannot do this refuses the call with an
 *       {@link ObjectStoreException} instead of guessing.
 *   <li><b>Absence is a type.</b> {@link #size} and {@link #read} of an absent key throw
 *       {@link ObjectNotFoundException}, and nothing else does. Deleting an absent key succeeds.
 *   <li><b>Failures say what to do.</b> Everything else that goes wrong outside the caller's code is an
 *       {@link ObjectStoreException} whose {@link ObjectStoreException#retryable} is true only if the same call may
 *       succeed later. An implementation may retry by itself, for a bounded time, reading the body again.
 *   <li><b>Bodies.</b> A body that yields more or fewer bytes than its length, or fails, makes the call fail (not
 *       retryable) and nothing visible. Every stream that was opened is closed. Empty bodies are objects like others.
 *   <li><b>Listings</b> are sorted by the UTF-8 bytes of the names and need memory that does not grow with the number
 *       of objects. What is put or deleted during a listing may or may not be in it. An exception of the sink ends the
 *       listing and reaches the caller; the sink may call the store.
 *   <li><b>No folders.</b> Only objects exist; a folder in a listing is the common beginning of keys up to a {@code /}
 *       and is gone with its last object. No key may be a folder of another key: a store may refuse the second of them.
 *   <li><b>Threads.</b> All methods may be called by many threads at once. An interrupt may make a call fail
 *       (retryable) but breaks no other call and no promise above, and the thread is still marked as interrupted
 *       afterwards.
 *   <li><b>Closing</b> releases what the store holds, more than once is fine; later calls throw IllegalStateException.
 * </ol>
 */
public interface ObjectStore extends AutoCloseable {
    /** Stores an object, replacing one with the same key. */
    void put(ObjectKey key, ObjectBody body) throws ObjectStoreException;

    /** Stores an object if there is none with this key; false if there is one, which stays as it is. */
    boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException;

    /** Bytes of an object. */
    long size(ObjectKey key) throws ObjectStoreException;

    /**
     * Reads from {@code offset} on until {@code target} is full or the object ends, and moves the target's position
     * behind what was read. After a failure position and content of the target are undefined.
     *
     * @return how many bytes were read: less than asked for only at the object's end, 0 at or behind it
     * @throws IllegalArgumentException if {@code offset} is negative
     */
    int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException;

    /**
     * Shows the objects whose keys start with {@code prefix}, any string, the empty one for all. If not
     * {@code recursive}, keys with a {@code /} behind the prefix are folded: one folder entry up to that slash stands
     * for all of them, in its place in the order.
     */
    void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException;

    /** Deletes an object, or nothing if there is none. */
    void delete(ObjectKey key) throws ObjectStoreException;

    @Override
    void close();
}
