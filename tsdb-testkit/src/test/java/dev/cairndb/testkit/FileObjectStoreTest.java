package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.objstore.ObjectStore;
import dev.cairndb.objstore.ObjectStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileObjectStoreTest extends ObjectStoreContractTest {
    private static final ObjectBody ONE_BYTE = ObjectBody.ofBytes(new byte[1]);

    @TempDir
    Path directory;

    @Override
    protected ObjectStore newStore() throws ObjectStoreException {
        return new FileObjectStore(directory.resolve("bucket"));
    }

    @Override
    protected boolean takesKeysBeyondAscii() {
        return "UTF-8".equals(System.getProperty("sun.jnu.encoding"));
    }

    @Test
    void objectsAreFilesAtTheirKeys() throws Exception {
        try (ObjectStore store = newStore()) {
            store.put(ObjectKey.of("x/chunks/000001"), ObjectBody.ofBytes(new byte[] {1, 2}));
            assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(directory.resolve("bucket/x/chunks/000001")));
            Files.write(directory.resolve("bucket/x/index"), new byte[3]);
            assertEquals(3, store.size(ObjectKey.of("x/index")));
        }
    }

    @Test
    void nothingIsLeftInTheStagingFolder() throws Exception {
        try (ObjectStore store = newStore()) {
            store.put(ObjectKey.of("a"), ONE_BYTE);
            store.putIfAbsent(ObjectKey.of("a"), ONE_BYTE);
            store.putIfAbsent(ObjectKey.of("b"), ONE_BYTE);
            Path file = Files.write(directory.resolve("shrunk"), new byte[9]);
            ObjectBody shrunk = ObjectBody.ofFile(file);
            Files.write(file, new byte[8]);
            assertThrows(ObjectStoreException.class, () -> store.put(ObjectKey.of("c"), shrunk));
        }
        try (Stream<Path> staged = Files.list(directory.resolve("bucket/.cairn-staging"))) {
            assertEquals(List.of(), staged.toList());
        }
    }

    @Test
    void stagedFilesOfCrashedPutsAreRemovedWhenTheyAreOld() throws Exception {
        newStore().close();
        Path staging = directory.resolve("bucket/.cairn-staging");
        Path old = Files.write(staging.resolve("old"), new byte[1]);
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        Files.write(staging.resolve("young"), new byte[1]);
        try (ObjectStore store = newStore()) {
            List<String> found = new ArrayList<>();
            store.list("", true, entry -> found.add(entry.name()));
            store.list(".cairn-staging/", true, entry -> found.add(entry.name()));
            assertEquals(List.of(), found);
            assertThrows(ObjectStoreException.class, () -> store.size(ObjectKey.of(".cairn-staging/young")));
        }
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(staging.resolve("young")));
    }

    @Test
    void aFileIsReadAsOftenAsItIsOpened() throws IOException {
        Path file = Files.write(directory.resolve("f"), new byte[] {4, 5});
        ObjectBody body = ObjectBody.ofFile(file);
        assertEquals(2, body.length());
        for (int i = 0; i < 2; i++) {
            try (var in = body.open()) {
                assertArrayEquals(new byte[] {4, 5}, in.readAllBytes());
            }
        }
    }

    @Test
    void emptyFoldersAndForeignFilesAreNoObjects() throws Exception {
        try (ObjectStore store = newStore()) {
            store.put(ObjectKey.of("x/y"), ONE_BYTE);
            Files.createDirectories(directory.resolve("bucket/empty/deeper"));
            Files.createSymbolicLink(directory.resolve("bucket/x/loop"), directory.resolve("bucket"));
            Files.write(directory.resolve("bucket/back\\slash"), new byte[1]);
            List<String> found = new ArrayList<>();
            store.list("", true, entry -> found.add(entry.name()));
            store.list("", false, entry -> found.add(entry.name()));
            assertEquals(List.of("x/y", "x/"), found);
        }
    }

    @Test
    void aFolderOfMoreThanAPageIsListedInOrder() throws Exception {
        Path folder = Files.createDirectories(directory.resolve("bucket/big"));
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 4_500; i++) {
            String name = Integer.toString(i * 31);
            names.add("big/" + name + (i % 1_000 == 0 ? "/z" : ""));
            if (i % 1_000 == 0) {
                Files.createDirectory(folder.resolve(name));
                Files.createFile(folder.resolve(name).resolve("z"));
            } else {
                Files.createFile(folder.resolve(name));
            }
        }
        names.sort(null);
        try (ObjectStore store = newStore()) {
            List<String> found = new ArrayList<>();
            store.list("big/", true, entry -> found.add(entry.name()));
            assertEquals(names, found);
        }
    }

    @Test
    void aFolderIsNotReplacedByAnObject() throws Exception {
        try (ObjectStore store = newStore()) {
            store.put(ObjectKey.of("a/b"), ONE_BYTE);
            for (String name : new String[] {"a", "a/b/c"}) {
                assertThrows(ObjectStoreException.class, () -> store.put(ObjectKey.of(name), ONE_BYTE));
                assertThrows(ObjectStoreException.class, () -> store.putIfAbsent(ObjectKey.of(name), ONE_BYTE));
            }
            assertEquals(1, store.size(ObjectKey.of("a/b")));
        }
    }
}
