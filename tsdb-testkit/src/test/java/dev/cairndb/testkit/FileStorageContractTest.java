package dev.cairndb.testkit;

import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class FileStorageContractTest extends StorageContractTest {
    @TempDir
    private Path directory;

    @Override
    protected Storage newStorage() {
        return FileStorage.instance();
    }

    @Override
    protected Path newDirectory() {
        return directory;
    }
}
