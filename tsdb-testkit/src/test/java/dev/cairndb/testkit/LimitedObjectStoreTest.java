package dev.cairndb.testkit;

import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStores;

class LimitedObjectStoreTest extends ObjectStoreContractTest {
    @Override
    protected ObjectStore newStore() {
        return ObjectStores.limited(new InMemoryObjectStore(), 1L << 40);
    }
}
