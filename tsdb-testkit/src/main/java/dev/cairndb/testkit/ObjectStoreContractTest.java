package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What {@link ObjectStore} promises, as tests; the numbers are those of its obligations. To check an implementation,
 * extend this class and return empty stores from {@link #newStore}.
 */
public abstract class ObjectStoreContractTest {
    private static final int THREADS = 8;

    private ObjectStore store;

    /** An empty store; it is closed after the test. */
    protected abstract ObjectStore newStore() throws Exception;

    /** Whether keys beyond ASCII can be stored here. */
    protected boolean takesKeysBeyondAscii() {
        return true;
    }

    /** Size of the largest object the tests store. */
    protected int largeObjectBytes() {
        return 20 << 20;
    }

    @BeforeEach
    void openStore() throws Exception {
        store = newStore();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    // ---- whole objects, read after write (1, 3)

    @Test
    void putThenReadGivesTheBytes() throws Exception {
        byte[] bytes = random(10_000, 1);
        store.put(key("dir/a"), ObjectBody.ofBytes(bytes));
        assertEquals(10_000, store.size(key("dir/a")));
        assertArrayEquals(bytes, readAll("dir/a"));
    }

    @Test
    void putReplacesWithLongerAndShorterBytes() throws Exception {
        for (int length : new int[] {100, 5_000, 7, 0, 64}) {
            byte[] bytes = random(length, length);
            store.put(key("a"), ObjectBody.ofBytes(bytes));
            assertEquals(length, store.size(key("a")));
            assertArrayEquals(bytes, readAll("a"));
        }
    }

    @Test
    void anEmptyObjectIsAnObject() throws Exception {
        store.put(key("empty"), ObjectBody.ofBytes(new byte[0]));
        assertEquals(0, store.size(key("empty")));
        assertEquals(0, store.read(key("empty"), 0, ByteBuffer.allocate(1)));
        assertEquals(List.of("empty=0"), list("", true));
    }

    @Test
    void aLargeObjectComesBackWhole() throws Exception {
        byte[] bytes = random(largeObjectBytes(), 2);
        store.put(key("large"), ObjectBody.ofBytes(bytes));
        assertEquals(bytes.length, store.size(key("large")));
        assertTrue(Arrays.equals(bytes, readAll("large")));
    }

    @Test
    void readersSeeTheOldOrTheNewObjectButNeverAMixture() throws Exception {
        int length = 200_000;
        store.put(key("swap"), ObjectBody.ofBytes(filled(length, 0)));
        inParallel(thread -> {
            for (int i = 0; i < 20; i++) {
                if (thread < 2) {
                    store.put(key("swap"), ObjectBody.ofBytes(filled(length, thread + 1)));
                } else {
                    ByteBuffer target = ByteBuffer.allocate(length);
                    assertEquals(length, store.read(key("swap"), 0, target));
                    assertArrayEquals(filled(length, target.get(0)), target.array());
                }
            }
            return "done";
        });
    }

    // ---- putIfAbsent (4)

    @Test
    void putIfAbsentStoresOnceAndKeepsTheFirst() throws Exception {
        assertTrue(store.putIfAbsent(key("d/once"), ObjectBody.ofBytes(new byte[] {1})));
        assertFalse(store.putIfAbsent(key("d/once"), ObjectBody.ofBytes(new byte[] {2, 2})));
        assertArrayEquals(new byte[] {1}, readAll("d/once"));
        store.delete(key("d/once"));
        assertTrue(store.putIfAbsent(key("d/once"), ObjectBody.ofBytes(new byte[] {3})));
        assertArrayEquals(new byte[] {3}, readAll("d/once"));
    }

    @Test
    void ofManyPutIfAbsentOneWinsAndItsBytesAreRead() throws Exception {
        for (int round = 0; round < 10; round++) {
            ObjectKey key = key("race/" + round);
            List<Boolean> won =
                    inParallel(thread -> store.putIfAbsent(key, ObjectBody.ofBytes(filled(50_000, thread))));
            assertEquals(1, won.stream().filter(b -> b).count());
            assertArrayEquals(filled(50_000, won.indexOf(true)), readAll(key.value()));
        }
    }

    // ---- absence (5)

    @Test
    void absentObjectsAreNotFound() throws Exception {
        store.put(key("dir/a"), ObjectBody.ofBytes(new byte[3]));
        for (String absent : List.of("dir/b", "other/a", "dir", "dir/a/below", "a")) {
            assertThrows(ObjectNotFoundException.class, () -> store.size(key(absent)), absent);
            ObjectNotFoundException e = assertThrows(
                    ObjectNotFoundException.class, () -> store.read(key(absent), 0, ByteBuffer.allocate(1)), absent);
            assertEquals(key(absent), e.key());
            assertFalse(e.retryable());
            store.delete(key(absent));
        }
        assertEquals(List.of("dir/a=3"), list("", true));
    }

    @Test
    void aDeletedObjectIsGone() throws Exception {
        store.put(key("dir/a"), ObjectBody.ofBytes(new byte[3]));
        store.delete(key("dir/a"));
        store.delete(key("dir/a"));
        assertThrows(ObjectNotFoundException.class, () -> store.size(key("dir/a")));
        assertEquals(List.of(), list("", true));
    }

    // ---- reading

    @Test
    void rangesAreClippedAtTheEnd() throws Exception {
        byte[] bytes = random(1_000, 3);
        store.put(key("a"), ObjectBody.ofBytes(bytes));
        for (int offset : new int[] {0, 1, 999, 1_000, 1_001, 5_000}) {
            for (int length : new int[] {0, 1, 10, 1_000, 3_000}) {
                ByteBuffer target = ByteBuffer.allocate(length);
                int count = store.read(key("a"), offset, target);
                assertEquals(Math.max(0, Math.min(length, 1_000 - offset)), count, offset + "+" + length);
                assertEquals(count, target.position());
                int from = Math.min(offset, 1_000);
                assertArrayEquals(Arrays.copyOfRange(bytes, from, from + count), Arrays.copyOf(target.array(), count));
            }
        }
        assertEquals(0, store.read(key("a"), Long.MAX_VALUE, ByteBuffer.allocate(1)));
        assertThrows(IllegalArgumentException.class, () -> store.read(key("a"), -1, ByteBuffer.allocate(1)));
    }

    @Test
    void allKindsOfBufferAreFilledFromTheirPosition() throws Exception {
        byte[] bytes = random(200_000, 4);
        store.put(key("a"), ObjectBody.ofBytes(bytes));
        ByteBuffer slice = ByteBuffer.allocate(bytes.length + 20).position(10).slice();
        for (ByteBuffer target : List.of(ByteBuffer.allocateDirect(bytes.length + 10), slice)) {
            target.position(5).limit(bytes.length - 100);
            assertEquals(bytes.length - 105, store.read(key("a"), 7, target));
            assertFalse(target.hasRemaining());
            target.position(5);
            byte[] read = new byte[target.remaining()];
            target.get(read);
            assertArrayEquals(Arrays.copyOfRange(bytes, 7, 7 + read.length), read);
        }
    }

    // ---- bodies (7)

    @Test
    void aBodyOfAnotherLengthIsRefusedAndLeavesWhatWasThere() throws Exception {
        store.put(key("dir/a"), ObjectBody.ofBytes(new byte[] {9}));
        for (String name : List.of("dir/a", "new/b")) {
            for (int[] lengths : new int[][] {{100, 99}, {100, 101}, {0, 1}, {1, 0}, {100_000, 200_000}}) {
                CountedBody body = new CountedBody(lengths[0], lengths[1], Integer.MAX_VALUE);
                refuses(name, body, false);
                refuses(name.replace("dir/a", "dir/c"), body, true);
                assertEquals(0, body.streamsOpen.get());
            }
        }
        assertArrayEquals(new byte[] {9}, readAll("dir/a"));
        assertEquals(List.of("dir/a=1"), list("", true));
    }

    @Test
    void aFailingBodyLeavesWhatWasThere() throws Exception {
        store.put(key("dir/a"), ObjectBody.ofBytes(new byte[] {9}));
        CountedBody body = new CountedBody(100_000, 100_000, 70_000);
        refuses("dir/a", body, false);
        refuses("dir/b", body, false);
        refuses("new/b", body, true);
        assertEquals(0, body.streamsOpen.get());
        assertArrayEquals(new byte[] {9}, readAll("dir/a"));
        assertEquals(List.of("dir/a=1"), list("", true));
    }

    @Test
    void streamsOfBodiesAreClosed() throws Exception {
        CountedBody body = new CountedBody(70_000, 70_000, Integer.MAX_VALUE);
        store.put(key("a"), body);
        store.putIfAbsent(key("a"), body);
        store.putIfAbsent(key("b"), body);
        assertEquals(0, body.streamsOpen.get());
        assertEquals(70_000, store.size(key("b")));
    }

    // ---- listings (8, 9)

    @Test
    void listingsAreSortedAndFiltered() throws Exception {
        List<String> names = List.of("a-b/x", "a.b", "a/1", "a/10", "a/2", "a/b/c/d", "a/b/e", "a0", "ab/y", "b");
        for (String name : names) {
            store.put(key(name), ObjectBody.ofBytes(new byte[name.length()]));
        }
        assertEquals(withSizes(names), list("", true));
        assertEquals(List.of("a-b/", "a.b=3", "a/", "a0=2", "ab/", "b=1"), list("", false));
        assertEquals(List.of("a/1=3", "a/10=4", "a/2=3", "a/b/c/d=7", "a/b/e=5"), list("a/", true));
        assertEquals(List.of("a/1=3", "a/10=4", "a/2=3", "a/b/"), list("a/", false));
        assertEquals(List.of("a/1=3", "a/10=4"), list("a/1", false));
        assertEquals(List.of("a-b/", "a.b=3", "a/", "a0=2", "ab/"), list("a", false));
        assertEquals(List.of("a/b/c/d=7", "a/b/e=5"), list("a/b", true));
        assertEquals(List.of("a/b/c/", "a/b/e=5"), list("a/b/", false));
        for (String nothing : List.of("c", "a/b/c/d/", "a/b/x/", "/", "//", "../", "a//", "./", "a/../", "b/")) {
            assertEquals(List.of(), list(nothing, true), nothing);
            assertEquals(List.of(), list(nothing, false), nothing);
        }
    }

    @Test
    void aFolderGoesWithItsLastObjectAndComesBack() throws Exception {
        for (int round = 0; round < 3; round++) {
            store.put(key("x/y/1"), ObjectBody.ofBytes(new byte[1]));
            store.put(key("x/y/2"), ObjectBody.ofBytes(new byte[1]));
            store.delete(key("x/y/1"));
            assertEquals(List.of("x/"), list("", false));
            store.delete(key("x/y/2"));
            assertEquals(List.of(), list("", false));
            store.put(key("x"), ObjectBody.ofBytes(new byte[1]));
            store.delete(key("x"));
        }
    }

    @Test
    void keysAreCaseSensitiveAndOrderedByUtf8() throws Exception {
        assumeTrue(takesKeysBeyondAscii(), "keys beyond ASCII cannot be stored here");
        List<String> names =
                List.of("A", "a", "a b+c%20?#&=*:\"'", "\u00e9", "e\u0301", "\u20ac/x", "\uff5e", "\ud83d\ude00/y");
        for (String name : names) {
            store.put(key(name), ObjectBody.ofBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        }
        List<String> sorted = new ArrayList<>(names);
        sorted.sort((l, r) -> Arrays.compareUnsigned(utf8(l), utf8(r)));
        List<String> found = new ArrayList<>();
        store.list("", true, entry -> found.add(entry.name()));
        assertEquals(sorted, found);
        for (String name : names) {
            assertArrayEquals(utf8(name), readAll(name));
        }
    }

    @Test
    void manyObjectsAreAllListedInOrder() throws Exception {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            names.add(String.format("many/%04d", i * 7 % 400));
        }
        for (String name : names) {
            store.put(key(name), ObjectBody.ofBytes(new byte[1]));
        }
        names.sort(null);
        assertEquals(names.stream().map(n -> n + "=1").toList(), list("many/", true));
    }

    @Test
    void anExceptionOfTheSinkEndsTheListing() throws Exception {
        for (String name : List.of("a", "b/c", "d")) {
            store.put(key(name), ObjectBody.ofBytes(new byte[1]));
        }
        for (boolean recursive : new boolean[] {true, false}) {
            AtomicInteger seen = new AtomicInteger();
            IllegalStateException e = assertThrows(
                    IllegalStateException.class,
                    () -> store.list("", recursive, entry -> {
                        if (seen.incrementAndGet() == 2) {
                            throw new IllegalStateException("enough");
                        }
                    }));
            assertEquals("enough", e.getMessage());
            assertEquals(2, seen.get());
        }
        assertEquals(List.of("a=1", "b/c=1", "d=1"), list("", true));
    }

    @Test
    void theSinkMayDeleteWhatItIsShown() throws Exception {
        for (int i = 0; i < 50; i++) {
            store.put(key("d" + i % 5 + "/" + i), ObjectBody.ofBytes(new byte[1]));
        }
        store.list("", true, entry -> {
            try {
                store.delete(entry.key());
            } catch (ObjectStoreException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(List.of(), list("", true));
    }

    // ---- threads, closing (10, 11)

    @Test
    void manyThreadsPutAndDeleteInTheSameFolder() throws Exception {
        inParallel(thread -> {
            for (int i = 0; i < 30; i++) {
                ObjectKey key = key("deep/er/" + thread);
                store.put(key, ObjectBody.ofBytes(new byte[] {(byte) i}));
                assertEquals(1, store.size(key));
                store.delete(key);
                assertThrows(ObjectNotFoundException.class, () -> store.size(key));
            }
            store.put(key("deep/er/" + thread), ObjectBody.ofBytes(new byte[thread]));
            return "done";
        });
        assertEquals(THREADS, list("", true).size());
    }

    @Test
    void anInterruptBreaksNoPromise() throws Exception {
        byte[] old = filled(300_000, 1);
        byte[] other = filled(300_000, 2);
        store.put(key("d/a"), ObjectBody.ofBytes(old));
        Thread.currentThread().interrupt();
        try {
            store.put(key("d/a"), ObjectBody.ofBytes(other));
        } catch (ObjectStoreException e) {
            assertTrue(e.retryable(), e.toString());
        }
        assertTrue(Thread.interrupted());
        byte[] found = readAll("d/a");
        assertTrue(Arrays.equals(old, found) || Arrays.equals(other, found));
        Thread.currentThread().interrupt();
        try {
            assertEquals(300_000, store.read(key("d/a"), 0, ByteBuffer.allocate(400_000)));
        } catch (ObjectStoreException e) {
            assertTrue(e.retryable(), e.toString());
        }
        assertTrue(Thread.interrupted());
        assertArrayEquals(found, readAll("d/a"));
    }

    @Test
    void aClosedStoreRefusesCalls() throws Exception {
        ObjectKey key = key("a");
        ObjectBody body = ObjectBody.ofBytes(new byte[1]);
        store.put(key, body);
        store.close();
        store.close();
        assertThrows(IllegalStateException.class, () -> store.put(key, body));
        assertThrows(IllegalStateException.class, () -> store.putIfAbsent(key, body));
        assertThrows(IllegalStateException.class, () -> store.size(key));
        assertThrows(IllegalStateException.class, () -> store.read(key, 0, ByteBuffer.allocate(1)));
        assertThrows(IllegalStateException.class, () -> store.list("", true, entry -> {}));
        assertThrows(IllegalStateException.class, () -> store.delete(key));
    }

    // ----

    private void refuses(String name, ObjectBody body, boolean ifAbsent) {
        ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> {
            if (ifAbsent) {
                store.putIfAbsent(key(name), body);
            } else {
                store.put(key(name), body);
            }
        });
        assertFalse(e.retryable(), e.toString());
    }

    private List<String> list(String prefix, boolean recursive) throws ObjectStoreException {
        List<String> lines = new ArrayList<>();
        store.list(prefix, recursive, entry -> lines.add(line(entry)));
        return lines;
    }

    private static String line(ObjectEntry entry) {
        return entry.isFolder() ? entry.name() : entry.name() + "=" + entry.sizeBytes();
    }

    private static List<String> withSizes(List<String> names) {
        return names.stream().map(name -> name + "=" + name.length()).toList();
    }

    private byte[] readAll(String name) throws ObjectStoreException {
        ByteBuffer target = ByteBuffer.allocate((int) store.size(key(name)) + 1);
        int count = store.read(key(name), 0, target);
        return Arrays.copyOf(target.array(), count);
    }

    private static ObjectKey key(String name) {
        return ObjectKey.of(name);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private interface Work<T> {
        T run(int thread) throws Exception;
    }

    private static <T> List<T> inParallel(Work<T> work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Callable<T>> calls = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                calls.add(() -> {
                    start.await();
                    return work.run(thread);
                });
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : executor.invokeAll(calls)) {
                results.add(future.get());
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    /** Says one length, yields another, or fails on the way; counts the streams not closed. */
    private static final class CountedBody implements ObjectBody {
        final AtomicInteger streamsOpen = new AtomicInteger();
        private final int lengthSaid;
        private final int lengthYielded;
        private final int failAt;

        CountedBody(int lengthSaid, int lengthYielded, int failAt) {
            this.lengthSaid = lengthSaid;
            this.lengthYielded = lengthYielded;
            this.failAt = failAt;
        }

        @Override
        public long length() {
            return lengthSaid;
        }

        @Override
        public InputStream open() {
            streamsOpen.incrementAndGet();
            return new FilterInputStream(new ByteArrayInputStream(new byte[lengthYielded])) {
                private int position;
                private boolean open = true;

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    if (position >= failAt) {
                        throw new IOException("made to fail");
                    }
                    int count = super.read(bytes, offset, Math.min(length, failAt - position));
                    position += count;
                    return count;
                }

                @Override
                public void close() {
                    streamsOpen.addAndGet(open ? -1 : 0);
                    open = false;
                }
            };
        }
    }
}
