package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to real files; the rest is in the storage contract test of the test kit. */
class FileStorageTest {
    private static final long FIVE_GIB = 5L << 30;

    @TempDir
    private Path directory;

    private final FileStorage storage = FileStorage.instance();

    @Test
    void filesBeyondTwoGibibytesAreMapped() throws IOException {
        Path file = directory.resolve("sparse");
        byte[] mark = {1, 2, 3, 4, 5, 6, 7, 8};
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(FIVE_GIB);
            for (long position : List.of((1L << 30) - 4, (1L << 31) - 3, (1L << 32) + 100, FIVE_GIB - 8)) {
                sparse.seek(position);
                sparse.write(mark);
            }
        }
        try (MappedFile mapped = storage.map(file)) {
            assertEquals(FIVE_GIB, mapped.size());
            for (long position : List.of((1L << 30) - 4, (1L << 31) - 3, (1L << 32) + 100, FIVE_GIB - 8)) {
                assertEquals(0x0102030405060708L, mapped.getLong(position));
                assertEquals(0x03040506, mapped.getInt(position + 2));
                assertEquals(8, mapped.get(position + 7));
                byte[] found = new byte[8];
                mapped.get(position, found, 0, 8);
                assertArrayEquals(mark, found);
                assertEquals(Crc32c.of(mark, 0, 8), mapped.crc32c(position, 8));
            }
            assertThrows(IndexOutOfBoundsException.class, () -> mapped.get(FIVE_GIB));
        }
    }

    @Test
    void readsAcrossTheBordersOfMappingsAreRight() throws IOException {
        Random random = new Random(1);
        for (int size : new int[] {1, 15, 16, 17, 32, 100, 1_000}) {
            byte[] content = new byte[size];
            random.nextBytes(content);
            Path file = directory.resolve("f" + size);
            Files.write(file, content);
            ByteBuffer expected = ByteBuffer.wrap(content);
            try (MappedFile mapped = storage.map(file, 4)) {
                assertEquals(size, mapped.size());
                for (int at = 0; at < size; at++) {
                    assertEquals(content[at], mapped.get(at));
                    if (at + 4 <= size) {
                        assertEquals(expected.getInt(at), mapped.getInt(at));
                    }
                    if (at + 8 <= size) {
                        assertEquals(expected.getLong(at), mapped.getLong(at));
                    }
                    int length = random.nextInt(size - at + 1);
                    byte[] found = new byte[length + 2];
                    mapped.get(at, found, 1, length);
                    assertArrayEquals(
                            Arrays.copyOfRange(content, at, at + length), Arrays.copyOfRange(found, 1, 1 + length));
                    assertEquals(Crc32c.of(content, at, length), mapped.crc32c(at, length));
                    int[] ints = new int[length / 4 + 1];
                    mapped.getInts(at, ints, 1, length / 4);
                    for (int i = 1; i < ints.length; i++) {
                        assertEquals(expected.getInt(at + 4 * (i - 1)), ints[i]);
                    }
                }
                assertThrows(IndexOutOfBoundsException.class, () -> mapped.get(size));
                assertThrows(IndexOutOfBoundsException.class, () -> mapped.getInt(size - 3));
                assertThrows(IndexOutOfBoundsException.class, () -> mapped.getLong(size - 7));
                assertThrows(IndexOutOfBoundsException.class, () -> mapped.crc32c(0, size + 1L));
            }
        }
    }

    @Test
    void closingGivesTheMappingBackAtOnce() throws IOException {
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.exists(maps), "no /proc/self/maps here");
        Path file = directory.resolve("mapped-and-closed");
        Files.write(file, new byte[10_000]);
        MappedFile mapped = storage.map(file);
        assertTrue(Files.readString(maps, StandardCharsets.ISO_8859_1).contains("mapped-and-closed"));
        mapped.close();
        assertFalse(Files.readString(maps, StandardCharsets.ISO_8859_1).contains("mapped-and-closed"));
    }

    @Test
    void aChecksumInAnotherThreadDelaysClosingAndNothingElse() throws Exception {
        assumeTrue(Runtime.version().feature() >= 22, "before Java 22 callers must not do this");
        Path file = directory.resolve("f");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 28);
        }
        for (int i = 0; i < 10; i++) {
            MappedFile mapped = storage.map(file);
            CountDownLatch started = new CountDownLatch(1);
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread reader = new Thread(() -> {
                try {
                    while (true) {
                        mapped.crc32c(0, 1L << 20);
                        started.countDown();
                    }
                } catch (IllegalStateException e) {
                    failure.set(e);
                }
            });
            reader.start();
            assertTrue(started.await(30, TimeUnit.SECONDS));
            mapped.close();
            reader.join();
            assertSame(IllegalStateException.class, failure.get().getClass());
        }
    }

    @Test
    void aFailedWriteTellsHowMuchIsInTheFile() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "no /dev/full here");
        try (AppendFile out = storage.append(full)) {
            IOException failure = assertThrows(IOException.class, () -> out.write(new byte[100], 0, 100));
            assertTrue(String.valueOf(failure.getMessage()).contains("No space left on device"));
            assertEquals(0, out.size());
        }
    }

    @Test
    void whatIsThereButCannotBeOpenedIsNotAbsent() throws IOException {
        IOException failure = assertThrows(IOException.class, () -> storage.open(directory));
        assertFalse(failure instanceof NoSuchFileException);
        Path file = directory.resolve("f");
        Files.write(file, new byte[10]);
        assertThrows(NotDirectoryException.class, () -> storage.list(file));
    }

    @Test
    void lockedAgainstOtherProcessesAndThroughLinks() throws Exception {
        Path file = directory.resolve("lock");
        Path link = directory.resolve("link");
        try (Closeable held = storage.lock(file)) {
            assertTrue(held != null);
            Files.createSymbolicLink(link, file);
            IOException again = assertThrows(IOException.class, () -> storage.lock(link));
            assertTrue(String.valueOf(again.getMessage()).contains("by this process"));
            // A refused attempt must not have given up the first lock.
            assertEquals(
                    "refused: cannot lock: found=locked by another process, file=" + file, lockInAnotherProcess(file));
        }
        assertEquals("locked", lockInAnotherProcess(file));
    }

    private static String lockInAnotherProcess(Path file) throws Exception {
        return runJava(List.of(), LockAttempt.class, file.toString());
    }

    @Test
    void noRuntimeWarnsAboutAnything() throws Exception {
        Path file = directory.resolve("f");
        Files.write(file, "content".getBytes(StandardCharsets.US_ASCII));
        List<String> flags = Runtime.version().feature() >= 24
                ? List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny")
                : List.of();
        assertEquals("content, closed", runJava(flags, MapAndClose.class, file.toString()));
    }

    @Test
    void threadsCanBeTheHosts() throws IOException {
        List<Thread> made = new ArrayList<>();
        FileStorage hosted = FileStorage.withThreads(task -> {
            Thread thread = new Thread(task, "host");
            made.add(thread);
            return thread;
        });
        hosted.syncDirectory(directory);
        hosted.lock(directory.resolve("lock")).close();
        hosted.map(directory.resolve("lock")).close();
        assertEquals(3, made.size());
        FileStorage broken = FileStorage.withThreads(task -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        assertThrows(IOException.class, () -> broken.syncDirectory(directory));
    }

    @Test
    void failuresOnTheOtherThreadReachTheCaller() {
        OwnThread ownThread = new OwnThread(Thread::new);
        assertThrows(
                IOException.class,
                () -> ownThread.call(() -> {
                    throw new IOException("x");
                }));
        assertThrows(
                IllegalStateException.class,
                () -> ownThread.call(() -> {
                    throw new IllegalStateException("x");
                }));
        assertThrows(
                AssertionError.class,
                () -> ownThread.call(() -> {
                    throw new AssertionError("x");
                }));
        IOException wrapped = assertThrows(
                IOException.class,
                () -> ownThread.call(() -> {
                    throw new Exception("x");
                }));
        assertEquals("x", wrapped.getCause().getMessage());
    }

    /** Output and errors of a program that sees this module only. */
    private static String runJava(List<String> flags, Class<?> program, String argument) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(
                List.of("-cp", classesOf(FileStorage.class) + ":" + classesOf(program), program.getName(), argument));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.strip();
    }

    private static String classesOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }

    static final class LockAttempt {
        private LockAttempt() {}

        public static void main(String[] arguments) {
            try (Closeable held = FileStorage.instance().lock(Path.of(arguments[0]))) {
                System.out.println(held != null ? "locked" : "nothing");
            } catch (IOException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    static final class MapAndClose {
        private MapAndClose() {}

        public static void main(String[] arguments) throws IOException {
            MappedFile mapped = FileStorage.instance().map(Path.of(arguments[0]));
            byte[] content = new byte[(int) mapped.size()];
            mapped.get(0, content, 0, content.length);
            mapped.close();
            String state;
            try {
                state = "open " + mapped.get(0);
            } catch (IllegalStateException e) {
                state = "closed";
            }
            System.out.println(new String(content, StandardCharsets.US_ASCII) + ", " + state);
        }
    }
}
