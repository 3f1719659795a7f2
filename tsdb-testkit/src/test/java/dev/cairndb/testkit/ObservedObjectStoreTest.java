package dev.cairndb.testkit;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStores;

class ObservedObjectStoreTest extends ObjectStoreContractTest {
    @Override
    protected ObjectStore newStore() {
        return ObjectStores.observed(new InMemoryObjectStore(), (operation, nanos, bytes, failure) -> {});
    }
}
