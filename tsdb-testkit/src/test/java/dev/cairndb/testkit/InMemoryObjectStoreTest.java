package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import org.junit.jupiter.api.Test;

class InMemoryObjectStoreTest extends ObjectStoreContractTest {
    @Override
    protected ObjectStore newStore() {
        return new InMemoryObjectStore();
    }

    @Test
    void refusesAnObjectThatWouldBeAFolderAsAFileSystemDoes() throws Exception {
        try (ObjectStore store = new InMemoryObjectStore()) {
            ObjectBody body = ObjectBody.ofBytes(new byte[1]);
            store.put(ObjectKey.of("a/b"), body);
            for (String name : new String[] {"a", "a/b/c", "a/b/c/d"}) {
                ObjectStoreException e =
                        assertThrows(ObjectStoreException.class, () -> store.put(ObjectKey.of(name), body));
                assertFalse(e.retryable());
            }
            store.put(ObjectKey.of("a/c"), body);
            store.put(ObjectKey.of("ab"), body);
        }
    }
}
