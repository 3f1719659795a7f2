package dev.cairndb.objstore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** Objects on the heap, for tests and trials; gone with the process. Thread-safe. Bodies are copied. */
public final class InMemoryObjectStore implements ObjectStore {
    private final NavigableMap<String, byte[]> objects = new ConcurrentSkipListMap<>(Utf8Order::compare);
    private final ReentrantLock changes = new ReentrantLock();
    private volatile boolean closed;

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        requireOpen();
        byte[] bytes = readWhole(key, body);
        changes.lock();
        try {
            refuseFolders(key);
            objects.put(key.value(), bytes);
        } finally {
            changes.unlock();
        }
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        requireOpen();
        byte[] bytes = readWhole(key, body);
        changes.lock();
        try {
            refuseFolders(key);
            return objects.putIfAbsent(key.value(), bytes) == null;
        } finally {
            changes.unlock();
        }
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        return bytesOf(key).length;
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        if (offset < 0) {
            throw new IllegalArgumentException("negative offset: " + offset);
        }
        byte[] bytes = bytesOf(key);
        int count = (int) Math.min(target.remaining(), Math.max(0, bytes.length - offset));
        if (count > 0) {
            target.put(bytes, (int) offset, count);
        }
        return count;
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) {
        requireOpen();
        Map.Entry<String, byte[]> at = objects.ceilingEntry(prefix);
        while (at != null && at.getKey().startsWith(prefix)) {
            int slash = recursive ? -1 : at.getKey().indexOf('/', prefix.length());
            if (slash < 0) {
                sink.accept(new ObjectEntry(at.getKey(), at.getValue().length));
                at = objects.higherEntry(at.getKey());
            } else {
                sink.accept(ObjectEntry.folder(at.getKey().substring(0, slash + 1)));
                at = objects.ceilingEntry(at.getKey().substring(0, slash) + (char) ('/' + 1));
            }
        }
    }

    @Override
    public void delete(ObjectKey key) {
        requireOpen();
        objects.remove(key.value());
    }

    @Override
    public void close() {
        closed = true;
        objects.clear();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("object store is closed");
        }
    }

    private byte[] bytesOf(ObjectKey key) throws ObjectNotFoundException {
        requireOpen();
        byte[] bytes = objects.get(key.value());
        if (bytes == null) {
            throw new ObjectNotFoundException(key, null);
        }
        return bytes;
    }

    private static byte[] readWhole(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        if (body.length() > Integer.MAX_VALUE - 16) {
            throw new ObjectStoreException("object too large for the heap: key=" + key, false, null);
        }
        int length = (int) body.length();
        byte[] bytes;
        boolean ends;
        try (InputStream in = body.open()) {
            bytes = in.readNBytes(length);
            ends = in.read() < 0;
        } catch (IOException e) {
            throw new ObjectStoreException("cannot read the body of an object: key=" + key, false, e);
        }
        if (bytes.length != length || !ends) {
            throw new ObjectStoreException(
                    "body length differs: found=" + (ends ? "" + bytes.length : "more") + ", expected=" + length
                            + ", key=" + key,
                    false,
                    null);
        }
        return bytes;
    }

    /** As a file system would: what works here must work there. */
    private void refuseFolders(ObjectKey key) throws ObjectStoreException {
        String folder = key.value() + '/';
        String next = objects.ceilingKey(folder);
        String clash = next != null && next.startsWith(folder) ? next : null;
        for (int slash = folder.indexOf('/');
                clash == null && slash < key.value().length(); ) {
            String parent = folder.substring(0, slash);
            clash = objects.containsKey(parent) ? parent : null;
            slash = folder.indexOf('/', slash + 1);
        }
        if (clash != null) {
            throw new ObjectStoreException(
                    "an object cannot be a folder of another: key=" + key + ", other=" + clash, false, null);
        }
    }
}
