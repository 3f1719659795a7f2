package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Storage} does. A subclass gives one, and an empty directory in it. */
public abstract class StorageContractTest {
    private static final int INTERRUPTED_ROUNDS = 200;

    private Storage storage;
    private Path directory;

    /** The storage under test, new for each test. */
    protected abstract Storage newStorage() throws IOException;

    /** An existing, empty directory in that storage. */
    protected abstract Path newDirectory() throws IOException;

    @BeforeEach
    void open() throws IOException {
        storage = newStorage();
        directory = newDirectory();
    }

    @AfterEach
    void forgetInterrupt() {
        Thread.interrupted();
    }

    @Test
    void writtenBytesAreReadBackAtOnce() throws IOException {
        Path file = directory.resolve("f");
        try (AppendFile out = storage.create(file);
                ReadFile in = storage.open(file)) {
            assertEquals(0, out.size());
            out.write(bytes("--hello--"), 2, 5);
            out.write(bytes(" world"), 0, 6);
            assertEquals(11, out.size());
            assertEquals(11, in.size());
            assertEquals(11, storage.size(file));
            byte[] target = new byte[20];
            assertEquals(11, in.read(0, target, 0, 20));
            assertEquals("hello world", text(target, 0, 11));
            assertEquals("hello world", content(file));
        }
    }

    @Test
    void aLinkedFileIsThereWhenTheFirstNameIsGone() throws IOException {
        Path file = write("f", "0123456789");
        Path second = directory.resolve("g");
        storage.link(file, second);
        assertEquals("0123456789", content(second));
        assertThrows(FileAlreadyExistsException.class, () -> storage.link(file, second));
        assertThrows(NoSuchFileException.class, () -> storage.link(directory.resolve("none"), directory.resolve("h")));
        storage.delete(file);
        assertEquals("0123456789", content(second));
        assertFalse(storage.exists(directory.resolve("h")));
    }

    @Test
    void readsStopAtTheEnd() throws IOException {
        Path file = write("f", "0123456789");
        try (ReadFile in = storage.open(file)) {
            byte[] target = new byte[8];
            assertEquals(4, in.read(2, target, 3, 4));
            assertEquals("2345", text(target, 3, 4));
            assertEquals(3, in.read(7, target, 0, 8));
            assertEquals("789", text(target, 0, 3));
            assertEquals(0, in.read(10, target, 0, 8));
            assertEquals(0, in.read(1000, target, 0, 8));
            assertEquals(0, in.read(0, target, 8, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> in.read(0, target, 1, 8));
        }
    }

    @Test
    void largeWritesArriveWhole() throws IOException {
        byte[] content = new byte[1_000_003];
        new Random(1).nextBytes(content);
        Path file = directory.resolve("f");
        try (AppendFile out = storage.create(file)) {
            out.write(content, 0, 3);
            out.write(content, 3, content.length - 3);
        }
        assertArrayEquals(content, storage.readAll(file));
    }

    @Test
    void appendGoesOnBehindTheEnd() throws IOException {
        Path file = write("f", "abc");
        try (AppendFile out = storage.append(file)) {
            assertEquals(3, out.size());
            out.write(bytes("def"), 0, 3);
            assertEquals(6, out.size());
        }
        assertEquals("abcdef", content(file));
    }

    @Test
    void writeAtReplacesBytesThatExist() throws IOException {
        Path file = directory.resolve("f");
        try (AppendFile out = storage.create(file)) {
            out.write(bytes("0123456789"), 0, 10);
            out.writeAt(4, bytes("xyz"), 1, 2);
            out.write(bytes("end"), 0, 3);
            assertThrows(IndexOutOfBoundsException.class, () -> out.writeAt(12, bytes("xyz"), 0, 2));
            assertEquals(13, out.size());
        }
        assertEquals("0123yz6789end", content(file));
    }

    @Test
    void truncateCutsAndWritingGoesOnThere() throws IOException {
        Path file = directory.resolve("f");
        try (AppendFile out = storage.create(file)) {
            out.write(bytes("0123456789"), 0, 10);
            out.truncate(4);
            assertEquals(4, out.size());
            assertThrows(IllegalArgumentException.class, () -> out.truncate(5));
            out.write(bytes("end"), 0, 3);
        }
        assertEquals("0123end", content(file));
    }

    @Test
    void syncingAndClosingTwiceAreHarmless() throws IOException {
        AppendFile out = storage.create(directory.resolve("f"));
        out.write(bytes("a"), 0, 1);
        out.sync();
        out.sync();
        storage.syncDirectory(directory);
        out.close();
        out.close();
        assertThrows(IOException.class, () -> out.write(bytes("a"), 0, 1));
        assertThrows(IOException.class, out::sync);
        ReadFile in = storage.open(directory.resolve("f"));
        in.close();
        in.close();
        assertThrows(IOException.class, () -> in.read(0, new byte[1], 0, 1));
    }

    @Test
    void createRefusesAFileThatExists() throws IOException {
        Path file = write("f", "abc");
        assertThrows(FileAlreadyExistsException.class, () -> storage.create(file));
        assertEquals("abc", content(file));
    }

    @Test
    void absenceIsAnExceptionOfItsOwn() throws IOException {
        Path absent = directory.resolve("absent");
        Path deep = directory.resolve("absent/f");
        for (Path path : List.of(absent, deep)) {
            assertThrows(NoSuchFileException.class, () -> storage.append(path));
            assertThrows(NoSuchFileException.class, () -> storage.open(path));
            assertThrows(NoSuchFileException.class, () -> storage.map(path));
            assertThrows(NoSuchFileException.class, () -> storage.readAll(path));
            assertThrows(NoSuchFileException.class, () -> storage.size(path));
            assertThrows(NoSuchFileException.class, () -> storage.rename(path, directory.resolve("g")));
            assertThrows(NoSuchFileException.class, () -> storage.syncDirectory(path));
            assertFalse(storage.exists(path));
            assertFalse(storage.isDirectory(path));
            assertEquals(List.of(), storage.list(path));
        }
        assertThrows(NoSuchFileException.class, () -> storage.create(deep));
        assertEquals(List.of(), storage.list(directory));
    }

    @Test
    void directoriesAreListedInOrder() throws IOException {
        for (String name : List.of("b", "a", "C", "10", "9")) {
            write(name, name);
        }
        storage.createDirectories(directory.resolve("d/e"));
        storage.createDirectories(directory.resolve("d/e"));
        assertEquals(List.of("10", "9", "C", "a", "b", "d"), storage.list(directory));
        assertEquals(List.of("e"), storage.list(directory.resolve("d")));
        assertTrue(storage.isDirectory(directory.resolve("d")));
        assertTrue(storage.exists(directory.resolve("d")));
        assertFalse(storage.isDirectory(directory.resolve("a")));
        assertTrue(storage.exists(directory.resolve("a")));
        assertThrows(IOException.class, () -> storage.createDirectories(directory.resolve("a")));
        assertThrows(IOException.class, () -> storage.readAll(directory.resolve("d")));
    }

    @Test
    void renameReplacesFiles() throws IOException {
        Path source = write("source", "new");
        Path target = write("target", "old");
        storage.rename(source, target);
        assertEquals("new", content(target));
        assertEquals(List.of("target"), storage.list(directory));
    }

    @Test
    void renameMovesDirectoriesWithAllInThem() throws IOException {
        storage.createDirectories(directory.resolve("block.tmp/chunks"));
        write("block.tmp/chunks/000001", "data");
        storage.rename(directory.resolve("block.tmp"), directory.resolve("block"));
        assertEquals(List.of("block"), storage.list(directory));
        assertEquals("data", content(directory.resolve("block/chunks/000001")));
        storage.createDirectories(directory.resolve("empty"));
        storage.rename(directory.resolve("block"), directory.resolve("empty"));
        assertEquals("data", content(directory.resolve("empty/chunks/000001")));
        storage.createDirectories(directory.resolve("other"));
        assertThrows(IOException.class, () -> storage.rename(directory.resolve("other"), directory.resolve("empty")));
    }

    @Test
    void openFilesOutliveTheirNames() throws IOException {
        Path file = directory.resolve("f");
        try (AppendFile out = storage.create(file)) {
            out.write(bytes("abc"), 0, 3);
            try (ReadFile in = storage.open(file);
                    MappedFile mapped = storage.map(file)) {
                storage.rename(file, directory.resolve("g"));
                out.write(bytes("def"), 0, 3);
                assertEquals("abcdef", content(directory.resolve("g")));
                storage.delete(directory.resolve("g"));
                byte[] target = new byte[6];
                assertEquals(6, in.read(0, target, 0, 6));
                assertEquals("abcdef", text(target, 0, 6));
                assertEquals('c', mapped.get(2));
            }
        }
        assertEquals(List.of(), storage.list(directory));
    }

    @Test
    void deleteTakesFilesAndEmptyDirectoriesAndNothingTwice() throws IOException {
        Path file = write("f", "abc");
        storage.delete(file);
        storage.delete(file);
        assertFalse(storage.exists(file));
        storage.createDirectories(directory.resolve("d"));
        write("d/f", "abc");
        assertThrows(DirectoryNotEmptyException.class, () -> storage.delete(directory.resolve("d")));
        storage.delete(directory.resolve("d/f"));
        storage.delete(directory.resolve("d"));
        assertEquals(List.of(), storage.list(directory));
    }

    @Test
    void deleteRecursivelyTakesEverythingBelow() throws IOException {
        storage.createDirectories(directory.resolve("d/e/f"));
        write("d/1", "1");
        write("d/e/2", "2");
        write("other", "3");
        storage.deleteRecursively(directory.resolve("d"));
        storage.deleteRecursively(directory.resolve("d"));
        assertEquals(List.of("other"), storage.list(directory));
    }

    @Test
    void mappedFilesAreBigEndianAndBounded() throws IOException {
        Path file = directory.resolve("f");
        byte[] content = new byte[1000];
        new Random(2).nextBytes(content);
        Arrays.fill(content, 0, 16, (byte) 0);
        content[3] = 7;
        content[9] = 1;
        try (AppendFile out = storage.create(file)) {
            out.write(content, 0, content.length);
        }
        MappedFile mapped = storage.map(file);
        assertEquals(1000, mapped.size());
        assertEquals(7, mapped.getInt(0));
        assertEquals(1L << 48, mapped.getLong(8));
        assertEquals(content[999], mapped.get(999));
        byte[] target = new byte[1002];
        mapped.get(0, target, 1, 1000);
        assertArrayEquals(content, Arrays.copyOfRange(target, 1, 1001));
        int[] ints = new int[252];
        for (int from = 0; from <= 3; from++) {
            mapped.getInts(from, ints, 2, 249);
            for (int i = 0; i < 249; i++) {
                assertEquals(mapped.getInt(from + 4L * i), ints[2 + i]);
            }
        }
        mapped.getInts(1000, ints, 252, 0);
        assertEquals(Crc32c.of(content, 100, 555), mapped.crc32c(100, 555));
        assertEquals(0, mapped.crc32c(1000, 0));
        for (Runnable read : List.<Runnable>of(
                () -> mapped.get(1000),
                () -> mapped.get(-1),
                () -> mapped.get(Long.MIN_VALUE),
                () -> mapped.get(1L << 40),
                () -> mapped.getInt(997),
                () -> mapped.getInt(-1),
                () -> mapped.getLong(993),
                () -> mapped.getLong(Long.MAX_VALUE),
                () -> mapped.get(990, target, 0, 11),
                () -> mapped.get(-5, target, 0, 11),
                () -> mapped.get(0, target, 1000, 3),
                () -> mapped.getInts(1, ints, 0, 250),
                () -> mapped.getInts(-4, ints, 0, 2),
                () -> mapped.getInts(0, ints, 250, 3),
                () -> mapped.getInts(Long.MAX_VALUE - 2, ints, 0, 1),
                () -> mapped.crc32c(999, 2),
                () -> mapped.crc32c(0, -1),
                () -> mapped.crc32c(Long.MAX_VALUE, Long.MAX_VALUE))) {
            assertThrows(IndexOutOfBoundsException.class, read::run);
        }
        mapped.close();
        mapped.close();
        for (Runnable read : List.<Runnable>of(
                () -> mapped.get(0),
                () -> mapped.getInt(0),
                () -> mapped.getLong(0),
                () -> mapped.get(0, target, 0, 4),
                () -> mapped.getInts(0, ints, 0, 1),
                () -> mapped.crc32c(0, 4))) {
            assertThrows(IllegalStateException.class, read::run);
        }
    }

    @Test
    void anEmptyFileCanBeMapped() throws IOException {
        try (MappedFile mapped = storage.map(write("f", ""))) {
            assertEquals(0, mapped.size());
            assertEquals(0, mapped.crc32c(0, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> mapped.get(0));
        }
    }

    @Test
    void aLockKeepsOthersOutUntilItIsClosed() throws IOException {
        Path file = directory.resolve("lock");
        for (int i = 0; i < 2; i++) {
            Closeable held = storage.lock(file);
            for (int j = 0; j < 2; j++) {
                IOException refused = assertThrows(IOException.class, () -> storage.lock(file));
                assertTrue(String.valueOf(refused.getMessage()).contains("lock"));
            }
            storage.lock(directory.resolve("another")).close();
            held.close();
            held.close();
        }
        assertTrue(storage.exists(file));
    }

    @Test
    void freeSpaceIsKnownAlsoForWhatDoesNotExistYet() throws IOException {
        assertTrue(storage.usableBytes(directory) > 0);
        assertTrue(storage.usableBytes(directory.resolve("not/yet")) > 0);
    }

    @Test
    void anInterruptedCallerIsServedAndStaysInterrupted() throws IOException {
        Thread.currentThread().interrupt();
        useEverything("f");
        assertTrue(Thread.interrupted());
    }

    @Test
    void interruptsAtAnyTimeHarmNothing() throws Exception {
        Thread worker = Thread.currentThread();
        AtomicBoolean stop = new AtomicBoolean();
        Thread interrupter = new Thread(() -> {
            while (!stop.get()) {
                worker.interrupt();
            }
        });
        interrupter.start();
        try {
            for (int i = 0; i < INTERRUPTED_ROUNDS; i++) {
                useEverything("f" + i);
            }
        } finally {
            stop.set(true);
            while (interrupter.isAlive()) {
                Thread.interrupted();
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void manyThreadsReadOneFile() throws Exception {
        byte[] content = new byte[100_000];
        new Random(3).nextBytes(content);
        Path file = directory.resolve("f");
        try (AppendFile out = storage.create(file)) {
            out.write(content, 0, content.length);
        }
        try (ReadFile in = storage.open(file)) {
            AtomicBoolean wrong = new AtomicBoolean();
            Thread[] threads = new Thread[4];
            for (int i = 0; i < threads.length; i++) {
                Random random = new Random(i);
                threads[i] = new Thread(() -> wrong.compareAndSet(false, !readsRight(in, content, random)));
                threads[i].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertFalse(wrong.get());
        }
    }

    private static boolean readsRight(ReadFile in, byte[] content, Random random) {
        byte[] target = new byte[500];
        try {
            for (int i = 0; i < 500; i++) {
                int from = random.nextInt(content.length);
                int count = in.read(from, target, 0, target.length);
                int expected = Math.min(target.length, content.length - from);
                if (count != expected || !Arrays.equals(target, 0, count, content, from, from + count)) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private void useEverything(String name) throws IOException {
        Path inner = directory.resolve(name);
        storage.createDirectories(inner);
        Path file = inner.resolve("1");
        try (AppendFile out = storage.create(file)) {
            out.write(bytes("0123456789"), 0, 10);
            out.writeAt(3, bytes("x"), 0, 1);
            out.truncate(8);
            out.sync();
        }
        storage.syncDirectory(inner);
        try (Closeable held = storage.lock(inner.resolve("lock"));
                AppendFile out = storage.append(file);
                ReadFile in = storage.open(file);
                MappedFile mapped = storage.map(file)) {
            assertThrows(IOException.class, () -> storage.lock(inner.resolve("lock")));
            out.write(bytes("89"), 0, 2);
            out.sync();
            byte[] target = new byte[10];
            assertEquals(10, in.read(0, target, 0, 10));
            assertEquals("012x456789", text(target, 0, 10));
            assertEquals('x', mapped.get(3));
            assertDoesNotThrow(held::close);
        }
        assertEquals("012x456789", content(file));
        assertEquals(List.of("1", "lock"), storage.list(inner));
        storage.rename(file, inner.resolve("2"));
        assertTrue(storage.exists(inner.resolve("2")));
        assertEquals(10, storage.size(inner.resolve("2")));
        storage.deleteRecursively(inner);
        storage.syncDirectory(directory);
        assertFalse(storage.exists(inner));
    }

    private Path write(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        try (AppendFile out = storage.create(file)) {
            out.write(bytes(content), 0, content.length());
        }
        return file;
    }

    private String content(Path file) throws IOException {
        byte[] content = storage.readAll(file);
        return text(content, 0, content.length);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.US_ASCII);
    }
}
