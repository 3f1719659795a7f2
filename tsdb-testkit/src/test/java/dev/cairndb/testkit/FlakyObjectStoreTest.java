package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectEntry;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectNotFoundException;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import dev.cairndb.objstore.ObjectStoreObserver.Operation;
import dev.cairndb.testkit.FlakyObjectStore.Fault;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlakyObjectStoreTest extends ObjectStoreContractTest {
    private static final ObjectKey KEY = ObjectKey.of("a");
    private static final ObjectBody BODY = ObjectBody.ofBytes(new byte[100]);

    private final InMemoryObjectStore behind = new InMemoryObjectStore();
    private final FlakyObjectStore store = new FlakyObjectStore(behind);

    @Override
    protected ObjectStore newStore() {
        return new FlakyObjectStore(new InMemoryObjectStore());
    }

    @Test
    void aPutCanFailBeforeMidwayAndAfter() throws Exception {
        for (Fault fault : List.of(Fault.BEFORE, Fault.MIDWAY)) {
            store.plan((call, operation, name) -> fault);
            assertThrows(ObjectStoreException.class, () -> store.put(KEY, BODY));
            assertThrows(ObjectNotFoundException.class, () -> behind.size(KEY));
        }
        store.plan((call, operation, name) -> operation == Operation.PUT ? Fault.AFTER : null);
        ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> store.put(KEY, BODY));
        assertTrue(e.retryable());
        assertEquals(100, store.size(KEY));
        assertEquals(List.of("PUT a", "PUT a", "PUT a", "SIZE a"), store.journal());
    }

    @Test
    void readsAndListingsBreakOffMidway() throws Exception {
        store.put(KEY, BODY);
        store.put(ObjectKey.of("b"), BODY);
        store.plan((call, operation, name) -> Fault.MIDWAY);
        ByteBuffer target = ByteBuffer.allocate(50);
        assertThrows(ObjectStoreException.class, () -> store.read(KEY, 0, target));
        assertEquals(25, target.position());
        List<ObjectEntry> entries = new ArrayList<>();
        assertThrows(ObjectStoreException.class, () -> store.list("", true, entries::add));
        assertEquals(List.of(ObjectEntry.object(KEY, 100)), entries);
        assertThrows(ObjectStoreException.class, () -> store.delete(KEY));
        store.heal();
        assertEquals(100, store.size(KEY));
    }

    @Test
    void theAnswerThatNothingIsThereCanBeLostToo() {
        store.plan((call, operation, name) -> Fault.AFTER);
        ObjectStoreException e = assertThrows(ObjectStoreException.class, () -> store.size(KEY));
        assertFalse(e instanceof ObjectNotFoundException);
        e = assertThrows(ObjectStoreException.class, () -> store.read(KEY, 0, ByteBuffer.allocate(1)));
        assertFalse(e instanceof ObjectNotFoundException);
    }
}
