package dev.cairndb.objstore;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** See {@link ObjectStores#prefixed}. */
final class PrefixedObjectStore implements ObjectStore {
    private final ObjectStore store;
    private final String folder;

    PrefixedObjectStore(ObjectStore store, ObjectKey prefix) {
        this.store = store;
        folder = prefix.value() + '/';
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        store.put(inner(key), body);
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        return store.putIfAbsent(inner(key), body);
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        try {
            return store.size(inner(key));
        } catch (ObjectNotFoundException e) {
            throw new ObjectNotFoundException(key, e);
        }
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        try {
            return store.read(inner(key), offset, target);
        } catch (ObjectNotFoundException e) {
            throw new ObjectNotFoundException(key, e);
        }
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        store.list(
                folder + prefix,
                recursive,
                entry -> sink.accept(new ObjectEntry(entry.name().substring(folder.length()), entry.sizeBytes())));
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        store.delete(inner(key));
    }

    @Override
    public void close() {
        store.close();
    }

    private ObjectKey inner(ObjectKey key) throws ObjectStoreException {
        try {
            return new ObjectKey(folder + key);
        } catch (IllegalArgumentException e) {
            throw new ObjectStoreException("object key is too long with its prefix: key=" + folder + key, false, e);
        }
    }
}
