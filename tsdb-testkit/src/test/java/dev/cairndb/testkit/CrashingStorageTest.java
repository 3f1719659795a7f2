package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The double itself: it keeps what it must keep, and really loses what it may lose. */
class CrashingStorageTest {
    private static final int SEEDS = 300;
    private static final Path DATA = Path.of("/data");
    private static final Path FILE = DATA.resolve("f");

    private final CrashingStorage storage = new CrashingStorage(1);

    @BeforeEach
    void mount() throws IOException {
        storage.createDurableDirectories(DATA);
    }

    @Test
    void whatWasSyncedSurvivesAndTheRestIsLostInEveryWay() throws IOException {
        AppendFile out = storage.create(FILE);
        write(out, 'a', 700);
        out.sync();
        storage.syncDirectory(DATA);
        write(out, 'b', 1000);
        write(out, 'c', 1000);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            byte[] found = storage.crashedCopy(seed).readAll(FILE);
            assertTrue(found.length >= 700 && found.length <= 2700, "length " + found.length);
            assertEquals(700, count(found, 'a', 0, 700));
            outcomes.merge(outcome(found), 1, Integer::sum);
        }
        assertEquals(
                Set.of("nothing", "all", "zeros only", "torn prefix", "later without earlier", "other"),
                outcomes.keySet(),
                outcomes::toString);
    }

    private static String outcome(byte[] found) {
        int earlier = count(found, 'b', 700, 1700);
        int later = count(found, 'c', 1700, 2700);
        if (found.length == 700) {
            return "nothing";
        }
        if (earlier == 1000 && later == 1000) {
            return "all";
        }
        if (earlier + later == 0) {
            return "zeros only";
        }
        if (earlier + later == found.length - 700) {
            return found.length % 512 == 0 ? "other" : "torn prefix";
        }
        return earlier < 1000 && later > 0 ? "later without earlier" : "other";
    }

    @Test
    void anOverwrittenHeaderIsOldOrNewOrTorn() throws IOException {
        AppendFile out = storage.create(FILE);
        write(out, 'a', 100);
        out.sync();
        storage.syncDirectory(DATA);
        out.writeAt(0, bytes('b', 8), 0, 8);
        boolean[] seen = new boolean[9];
        for (long seed = 0; seed < SEEDS; seed++) {
            byte[] found = storage.crashedCopy(seed).readAll(FILE);
            assertEquals(100, found.length);
            int arrived = count(found, 'b', 0, 8);
            assertEquals(100 - arrived, count(found, 'a', arrived, 100));
            seen[arrived] = true;
        }
        assertTrue(seen[0] && seen[8] && seen[3]);
    }

    @Test
    void aCutThatWasNotSyncedMayBeUndone() throws IOException {
        AppendFile out = storage.create(FILE);
        write(out, 'a', 2000);
        out.sync();
        storage.syncDirectory(DATA);
        out.truncate(100);
        Set<Integer> sizes = sizesAfterCrashes();
        assertTrue(sizes.contains(100) && sizes.contains(2000), sizes::toString);
        out.sync();
        assertEquals(Set.of(100), sizesAfterCrashes());
    }

    private Set<Integer> sizesAfterCrashes() throws IOException {
        Set<Integer> sizes = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            sizes.add((int) storage.crashedCopy(seed).size(FILE));
        }
        return sizes;
    }

    @Test
    void aSyncedFileMayStillLoseItsName() throws IOException {
        AppendFile out = storage.create(FILE);
        write(out, 'a', 10);
        out.sync();
        int kept = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            CrashingStorage crashed = storage.crashedCopy(seed);
            if (crashed.exists(FILE)) {
                kept++;
                assertArrayEquals(bytes('a', 10), crashed.readAll(FILE));
            }
        }
        assertTrue(kept > 0 && kept < SEEDS, "kept " + kept);
        storage.syncDirectory(DATA);
        for (long seed = 0; seed < SEEDS; seed++) {
            assertArrayEquals(bytes('a', 10), storage.crashedCopy(seed).readAll(FILE));
        }
    }

    @Test
    void namesAreLostIndependently() throws IOException {
        storage.create(DATA.resolve("1")).close();
        storage.create(DATA.resolve("2")).close();
        assertEquals(Set.of(List.of(), List.of("1"), List.of("2"), List.of("1", "2")), namesAfterCrashes());
    }

    @Test
    void aRenameIsKeptWholeOrNotAtAll() throws IOException {
        durable("a", 'a');
        storage.rename(DATA.resolve("a"), DATA.resolve("b"));
        assertEquals(Set.of(List.of("a"), List.of("b")), namesAfterCrashes());
        storage.syncDirectory(DATA);
        assertEquals(Set.of(List.of("b")), namesAfterCrashes());
    }

    @Test
    void aReplacedFileIsOldOrNewButNeverAbsent() throws IOException {
        durable("f", 'a');
        AppendFile out = storage.create(DATA.resolve("f.tmp"));
        write(out, 'b', 10);
        out.sync();
        storage.rename(DATA.resolve("f.tmp"), FILE);
        Set<String> contents = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            contents.add(new String(storage.crashedCopy(seed).readAll(FILE), StandardCharsets.US_ASCII));
        }
        assertEquals(Set.of("aaaaaaaaaa", "bbbbbbbbbb"), contents);
    }

    @Test
    void renamingWhatWasNotSyncedCanReplaceGoodContentByNothing() throws IOException {
        durable("f", 'a');
        AppendFile out = storage.create(DATA.resolve("f.tmp"));
        write(out, 'b', 10);
        storage.rename(DATA.resolve("f.tmp"), FILE);
        boolean lost = false;
        for (long seed = 0; seed < SEEDS; seed++) {
            lost |= storage.crashedCopy(seed).size(FILE) == 0;
        }
        assertTrue(lost);
    }

    @Test
    void aDeletedFileMayComeBack() throws IOException {
        durable("f", 'a');
        storage.delete(FILE);
        assertEquals(Set.of(List.of(), List.of("f")), namesAfterCrashes());
        storage.syncDirectory(DATA);
        assertEquals(Set.of(List.of()), namesAfterCrashes());
    }

    @Test
    void aDirectoryNeedsASyncOfItsParentToo() throws IOException {
        storage.createDirectories(DATA.resolve("d"));
        storage.create(DATA.resolve("d/f")).close();
        storage.syncDirectory(DATA.resolve("d"));
        assertEquals(Set.of(List.of(), List.of("d")), namesAfterCrashes());
        storage.syncDirectory(DATA);
        for (long seed = 0; seed < SEEDS; seed++) {
            assertEquals(List.of("f"), storage.crashedCopy(seed).list(DATA.resolve("d")));
        }
    }

    @Test
    void aMovedDirectoryKeepsWhatWasSyncedInIt() throws IOException {
        storage.createDirectories(DATA.resolve("block.tmp/chunks"));
        try (AppendFile out = storage.create(DATA.resolve("block.tmp/chunks/1"))) {
            write(out, 'a', 10);
            out.sync();
        }
        storage.syncDirectory(DATA.resolve("block.tmp/chunks"));
        storage.syncDirectory(DATA.resolve("block.tmp"));
        storage.rename(DATA.resolve("block.tmp"), DATA.resolve("block"));
        assertEquals(Set.of(List.of(), List.of("block.tmp"), List.of("block")), namesAfterCrashes());
        storage.syncDirectory(DATA);
        for (long seed = 0; seed < SEEDS; seed++) {
            CrashingStorage crashed = storage.crashedCopy(seed);
            assertEquals(List.of("block"), crashed.list(DATA));
            assertArrayEquals(bytes('a', 10), crashed.readAll(DATA.resolve("block/chunks/1")));
        }
    }

    @Test
    void aMoveIsDurableOnceEitherDirectoryIsSynced() throws IOException {
        for (String synced : List.of("d", "e")) {
            CrashingStorage fresh = new CrashingStorage(1);
            fresh.createDurableDirectories(DATA.resolve("d"));
            fresh.createDurableDirectories(DATA.resolve("e"));
            fresh.create(DATA.resolve("d/f")).close();
            fresh.rename(DATA.resolve("d/f"), DATA.resolve("e/g"));
            fresh.syncDirectory(DATA.resolve(synced));
            for (long seed = 0; seed < SEEDS; seed++) {
                CrashingStorage crashed = fresh.crashedCopy(seed);
                assertEquals(List.of(), crashed.list(DATA.resolve("d")));
                assertEquals(List.of("g"), crashed.list(DATA.resolve("e")));
            }
        }
    }

    @Test
    void afterAFailedSyncContentMayBeLostThoughTheNextOneSucceeds() throws IOException {
        boolean lost = false;
        boolean kept = false;
        for (long seed = 0; seed < SEEDS; seed++) {
            CrashingStorage fresh = new CrashingStorage(seed);
            AppendFile out = fresh.create(FILE.getFileName());
            fresh.syncDirectory(Path.of("/"));
            write(out, 'a', 100);
            fresh.faults().failOnce(StorageFault.IO_ERROR, Set.of(StorageOperation.SYNC), path -> true, 1);
            assertThrows(IOException.class, out::sync);
            write(out, 'b', 100);
            out.sync();
            assertEquals(100, count(fresh.readAll(Path.of("f")), 'a', 0, 100));
            byte[] found = fresh.crash(seed).readAll(Path.of("f"));
            assertEquals(200, found.length);
            assertEquals(100, count(found, 'b', 100, 200));
            kept |= count(found, 'a', 0, 100) == 100;
            lost |= count(found, 'a', 0, 100) < 100;
        }
        assertTrue(lost && kept);
    }

    @Test
    void aSyncCoversWhatWasWrittenBeforeItBegan() throws IOException {
        AppendFile out = storage.create(FILE);
        storage.syncDirectory(DATA);
        write(out, 'a', 10);
        storage.duringSync(path -> {
            try {
                write(out, 'b', 10);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        out.sync();
        Set<Integer> sizes = sizesAfterCrashes();
        assertTrue(sizes.contains(10) && sizes.contains(20), sizes::toString);
        assertTrue(sizes.stream().allMatch(size -> size >= 10), sizes::toString);
    }

    @Test
    void aKillKeepsWhatWasHandedOverButDoesNotMakeItDurable() throws IOException {
        AppendFile out = storage.create(FILE);
        write(out, 'a', 10);
        CrashingStorage next = storage.kill();
        assertArrayEquals(bytes('a', 10), next.readAll(FILE));
        boolean lost = false;
        for (long seed = 0; seed < SEEDS; seed++) {
            lost |= !next.crashedCopy(seed).exists(FILE);
        }
        assertTrue(lost);
    }

    @Test
    void theDeadOnlyThrow() throws IOException {
        AppendFile out = storage.create(FILE);
        write(out, 'a', 10);
        ReadFile in = storage.open(FILE);
        Closeable held = storage.lock(DATA.resolve("lock"));
        CrashingStorage next = storage.kill();
        assertThrows(IOException.class, () -> write(out, 'a', 10));
        assertThrows(IOException.class, out::sync);
        assertThrows(IOException.class, () -> out.truncate(0));
        assertThrows(IOException.class, () -> in.read(0, new byte[1], 0, 1));
        assertThrows(IOException.class, () -> storage.create(DATA.resolve("g")));
        assertThrows(IOException.class, () -> storage.delete(FILE));
        assertThrows(IOException.class, () -> storage.list(DATA));
        out.close();
        in.close();
        next.lock(DATA.resolve("lock")).close();
        held.close();
        assertEquals(List.of("f", "lock"), next.list(DATA));
        assertEquals(List.of(), next.openFiles());
    }

    @Test
    void aFullDiskTakesAPartAndHealsWhenSpaceReturns() throws IOException {
        storage.freeBytes(150);
        AppendFile out = storage.create(FILE);
        write(out, 'a', 100);
        assertEquals(50, storage.usableBytes(DATA));
        IOException full = assertThrows(IOException.class, () -> write(out, 'b', 100));
        assertTrue(String.valueOf(full.getMessage()).contains("No space left on device"));
        assertEquals(150, out.size());
        assertEquals(0, storage.usableBytes(DATA));
        out.writeAt(0, bytes('c', 10), 0, 10);
        out.truncate(100);
        write(out, 'd', 50);
        storage.freeBytes(1000);
        write(out, 'e', 100);
        assertEquals(250, storage.size(FILE));
        storage.delete(FILE);
        assertEquals(1150, storage.usableBytes(DATA));
    }

    @Test
    void aFileOfWhichASyncFailedIsSafeWhenItIsCutToWhatIsDurable() throws IOException {
        Path file = Path.of("/f");
        int unsafe = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            CrashingStorage fresh = new CrashingStorage(seed);
            AppendFile out = fresh.create(file);
            write(out, 'a', 100);
            out.sync();
            write(out, 'b', 600);
            fresh.faults().failOnce(StorageFault.IO_ERROR, Set.of(StorageOperation.SYNC), path -> true, 1);
            assertThrows(IOException.class, out::sync);
            write(out, 'c', 10);
            assertEquals(List.of(file), fresh.failedSyncs());
            out.truncate(700);
            unsafe += fresh.failedSyncs().size();
            out.truncate(100);
            assertEquals(List.of(), fresh.failedSyncs());
        }
        assertTrue(unsafe > 0 && unsafe < SEEDS, unsafe + " times something was left that a power cut may take");
    }

    @Test
    void theNthCallThatMatchesFails() throws IOException {
        Path other = DATA.resolve("other");
        storage.faults().failOnce(StorageFault.NO_SPACE, Set.of(StorageOperation.WRITE), FILE::equals, 2);
        AppendFile out = storage.create(FILE);
        AppendFile unaffected = storage.create(other);
        write(out, 'a', 10);
        write(unaffected, 'a', 10);
        IOException failure = assertThrows(IOException.class, () -> write(out, 'b', 10));
        assertTrue(String.valueOf(failure.getMessage()).contains("No space left"));
        assertTrue(out.size() >= 10 && out.size() <= 20);
        write(out, 'c', 10);
        assertEquals(1, storage.faults().injected());
        assertEquals(4, storage.faults().calls(StorageOperation.WRITE));
        storage.faults().failFrom(StorageFault.IO_ERROR, Set.of(StorageOperation.WRITE), path -> true, 2);
        write(out, 'd', 10);
        for (int i = 0; i < 3; i++) {
            assertThrows(IOException.class, () -> write(unaffected, 'd', 10));
        }
        storage.faults().clear();
        write(unaffected, 'e', 10);
    }

    @Test
    void eachOperationCanFail() throws IOException {
        durable("f", 'a');
        for (StorageOperation operation : StorageOperation.values()) {
            CrashingStorage fresh = storage.crashedCopy(1);
            AppendFile out = fresh.append(FILE);
            ReadFile in = fresh.open(FILE);
            fresh.faults().failFrom(StorageFault.IO_ERROR, EnumSet.of(operation), path -> true, 1);
            assertThrows(IOException.class, () -> useEverything(fresh, out, in), operation::toString);
            assertEquals(1, fresh.faults().injected());
        }
    }

    private static void useEverything(CrashingStorage storage, AppendFile out, ReadFile in) throws IOException {
        write(out, 'b', 10);
        out.writeAt(0, bytes('c', 1), 0, 1);
        out.truncate(5);
        out.sync();
        in.read(0, new byte[1], 0, 1);
        storage.create(DATA.resolve("new")).close();
        storage.append(FILE).close();
        storage.open(FILE).close();
        storage.map(FILE).close();
        storage.lock(FILE).close();
        storage.list(DATA);
        storage.size(FILE);
        storage.createDirectories(DATA.resolve("d"));
        storage.rename(FILE, DATA.resolve("g"));
        storage.delete(DATA.resolve("g"));
        storage.syncDirectory(DATA);
    }

    @Test
    void aDeathInAWriteLeavesAPartAndASuccessor() throws IOException {
        AppendFile out = storage.create(FILE);
        storage.faults().failOnce(StorageFault.DEATH, StorageOperation.changing(), path -> true, 2);
        write(out, 'a', 10);
        assertThrows(IOException.class, () -> write(out, 'a', 1000));
        assertThrows(IOException.class, () -> storage.exists(FILE));
        CrashingStorage next = storage.kill();
        assertTrue(next.size(FILE) >= 10 && next.size(FILE) <= 1010);
    }

    @Test
    void leaksAreListed() throws IOException {
        assertEquals(List.of(), storage.openFiles());
        AppendFile out = storage.create(FILE);
        ReadFile in = storage.open(FILE);
        MappedFile mapped = storage.map(FILE);
        Closeable held = storage.lock(DATA.resolve("lock"));
        assertEquals(List.of("append /data/f", "lock /data/lock", "map /data/f", "read /data/f"), storage.openFiles());
        out.close();
        in.close();
        mapped.close();
        held.close();
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void theSameSeedGivesTheSameCrash() throws IOException {
        AppendFile out = storage.create(FILE);
        storage.syncDirectory(DATA);
        for (int i = 0; i < 50; i++) {
            write(out, (char) ('a' + i % 26), 100);
        }
        for (long seed = 0; seed < 50; seed++) {
            assertArrayEquals(
                    storage.crashedCopy(seed).readAll(FILE),
                    storage.crashedCopy(seed).readAll(FILE));
        }
    }

    @Test
    void realDirectoriesAreCopiedBothWays(@TempDir Path real) throws IOException {
        durable("f", 'a');
        storage.createDirectories(DATA.resolve("d/empty"));
        try (AppendFile out = storage.create(DATA.resolve("d/g"))) {
            write(out, 'b', 20);
        }
        storage.copyTo(DATA, real.resolve("copy"));
        FileStorage files = FileStorage.instance();
        assertEquals(List.of("d", "f"), files.list(real.resolve("copy")));
        assertEquals(List.of("empty", "g"), files.list(real.resolve("copy/d")));
        assertArrayEquals(bytes('b', 20), files.readAll(real.resolve("copy/d/g")));
        CrashingStorage loaded = new CrashingStorage(2);
        loaded.loadFrom(real, Path.of("/x"));
        CrashingStorage crashed = loaded.crash(3);
        assertArrayEquals(bytes('b', 20), crashed.readAll(Path.of("/x/copy/d/g")));
        assertTrue(crashed.isDirectory(Path.of("/x/copy/d/empty")));
        assertThrows(IOException.class, () -> crashed.loadFrom(real, Path.of("/x")));
    }

    /** Against a model that knows what was synced: random work, then a crash. */
    @Test
    void nothingSyncedIsEverLost() throws IOException {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            CrashingStorage fresh = new CrashingStorage(seed);
            fresh.createDurableDirectories(DATA);
            Map<String, AppendFile> files = new TreeMap<>();
            Map<String, byte[]> synced = new TreeMap<>();
            Map<String, byte[]> guaranteed = new TreeMap<>();
            for (int step = 0; step < 60; step++) {
                String name = "f" + random.nextInt(4);
                AppendFile out = files.get(name);
                if (out == null) {
                    files.put(name, fresh.create(DATA.resolve(name)));
                    continue;
                }
                switch (random.nextInt(5)) {
                    case 0, 1 -> write(out, (char) ('a' + random.nextInt(26)), random.nextInt(900));
                    case 2, 3 -> {
                        out.sync();
                        synced.put(name, fresh.readAll(DATA.resolve(name)));
                        guaranteed.computeIfPresent(name, (key, old) -> synced.get(key));
                    }
                    default -> {
                        fresh.syncDirectory(DATA);
                        for (String existing : files.keySet()) {
                            guaranteed.put(existing, synced.getOrDefault(existing, new byte[0]));
                        }
                    }
                }
            }
            CrashingStorage crashed = fresh.crash(seed);
            for (Map.Entry<String, byte[]> entry : guaranteed.entrySet()) {
                byte[] found = crashed.readAll(DATA.resolve(entry.getKey()));
                byte[] expected = entry.getValue();
                assertTrue(found.length >= expected.length);
                assertArrayEquals(expected, Arrays.copyOf(found, expected.length), "seed " + seed);
            }
        }
    }

    @Test
    void manyThreadsMayUseIt() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Path file = DATA.resolve("f" + i);
            Thread thread = new Thread(() -> {
                try (AppendFile out = storage.create(file)) {
                    for (int j = 0; j < 500; j++) {
                        write(out, 'a', 10);
                        out.sync();
                        storage.syncDirectory(DATA);
                        assertEquals(10 * (j + 1), storage.readAll(file).length);
                    }
                } catch (IOException | AssertionError e) {
                    failure.set(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (int i = 0; i < 20; i++) {
            storage.crashedCopy(i).list(DATA);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(null, failure.get());
        assertFalse(storage.crash(1).list(DATA).isEmpty());
    }

    private void durable(String name, char content) throws IOException {
        try (AppendFile out = storage.create(DATA.resolve(name))) {
            write(out, content, 10);
            out.sync();
        }
        storage.syncDirectory(DATA);
    }

    private Set<List<String>> namesAfterCrashes() throws IOException {
        Set<List<String>> found = new HashSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            found.add(storage.crashedCopy(seed).list(DATA));
        }
        return found;
    }

    private static void write(AppendFile out, char content, int count) throws IOException {
        out.write(bytes(content, count), 0, count);
    }

    private static byte[] bytes(char content, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) content);
        return bytes;
    }

    private static int count(byte[] bytes, char wanted, int from, int to) {
        int count = 0;
        for (int i = from; i < Math.min(to, bytes.length); i++) {
            count += bytes[i] == wanted ? 1 : 0;
        }
        return count;
    }
}
