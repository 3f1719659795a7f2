package dev.cairndb.objstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What stores around stores do beside keeping the contract, which tsdb-testkit asks of them. */
class ObjectStoresTest {
    private static final ObjectKey KEY = ObjectKey.of("a/b");

    private static final class TurnedTime implements Waiting {
        long nanos = 5;
        final List<Long> sleeps = new ArrayList<>();

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public void sleep(long duration) {
            nanos += duration;
            sleeps.add(duration);
        }

        double seconds() {
            return (nanos - 5) / 1e9;
        }
    }

    @Test
    void aPrefixIsAFolderOfTheStoreBehind() throws Exception {
        InMemoryObjectStore bucket = new InMemoryObjectStore();
        try (ObjectStore store = ObjectStores.prefixed(bucket, ObjectKey.of("x/y"))) {
            store.put(KEY, ObjectBody.ofBytes(new byte[3]));
            bucket.put(ObjectKey.of("x/yz"), ObjectBody.ofBytes(new byte[1]));
            assertEquals(3, bucket.size(ObjectKey.of("x/y/a/b")));
            List<ObjectEntry> entries = new ArrayList<>();
            store.list("", true, entries::add);
            assertEquals(List.of(new ObjectEntry("a/b", 3)), entries);
            ObjectKey tooLong = ObjectKey.of(("k".repeat(250) + "/").repeat(4) + "k".repeat(20));
            ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> store.size(tooLong));
            assertFalse(e.retryable() || e instanceof ObjectNotFoundException);
        }
        assertThrows(IllegalStateException.class, () -> bucket.size(KEY));
    }

    @Test
    void anObserverHearsOfAllCalls() throws Exception {
        List<String> heard = new ArrayList<>();
        try (ObjectStore store =
                ObjectStores.observed(new InMemoryObjectStore(), (operation, nanos, bytes, failure) -> {
                    assertTrue(nanos >= 0);
                    heard.add(operation + " " + bytes
                            + (failure == null ? "" : " " + failure.getClass().getSimpleName()));
                })) {
            store.put(KEY, ObjectBody.ofBytes(new byte[7]));
            assertFalse(store.putIfAbsent(KEY, ObjectBody.ofBytes(new byte[8])));
            assertEquals(7, store.size(KEY));
            assertEquals(2, store.read(KEY, 5, ByteBuffer.allocate(4)));
            assertThrows(
                    ArithmeticException.class,
                    () -> store.list("", true, entry -> {
                        throw new ArithmeticException();
                    }));
            store.delete(KEY);
            assertThrows(ObjectNotFoundException.class, () -> store.size(KEY));
        }
        assertEquals(
                List.of(
                        "PUT 7",
                        "PUT_IF_ABSENT 0",
                        "SIZE 0",
                        "READ 2",
                        "LIST 0 ArithmeticException",
                        "DELETE 0",
                        "SIZE 0 ObjectNotFoundException"),
                heard);
    }

    @Test
    void bytesPassAtTheirPaceBothWays() throws Exception {
        TurnedTime time = new TurnedTime();
        try (ObjectStore store = new LimitedObjectStore(new InMemoryObjectStore(), new Pace(1_000_000, time))) {
            store.put(KEY, ObjectBody.ofBytes(new byte[2_000_000]));
            // The first quarter of a second is free only to those who have waited before.
            assertEquals(2.0, time.seconds(), 0.01);
            assertTrue(time.sleeps.size() > 100, "in pieces: " + time.sleeps.size());
            assertEquals(500_000, store.read(KEY, 0, ByteBuffer.allocate(500_000)));
            assertEquals(2.5, time.seconds(), 0.01);
            time.nanos += 10_000_000_000L;
            store.put(KEY, ObjectBody.ofBytes(new byte[1_000_000]));
            assertEquals(12.5 + 1 - 0.25, time.seconds(), 0.01);
        }
    }

    @Test
    void bytesThatAreOnlyLookedAtAreFree() throws Exception {
        TurnedTime time = new TurnedTime();
        ObjectStore looking = store((key, body) -> {
            try (InputStream in = body.openToInspect()) {
                assertEquals(body.length(), in.readAllBytes().length);
            }
        });
        try (ObjectStore store = new LimitedObjectStore(looking, new Pace(1, time))) {
            store.put(KEY, ObjectBody.ofBytes(new byte[1_000]));
            assertEquals(0, time.seconds());
        }
    }

    @Test
    void pausesGrowToTheLongestAndNoFurther() {
        TurnedTime time = new TurnedTime();
        ObjectStore failing = store((key, body) -> {
            throw new ObjectStoreException("busy", true, null);
        });
        try (ObjectStore store =
                new RetryingObjectStore(failing, 200, Duration.ofMillis(1), Duration.ofMillis(64), time)) {
            assertThrows(ObjectStoreException.class, () -> store.put(KEY, ObjectBody.ofBytes(new byte[1])));
        }
        assertEquals(199, time.sleeps.size());
        long longest = 0;
        for (int i = 0; i < time.sleeps.size(); i++) {
            assertTrue(time.sleeps.get(i) <= Math.min(1L << Math.min(i, 30), 64) * 1_000_000, i + ": " + time.sleeps);
            longest = Math.max(longest, time.sleeps.get(i));
        }
        assertTrue(longest > 32_000_000, "longest=" + longest);
    }

    private interface Put {
        void put(ObjectKey key, ObjectBody body) throws Exception;
    }

    /** A store that can do nothing else. */
    private static ObjectStore store(Put put) {
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStoresTest.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (self, method, values) -> {
                    if (method.getName().equals("put")) {
                        put.put((ObjectKey) values[0], (ObjectBody) values[1]);
                    }
                    return null;
                });
    }
}
