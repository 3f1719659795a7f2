package dev.cairndb.objstore.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.s3.FaultyProxy.Fault;
import dev.cairndb.s3test.S3TestServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that is busy, broken or cut off: repeated, then a clear failure, and never a part of an object. */
@ExtendWith(SharedServer.class)
class S3FaultsTest {
    /** It is sent as a whole before a server can refuse it and close: this one does so while it is sent more. */
    private static final ObjectBody SMALL = ObjectBody.ofBytes(new byte[9]);

    private static final ObjectKey KEY = ObjectKey.of("dir/a");
    private static final int ATTEMPTS = 4;

    private final S3TestServer server;
    private final String bucket;
    private final byte[] bytes = new byte[300_000];
    private FaultyProxy proxy;
    private ObjectStore store;

    S3FaultsTest(S3TestServer server) throws Exception {
        this.server = server;
        bucket = server.newBucket();
        new Random(1).nextBytes(bytes);
    }

    @BeforeEach
    void openStore() throws Exception {
        proxy = new FaultyProxy(server.port());
        store = newStore(builder -> {});
    }

    @AfterEach
    void closeStore() {
        store.close();
        proxy.close();
    }

    private ObjectStore newStore(Consumer<S3ObjectStoreBuilder> more) {
        S3ObjectStoreBuilder builder = SharedServer.builder(server, bucket)
                .endpoint(proxy.endpoint())
                .attemptsMax(ATTEMPTS)
                .partBytes(S3ObjectStoreBuilder.PART_BYTES_LEAST);
        more.accept(builder);
        return builder.build();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SLOW_DOWN", "INTERNAL_ERROR", "CUT_BEFORE", "CUT_ANSWER"})
    void callsAreRepeatedUntilTheServerAnswers(Fault fault) throws Exception {
        proxy.plan = (request, line) -> request % 3 == 0 ? null : fault;
        store.put(KEY, ObjectBody.ofBytes(bytes));
        assertEquals(bytes.length, store.size(KEY));
        ByteBuffer target = ByteBuffer.allocate(bytes.length);
        assertEquals(bytes.length, store.read(KEY, 0, target));
        assertArrayEquals(bytes, target.array());
        List<String> names = new ArrayList<>();
        store.list("", true, entry -> names.add(entry.name()));
        assertEquals(List.of("dir/a"), names);
        store.delete(KEY);
        assertThrows(ObjectNotFoundException.class, () -> store.size(KEY));
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SLOW_DOWN", "INTERNAL_ERROR", "CUT_BEFORE", "CUT_ANSWER"})
    void afterTheLastAttemptTheFailureSaysToComeBack(Fault fault) {
        proxy.plan = (request, line) -> fault;
        ObjectStoreException e =
                assertThrows(ObjectStoreException.class, () -> store.put(KEY, ObjectBody.ofBytes(bytes)));
        assertTrue(e.retryable(), e.toString());
        assertEquals(ATTEMPTS, proxy.requests.size());
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("key=dir/a, bucket=" + bucket), message);
        assertEquals(fault == Fault.SLOW_DOWN, message.contains("503"), message);
        assertFalse(message.contains(S3TestServer.SECRET_KEY), message);
    }

    @Test
    void whatIsDeniedIsNotTriedAgain() {
        proxy.plan = (request, line) -> Fault.DENIED;
        ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> store.put(KEY, SMALL));
        assertFalse(e.retryable(), e.toString());
        assertFalse(e instanceof ObjectNotFoundException);
        assertEquals(1, proxy.requests.size());
    }

    @Test
    void aRefusalThatComesBeforeTheBodyIsHeard() {
        proxy.plan = (request, line) -> Fault.DENIED_EARLY;
        ObjectBody large = zeros((int) S3ObjectStoreBuilder.PART_BYTES_LEAST, Integer.MAX_VALUE);
        ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> store.put(KEY, large));
        assertFalse(e.retryable(), e.toString());
        assertTrue(String.valueOf(e.getMessage()).contains("403"), e.toString());
    }

    @Test
    void anAnswerThatBreaksOffIsReadAgainFromItsBeginning() throws Exception {
        store.put(KEY, ObjectBody.ofBytes(bytes));
        AtomicInteger cuts = new AtomicInteger();
        proxy.plan = (request, line) -> line.startsWith("GET") && cuts.incrementAndGet() < 3 ? Fault.CUT_BODY : null;
        for (ByteBuffer target : List.of(ByteBuffer.allocate(bytes.length), ByteBuffer.allocateDirect(bytes.length))) {
            cuts.set(0);
            target.position(10);
            assertEquals(bytes.length - 10, store.read(KEY, 5, target));
            byte[] read = new byte[bytes.length - 10];
            target.position(10).get(read);
            assertArrayEquals(Arrays.copyOfRange(bytes, 5, bytes.length - 5), read);
            assertTrue(cuts.get() >= 3, proxy.requests.toString());
        }
    }

    @Test
    void aConditionalPutWhoseAnswerIsLostKnowsItsObject() throws Exception {
        ObjectKey first = ObjectKey.of("first");
        assertTrue(store.putIfAbsent(first, ObjectBody.ofBytes(new byte[1])));
        AtomicInteger puts = new AtomicInteger();
        proxy.plan = (request, line) -> line.startsWith("PUT") && puts.incrementAndGet() == 1 ? Fault.CUT_ANSWER : null;
        assertTrue(store.putIfAbsent(KEY, ObjectBody.ofBytes(bytes)));
        assertTrue(puts.get() >= 2, proxy.requests.toString());
        puts.set(0);
        assertFalse(store.putIfAbsent(first, ObjectBody.ofBytes(bytes)));
        assertEquals(1, store.size(first));
    }

    @Test
    void anUploadInPartsThatFailsIsAbortedAndUnseen() throws Exception {
        ObjectBody large = zeros((int) S3ObjectStoreBuilder.PART_BYTES_LEAST + 1, Integer.MAX_VALUE);
        proxy.plan = (request, line) -> line.contains("partNumber=2") ? Fault.INTERNAL_ERROR : null;
        ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> store.put(KEY, large));
        assertTrue(e.retryable(), e.toString());
        assertEquals("DELETE /" + bucket + "/dir/a", proxy.requests.get(proxy.requests.size() - 1));
        proxy.plan = (request, line) -> null;
        assertThrows(ObjectNotFoundException.class, () -> store.size(KEY));
        proxy.requests.clear();
        store.put(KEY, large);
        // A busy machine may have a request repeated.
        assertTrue(String.join(" ", methods()).matches("POST PUT( PUT)+ POST"), proxy.requests.toString());
        assertEquals(large.length(), store.size(KEY));
        try (ObjectStore whole = newStore(S3ObjectStoreBuilder::withoutParts)) {
            proxy.requests.clear();
            whole.put(KEY, large);
            assertEquals(Set.of("PUT"), Set.copyOf(methods()));
        }
    }

    @Test
    void aBodyThatEndsEarlyInALaterPartIsNotSentAgainAndAborted() {
        int said = (int) S3ObjectStoreBuilder.PART_BYTES_LEAST + 100;
        for (boolean md5 : new boolean[] {true, false}) {
            try (ObjectStore plain = newStore(builder -> builder.contentMd5(md5))) {
                proxy.requests.clear();
                ObjectStoreException e =
                        assertThrows(ObjectStoreException.class, () -> plain.put(KEY, zeros(said, said - 1)));
                assertFalse(e.retryable(), e.toString());
                // The proxy may hear of the part that broke off, on a connection of its own, after the abort.
                assertTrue(methods().contains("DELETE"), proxy.requests.toString());
                assertFalse(proxy.requests.size() > 4, proxy.requests.toString());
                assertThrows(ObjectNotFoundException.class, () -> plain.size(KEY));
            }
        }
    }

    @Test
    void bodiesOfAnotherLengthAreRefusedWithoutChecksumsToo() throws Exception {
        try (ObjectStore plain = newStore(builder -> builder.contentMd5(false))) {
            plain.put(KEY, ObjectBody.ofBytes(bytes));
            for (int[] lengths : new int[][] {{100, 99}, {100, 101}, {0, 1}, {1, 0}, {100_000, 200_000}}) {
                ObjectStoreException e =
                        assertThrows(ObjectStoreException.class, () -> plain.put(KEY, zeros(lengths[0], lengths[1])));
                assertFalse(e.retryable(), e.toString());
            }
            assertEquals(bytes.length, plain.size(KEY));
        }
    }

    @Test
    void aMissingBucketIsNoMissingObject() {
        try (ObjectStore lost = SharedServer.builder(server, "no-such-bucket").build()) {
            for (ObjectStoreException e : List.of(
                    assertThrows(ObjectStoreException.class, () -> lost.size(KEY)),
                    assertThrows(ObjectStoreException.class, () -> lost.read(KEY, 0, ByteBuffer.allocate(1))),
                    assertThrows(ObjectStoreException.class, () -> lost.put(KEY, SMALL)),
                    assertThrows(ObjectStoreException.class, () -> lost.list("", true, entry -> {})))) {
                assertFalse(e.retryable() || e instanceof ObjectNotFoundException, e.toString());
                assertTrue(String.valueOf(e.getMessage()).contains("bucket=no-such-bucket"), e.toString());
            }
        }
    }

    @Test
    void wrongCredentialsAreSaidWithoutShowingThem() {
        try (ObjectStore stranger = SharedServer.builder(server, bucket)
                .credentials(S3TestServer.ACCESS_KEY, "not-the-secret")
                .build()) {
            ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> stranger.put(KEY, SMALL));
            assertFalse(e.retryable(), e.toString());
            assertTrue(String.valueOf(e.getMessage()).contains("403"), e.toString());
            for (Throwable at = e; at != null; at = at.getCause()) {
                assertFalse(at.toString().contains("not-the-secret"), at.toString());
            }
        }
    }

    @Test
    void aClosedStoreLeavesNoThreadButThatOfTheJvmsConnections() throws Exception {
        try (ObjectStore other = newStore(builder -> {})) {
            other.put(KEY, ObjectBody.ofBytes(bytes));
        }
        List<String> left = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains("sdk") || name.contains("aws"))
                .toList();
        assertEquals(List.of(), left);
    }

    private List<String> methods() {
        return proxy.requests.stream()
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    private static ObjectBody zeros(int said, int yielded) {
        return new ObjectBody() {
            @Override
            public long length() {
                return said;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(new byte[yielded == Integer.MAX_VALUE ? said : yielded]);
            }
        };
    }
}
