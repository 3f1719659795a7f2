package dev.cairndb.examples;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bucket in something a host has already, here a table of keys and bytes. {@link ObjectStore} says what is asked of
 * it, and {@code ObjectStoreContractTest} of tsdb-testkit asks. Keys are ordered by UTF-8, as listings have to be.
 */
final class TableObjectStore implements ObjectStore {
    private final ConcurrentNavigableMap<ObjectKey, byte[]> table = new ConcurrentSkipListMap<>();
    private volatile boolean closed;

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        rows().put(key, bytesOf(key, body));
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        return rows().putIfAbsent(key, bytesOf(key, body)) == null;
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        return read(key).length;
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        if (offset < 0) {
            throw new IllegalArgumentException("negative offset: " + offset);
        }
        byte[] bytes = read(key);
        int from = (int) Math.min(offset, bytes.length);
        int count = Math.min(target.remaining(), bytes.length - from);
        target.put(bytes, from, count);
        return count;
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) {
        @Nullable ObjectEntry last = null;
        for (Map.Entry<ObjectKey, byte[]> row : rows().entrySet()) {
            String name = row.getKey().value();
            int slash = recursive ? -1 : name.indexOf('/', prefix.length());
            ObjectEntry entry = slash < 0
                    ? ObjectEntry.object(row.getKey(), row.getValue().length)
                    : ObjectEntry.folder(name.substring(0, slash + 1));
            if (name.startsWith(prefix) && !entry.equals(last)) {
                sink.accept(entry);
                last = entry;
            }
        }
    }

    @Override
    public void delete(ObjectKey key) {
        rows().remove(key);
    }

    @Override
    public void close() {
        closed = true;
    }

    private ConcurrentNavigableMap<ObjectKey, byte[]> rows() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        return table;
    }

    private byte[] read(ObjectKey key) throws ObjectNotFoundException {
        byte[] bytes = rows().get(key);
        if (bytes == null) {
            throw new ObjectNotFoundException(key, null);
        }
        return bytes;
    }

    private static byte[] bytesOf(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        try (InputStream in = body.open()) {
            byte[] bytes = in.readNBytes(Math.toIntExact(body.length() + 1));
            if (bytes.length == body.length()) {
                return bytes;
            }
            throw new IOException("its length is not what it said: " + body.length());
        } catch (IOException | ArithmeticException e) {
            throw new ObjectStoreException("cannot take the body: key=" + key, false, e);
        }
    }
}
