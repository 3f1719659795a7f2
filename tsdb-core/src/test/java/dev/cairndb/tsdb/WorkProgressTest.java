package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.FileStorage;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What long work tells of how far it is, beside how much there is. */
class WorkProgressTest {
    private static final int SERIES = 200;
    private static final int MINUTES = 300;
    /** So that a bar grows. */
    private static final int TELLINGS_MIN = 5;

    @TempDir
    Path scratch;

    private Path directory;
    private final AtomicLong told = new AtomicLong();
    private final AtomicInteger tellings = new AtomicInteger();

    /** Blocks, chunks of the head and a log. */
    @BeforeEach
    void write() throws IOException {
        directory = scratch.resolve("data");
        try (Tsdb db = Tsdb.builder(directory).options(TestStores.OPTIONS).open()) {
            for (int minute = 0; minute < MINUTES; minute++) {
                AppendBatch batch = db.newBatch();
                for (int i = 0; i < SERIES; i++) {
                    Labels labels = Labels.of("__name__", "m", "i", String.valueOf(i));
                    batch.add(
                            db.series(labels),
                            TestStores.START + Duration.ofMinutes(minute).toMillis(),
                            Math.sin(i * minute));
                }
                assertEquals(0, batch.commit().rejectedTotal());
            }
            db.admin().cutBlocks();
            assertTrue(!db.admin().blocks().isEmpty());
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private List<Path> blocks() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(
                            file -> StoreFiles.isBlockName(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
    }

    /** What a check reads. */
    private long partsSize() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            long sum = 0;
            for (Path part : files.filter(Files::isDirectory).toList()) {
                sum += size(part);
            }
            return sum;
        }
    }

    private void add(long bytes) {
        assertTrue(bytes >= 0, () -> "told " + bytes);
        told.addAndGet(bytes);
        tellings.addAndGet(bytes > 0 ? 1 : 0);
    }

    /** Begins anew. */
    private void assertTold(long bytes) {
        assertEquals(bytes, told.getAndSet(0));
        int times = tellings.getAndSet(0);
        assertTrue(times >= TELLINGS_MIN, () -> "told " + times + " times");
    }

    @Test
    void checksTellWhatTheyRead() throws IOException {
        long size = partsSize();
        assertTrue(TsdbCheck.of(directory).verify(this::add).isClean());
        assertTold(size);
        assertTrue(TsdbCheck.of(directory).repair(false, this::add).isClean());
        assertTold(size);
    }

    @Test
    void aRepairTellsHalfOfADamagedBlockAsItIsWritten() throws IOException {
        Path chunks = blocks().get(0).resolve("chunks").resolve("000001");
        byte[] bytes = Files.readAllBytes(chunks);
        bytes[bytes.length / 2] ^= 1;
        Files.write(chunks, bytes);
        long size = partsSize();
        List<Long> seen = new ArrayList<>();
        TsdbCheck.of(directory).repair(false, more -> {
            add(more);
            seen.add(told.get());
        });
        long half = size(blocksAside()) / 2;
        assertTrue(
                seen.stream().filter(done -> done > size - half).count() >= TELLINGS_MIN,
                () -> "half of the block is " + half + ", told of " + size + ": " + seen);
        assertTold(size);
    }

    private Path blocksAside() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().contains(".damaged-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private long log() throws IOException {
        // With one, not all of the log would be read.
        for (String name : FileStorage.instance().list(directory)) {
            if (StoreFiles.isSnapshotName(name)) {
                FileStorage.instance().deleteRecursively(directory.resolve(name));
            }
        }
        return size(directory.resolve("wal"));
    }

    @Test
    void openingTellsWhatItReadsOfTheLogs() throws IOException {
        long log = log();
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, TsdbListener.NONE, this::add)) {
            assertTold(log);
        }
    }

    @Test
    void aBackupTellsOfBlocksAndOfWhatIsInNone() throws IOException {
        long log = log();
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, TsdbListener.NONE)) {
            List<Long> seen = new ArrayList<>();
            store.backup(scratch.resolve("backup"), bytes -> {
                add(bytes);
                seen.add(told.get());
            });
            assertTrue(
                    seen.stream().filter(done -> done < log).count() >= TELLINGS_MIN,
                    () -> "of what is in no block: " + seen + " of " + log);
            assertTold(log
                    + store.blocks().stream().mapToLong(BlockInfo::sizeBytes).sum());
        }
    }

    @Test
    void blocksOnTheirWayIntoABucketAreToldHalfAsTheyAreCheckedAndHalfAsTheyAreSent() throws IOException {
        BucketAdmin admin = BucketAdmin.of(new InMemoryObjectStore());
        Path block = blocks().get(0);
        assertTrue(admin.upload(block, Labels.of("replica", "a"), this::add));
        assertTold(size(block));
        assertFalse(admin.upload(block, Labels.of("replica", "a"), this::add), "there before");
        assertEquals(0, told.get());

        BucketBlock sent = admin.blocks().blocks().get(0);
        assertEquals(List.of(), admin.verify(sent.block().ulid(), scratch.resolve("check"), this::add));
        assertTold(sent.block().sizeBytes());
    }

    @Test
    void blocksOfSamplesThatAreInNoStoreAreToldInSamples() throws IOException {
        Path target = scratch.resolve("made");
        try (BlockBuilder builder = BlockBuilder.create(target, Duration.ofHours(2))) {
            for (int minute = 0; minute < MINUTES; minute += 10) {
                for (int i = 0; i < SERIES; i++) {
                    builder.add(
                            Labels.of("__name__", "m", "i", String.valueOf(i)),
                            TestStores.START + Duration.ofMinutes(minute).toMillis(),
                            i);
                }
            }
            builder.write(this::add);
            assertTold(SERIES * MINUTES / 10L);
            builder.write(this::add);
            assertEquals(0, told.get(), "nothing was added");
            assertEquals(3, builder.finish().size());
        }
    }
}
