package dev.cairndb.objstore;

import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** See {@link ObjectStores#observed}. */
final class ObservedObjectStore implements ObjectStore {
    private final ObjectStore store;
    private final ObjectStoreObserver observer;

    ObservedObjectStore(ObjectStore store, ObjectStoreObserver observer) {
        this.store = store;
        this.observer = observer;
    }

    private interface Call<T> {
        T make() throws ObjectStoreException;
    }

    private interface Bytes<T> {
        long of(T result);
    }

    private <T> T observe(Operation operation, Bytes<T> bytes, Call<T> call) throws ObjectStoreException {
        long begin = System.nanoTime();
        T result;
        try {
            result = call.make();
        } catch (ObjectStoreException | RuntimeException e) {
            observer.ended(operation, System.nanoTime() - begin, 0, e);
            throw e;
        }
        observer.ended(operation, System.nanoTime() - begin, bytes.of(result), null);
        return result;
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        boolean unused = observe(Operation.PUT, stored -> body.length(), () -> {
            store.put(key, body);
            return true;
        });
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        return observe(
                Operation.PUT_IF_ABSENT, stored -> stored ? body.length() : 0, () -> store.putIfAbsent(key, body));
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        return observe(Operation.SIZE, size -> 0, () -> store.size(key));
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        return observe(Operation.READ, count -> count, () -> store.read(key, offset, target));
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        boolean unused = observe(Operation.LIST, listed -> 0, () -> {
            store.list(prefix, recursive, sink);
            return true;
        });
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        boolean unused = observe(Operation.DELETE, deleted -> 0, () -> {
            store.delete(key);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }
}
