package dev.cairndb.testkit;

import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;

class CrashingStorageContractTest extends StorageContractTest {
    private final CrashingStorage storage = new CrashingStorage(1);

    @Override
    protected Storage newStorage() {
        return storage;
    }

    @Override
    protected Path newDirectory() throws IOException {
        storage.createDirectories(Path.of("/data"));
        return Path.of("/data");
    }
}
