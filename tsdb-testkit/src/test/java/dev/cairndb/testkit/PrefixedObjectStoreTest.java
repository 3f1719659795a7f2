package dev.cairndb.testkit;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStores;

class PrefixedObjectStoreTest extends ObjectStoreContractTest {
    @Override
    protected ObjectStore newStore() {
        return ObjectStores.prefixed(new InMemoryObjectStore(), ObjectKey.of("some/where"));
    }
}
