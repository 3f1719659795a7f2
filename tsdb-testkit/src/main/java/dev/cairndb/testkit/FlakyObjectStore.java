package dev.cairndb.testkit;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bucket whose calls fail when a test wants it: before they did anything, midway, or after all was done so that only
 * the answer is lost. Also writes down every call. Thread-safe if its {@link FaultPlan} is; the store behind it belongs
 * to it and is closed with it.
 */
public final class FlakyObjectStore implements ObjectStore {
    /** What happens to a call. */
    public enum Fault {
        /** Fails at once, nothing happened. */
        BEFORE,
        /**
         * Breaks off: the store behind gets half of a body and must not show it, a read moves half of the bytes, a
         * listing ends after its first entry. Other calls fail as with {@link #BEFORE}.
         */
        MIDWAY,
        /** All is done, then the call fails. */
        AFTER
    }

    /** Decides about each call. */
    public interface FaultPlan {
        /**
         * @param call number of the call, from 1
         * @param name key, or prefix of a listing
         * @return null to let the call pass
         */
        @Nullable
        Fault faultOf(long call, Operation operation, String name);
    }

    private final ObjectStore store;
    private final List<String> journal = new ArrayList<>();
    private volatile FaultPlan plan = (call, operation, name) -> null;
    private volatile boolean retryable = true;

    public FlakyObjectStore(ObjectStore store) {
        this.store = store;
    }

    /** Calls from now on fail as {@code newPlan} says. */
    public void plan(FaultPlan newPlan) {
        plan = newPlan;
    }

    /** No call fails any more. */
    public void heal() {
        plan = (call, operation, name) -> null;
    }

    /** What the failures from now on say about trying again; true at first. */
    public void failuresRetryable(boolean value) {
        retryable = value;
    }

    /** Every call so far: {@code PUT key}. */
    public List<String> journal() {
        synchronized (journal) {
            return List.copyOf(journal);
        }
    }

    /** Number of calls so far. */
    public long calls() {
        synchronized (journal) {
            return journal.size();
        }
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        Fault fault = enter(Operation.PUT, key.value());
        store.put(key, fault == Fault.MIDWAY ? new CutBody(body) : body);
        leave(fault, key.value());
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        Fault fault = enter(Operation.PUT_IF_ABSENT, key.value());
        boolean stored = store.putIfAbsent(key, fault == Fault.MIDWAY ? new CutBody(body) : body);
        leave(fault, key.value());
        return stored;
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        Fault fault = enter(Operation.SIZE, key.value());
        try {
            long size = store.size(key);
            leave(fault, key.value());
            return size;
        } catch (ObjectNotFoundException e) {
            leave(fault, key.value());
            throw e;
        }
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        Fault fault = enter(Operation.READ, key.value());
        int limit = target.limit();
        if (fault == Fault.MIDWAY) {
            target.limit(target.position() + target.remaining() / 2);
        }
        try {
            int count = store.read(key, offset, target);
            target.limit(limit);
            leave(fault, key.value());
            return count;
        } catch (ObjectNotFoundException e) {
            leave(fault, key.value());
            throw e;
        }
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        Fault fault = enter(Operation.LIST, prefix);
        if (fault == Fault.MIDWAY) {
            List<ObjectEntry> entries = new ArrayList<>();
            store.list(prefix, recursive, entries::add);
            entries.stream().limit(1).forEach(sink);
        } else {
            store.list(prefix, recursive, sink);
        }
        leave(fault, prefix);
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        Fault fault = enter(Operation.DELETE, key.value());
        if (fault == Fault.MIDWAY) {
            throw failure(fault, key.value());
        }
        store.delete(key);
        leave(fault, key.value());
    }

    @Override
    public void close() {
        store.close();
    }

    private @Nullable Fault enter(Operation operation, String name) throws ObjectStoreException {
        long call;
        synchronized (journal) {
            journal.add(operation + " " + name);
            call = journal.size();
        }
        Fault fault = plan.faultOf(call, operation, name);
        if (fault == Fault.BEFORE) {
            throw failure(fault, name);
        }
        return fault;
    }

    private void leave(@Nullable Fault fault, String name) throws ObjectStoreException {
        if (fault != null) {
            throw failure(fault, name);
        }
    }

    private ObjectStoreException failure(Fault fault, String name) {
        return new ObjectStoreException("made to fail (" + fault + "): " + name, retryable, null);
    }

    /** Breaks off at half its length. */
    private record CutBody(ObjectBody body) implements ObjectBody {
        @Override
        public long length() {
            return body.length();
        }

        @Override
        public InputStream open() throws IOException {
            return new FilterInputStream(body.open()) {
                private long left = body.length() / 2;

                @Override
                public int read() throws IOException {
                    take(1);
                    return super.read();
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    return super.read(bytes, offset, take(length));
                }

                private int take(int wanted) throws IOException {
                    if (left == 0) {
                        throw new IOException("made to fail: body cut");
                    }
                    int count = (int) Math.min(wanted, left);
                    left -= count;
                    return count;
                }
            };
        }
    }
}
