package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.MergeFixture.FROM;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.StorageFault;
import dev.cairndb.testkit.StorageOperation;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Blocks of a store that ships them are merged here only if it is told to. */
class CompactionWithBucketTest {
    @RegisterExtension
    final MergeFixture fixture = MergeFixture.ofAllRanges();

    private final WrittenBlocks written = fixture.written;

    @Test
    void withABucketTheCompactorOfTheBucketDoesItUnlessToldOtherwise() throws IOException {
        CrashingStorage storage = written.ranges(1, 4);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = fixture.builder(storage)
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            db.admin().runMaintenance();
            assertEquals(4, db.admin().blocks().size());
            assertEquals(4, shipped(bucket).size());
        }
    }

    @Test
    void whatIsMergedHereOfShippedBlocksIsNotShippedAgain() throws IOException {
        CrashingStorage storage = written.ranges(1, 4);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = fixture.builder(storage)
                        .options(TestStores.OPTIONS.withBlockRangeMax(Duration.ofHours(6)))
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            assertEquals(0, db.admin().compactBlocks(), "nothing is merged before it is shipped");
            db.admin().runMaintenance();
            Set<String> before = shipped(bucket);
            assertEquals(4, before.size());
            db.admin().runMaintenance();
            assertEquals(List.of("0+3 level 2", "3+1 level 1"), written.shapes(db));
            db.admin().runMaintenance();
            assertEquals(before, shipped(bucket));
            assertEquals(written.expected, Dump.of(db));
        }
    }

    @Test
    void whatWasDeletedIsNotShipped() throws IOException {
        CrashingStorage storage = written.ranges(1, 2);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = fixture.builder(storage)
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + 20 * MINUTE), Dump.EVERYTHING);
            written.expected
                    .values()
                    .forEach(
                            samples -> samples.headMap(FROM + 20 * MINUTE, true).clear());
            assertEquals(2, db.admin().shipBlocks());
            Set<String> shipped = shipped(bucket);
            assertEquals(2, shipped.size());
            assertTrue(!shipped.contains(WrittenBlocks.ulid(1).toString())
                    && shipped.contains(WrittenBlocks.ulid(2).toString()));
            assertEquals(
                    shipped,
                    new TreeSet<>(
                            db.admin().blocks().stream().map(BlockInfo::ulid).toList()));
            assertEquals(written.expected, Dump.of(db));
        }
    }

    @Test
    void aFullDiskIsNotFilledEachTimeBlocksAreShipped() throws IOException {
        CrashingStorage storage = written.ranges(1, 3);
        try (InMemoryObjectStore bucket = new InMemoryObjectStore();
                Tsdb db = fixture.builder(storage)
                        .objectStore(bucket)
                        .externalLabels(Labels.of("replica", "a"))
                        .open()) {
            db.admin().delete(TimeRange.ofMillis(FROM, FROM + 20 * MINUTE), Dump.EVERYTHING);
            storage.faults()
                    .failFrom(
                            StorageFault.NO_SPACE,
                            Set.of(StorageOperation.WRITE),
                            path -> path.toString().contains("tmp-for-creation"),
                            1);
            assertThrows(IOException.class, () -> db.admin().shipBlocks());
            long injected = storage.faults().injected();
            assertTrue(injected > 0);
            assertEquals(2, shipped(bucket).size(), "the others are sent");
            fixture.clock.advance(Duration.ofMinutes(9));
            assertEquals(0, db.admin().shipBlocks());
            assertEquals(injected, storage.faults().injected());
            storage.faults().clear();
            fixture.clock.advance(Duration.ofMinutes(1));
            assertEquals(1, db.admin().shipBlocks());
            assertEquals(3, shipped(bucket).size());
        }
    }

    private static Set<String> shipped(InMemoryObjectStore bucket) throws IOException {
        Set<String> blocks = new TreeSet<>();
        bucket.list("", true, entry -> {
            String key = entry.name();
            if (key.endsWith("/meta.json")) {
                blocks.add(key.substring(0, key.indexOf('/')));
            }
        });
        return blocks;
    }
}
