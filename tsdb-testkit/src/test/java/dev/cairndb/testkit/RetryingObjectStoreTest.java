package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.objstore.ObjectStores;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Every second call to the store behind fails, in all ways in turn, and the contract still holds. */
class RetryingObjectStoreTest extends ObjectStoreContractTest {
    private static final ObjectBody BODY = ObjectBody.ofBytes(new byte[] {1, 2, 3, 4});
    private static final ObjectKey KEY = ObjectKey.of("a");

    @Override
    protected ObjectStore newStore() {
        FlakyObjectStore flaky = new FlakyObjectStore(new InMemoryObjectStore());
        ConcurrentHashMap<Thread, Integer> calls = new ConcurrentHashMap<>();
        flaky.plan((call, operation, name) -> {
            int own = calls.merge(Thread.currentThread(), 1, Integer::sum);
            boolean passes = own % 2 == 0 || operation == Operation.PUT_IF_ABSENT;
            // A body that is cut is the caller's fault in the store behind.
            Fault midway = operation == Operation.PUT ? Fault.AFTER : Fault.MIDWAY;
            return passes ? null : List.of(Fault.BEFORE, Fault.AFTER, midway).get(own / 2 % 3);
        });
        return retrying(flaky, 3);
    }

    private static ObjectStore retrying(ObjectStore store, int attemptsMax) {
        return ObjectStores.retrying(store, attemptsMax, Duration.ZERO, Duration.ofNanos(1));
    }

    @Test
    void aCallIsRepeatedAsOftenAsAllowed() throws Exception {
        FlakyObjectStore flaky = new FlakyObjectStore(new InMemoryObjectStore());
        try (ObjectStore store = retrying(flaky, 4)) {
            flaky.plan((call, operation, name) -> Fault.BEFORE);
            assertThrows(ObjectStoreException.class, () -> store.put(KEY, BODY));
            assertEquals(4, flaky.calls());
            flaky.failuresRetryable(false);
            assertThrows(ObjectStoreException.class, () -> store.put(KEY, BODY));
            assertEquals(5, flaky.calls());
        }
    }

    @Test
    void putIfAbsentIsNotRepeated() throws Exception {
        FlakyObjectStore flaky = new FlakyObjectStore(new InMemoryObjectStore());
        try (ObjectStore store = retrying(flaky, 4)) {
            flaky.plan((call, operation, name) -> Fault.AFTER);
            assertThrows(ObjectStoreException.class, () -> store.putIfAbsent(KEY, BODY));
            assertEquals(1, flaky.calls());
        }
    }

    @Test
    void aReadThatBrokeOffBeginsAgain() throws Exception {
        FlakyObjectStore flaky = new FlakyObjectStore(new InMemoryObjectStore());
        try (ObjectStore store = retrying(flaky, 2)) {
            store.put(KEY, BODY);
            flaky.plan((call, operation, name) -> call == 2 ? Fault.MIDWAY : null);
            ByteBuffer target = ByteBuffer.allocate(6).position(1);
            assertEquals(4, store.read(KEY, 0, target));
            assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 0}, target.array());
        }
    }

    @Test
    void aListingThatBrokeOffGoesOn() throws Exception {
        FlakyObjectStore flaky = new FlakyObjectStore(new InMemoryObjectStore());
        try (ObjectStore store = retrying(flaky, 3)) {
            for (String name : List.of("a", "b", "c/d")) {
                store.put(ObjectKey.of(name), BODY);
            }
            AtomicInteger lists = new AtomicInteger();
            flaky.plan((call, operation, name) -> lists.incrementAndGet() < 3 ? Fault.MIDWAY : null);
            List<String> names = new ArrayList<>();
            store.list("", true, entry -> names.add(entry.name()));
            assertEquals(List.of("a", "b", "c/d"), names);
            assertEquals(3, lists.get());
        }
    }

    @Test
    void anInterruptedThreadDoesNotTryAgain() {
        FlakyObjectStore flaky = new FlakyObjectStore(new InMemoryObjectStore());
        try (ObjectStore store = retrying(flaky, 100)) {
            flaky.plan((call, operation, name) -> Fault.BEFORE);
            Thread.currentThread().interrupt();
            assertThrows(ObjectStoreException.class, () -> store.put(KEY, BODY));
            assertEquals(true, Thread.interrupted());
            assertEquals(1, flaky.calls());
        }
    }
}
