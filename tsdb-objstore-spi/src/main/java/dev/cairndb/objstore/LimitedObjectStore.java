package dev.cairndb.objstore;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** See {@link ObjectStores#limited}. */
final class LimitedObjectStore implements ObjectStore {
    /** A body passes in pieces of this size, at an even pace. */
    private static final int PIECE_BYTES = 16 << 10;

    private final ObjectStore store;
    private final Pace pace;

    LimitedObjectStore(ObjectStore store, Pace pace) {
        this.store = store;
        this.pace = pace;
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        store.put(key, new PacedBody(body, pace));
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        return store.putIfAbsent(key, new PacedBody(body, pace));
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        return store.size(key);
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        int count = store.read(key, offset, target);
        pace.take(count);
        return count;
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        store.list(prefix, recursive, sink);
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        store.delete(key);
    }

    @Override
    public void close() {
        store.close();
    }

    private record PacedBody(ObjectBody body, Pace pace) implements ObjectBody {
        @Override
        public long length() {
            return body.length();
        }

        @Override
        public InputStream openToInspect() throws IOException {
            return body.openToInspect();
        }

        @Override
        public InputStream open() throws IOException {
            return new FilterInputStream(body.open()) {
                @Override
                public int read() throws IOException {
                    int value = super.read();
                    if (value >= 0) {
                        pace.take(1);
                    }
                    return value;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int count = super.read(bytes, offset, Math.min(length, PIECE_BYTES));
                    if (count > 0) {
                        pace.take(count);
                    }
                    return count;
                }
            };
        }
    }
}
