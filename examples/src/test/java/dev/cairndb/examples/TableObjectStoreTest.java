package dev.cairndb.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.testkit.ObjectStoreContractTest;
import dev.cairndb.testkit.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TableObjectStoreTest extends ObjectStoreContractTest {
    private static final int LINES_MAX = 99;

    @Override
    protected ObjectStore newStore() {
        return new TableObjectStore();
    }

    @Test
    void aStoreOfOnesOwnTakesLessThanAHundredLines() throws IOException {
        Path source = Repository.root().resolve("examples/src/main/java/dev/cairndb/examples/TableObjectStore.java");
        long lines = Files.readAllLines(source).stream()
                .filter(line -> !line.isBlank())
                .count();
        assertTrue(lines <= LINES_MAX, lines + " lines");
    }
}
