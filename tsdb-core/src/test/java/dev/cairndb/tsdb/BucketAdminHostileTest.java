package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.objstore.InMemoryObjectStore;
import dev.cairndb.objstore.ObjectBody;
import dev.cairndb.objstore.ObjectKey;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.admin.BucketAdmin;
import dev.cairndb.tsdb.admin.BucketBlock;
import dev.cairndb.tsdb.admin.BucketFinding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever writes into a bucket may write anything into a meta.json: no path of it is opened, and no other block suffers. */
class BucketAdminHostileTest {
    private static final Path SCRATCH = Path.of("/scratch");

    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final ManualClock clock = new ManualClock(START);
    private final InMemoryObjectStore bucket = new InMemoryObjectStore();
    private CrashingStorage storage;
    private BucketAdmin admin;
    private List<BucketBlock> blocks;

    @BeforeEach
    void ship() throws IOException {
        storage = TestStores.storage(1);
        storage.createDurableDirectories(SCRATCH);
        admin = BucketAdmin.of(bucket, storage, clock);
        try (Tsdb db = TestStores.builder(storage, clock, runtime)
                .objectStore(bucket)
                .externalLabels(Labels.of("replica", "a"))
                .open()) {
            for (int i = 0; i <= 8 * 6; i++) {
                TestStores.append(db, Labels.of("__name__", "m"), clock.wallMillis(), i);
                clock.advance(Duration.ofMinutes(10));
            }
            db.admin().flushAligned();
            db.admin().shipBlocks();
        }
        blocks = admin.blocks().blocks();
        assertTrue(blocks.size() > 1);
    }

    @AfterEach
    void closeRuntime() {
        runtime.close();
    }

    /** Replaces a part of the first block's meta.json. */
    private String rewrite(String part, String by) throws IOException {
        String ulid = blocks.get(0).block().ulid();
        ObjectKey key = ObjectKey.of(ulid + "/meta.json");
        ByteBuffer bytes = ByteBuffer.allocate((int) bucket.size(key));
        bucket.read(key, 0, bytes);
        String before = new String(bytes.array(), StandardCharsets.UTF_8);
        String after = before.replaceFirst(part, by);
        assertTrue(!after.equals(before), before);
        bucket.put(key, ObjectBody.ofBytes(after.getBytes(StandardCharsets.UTF_8)));
        return ulid;
    }

    @Test
    void aFileThatMetaPointsAtOutsideOfTheBlockIsNotOpened() throws Exception {
        Path secret = Path.of("/secret");
        try (AppendFile out = storage.create(secret)) {
            out.write(new byte[] {1}, 0, 1);
            out.sync();
        }
        String ulid = rewrite(
                "\"rel_path\": \"meta.json\"",
                "\"rel_path\": \"../../../secret\", \"hash\": {\"hashFunc\": \"SHA256\", \"hashString\": \"00\"}");
        List<BucketFinding> findings = admin.verify(ulid, SCRATCH, bytes -> {});
        assertEquals("../../../secret", findings.get(0).object());
        assertEquals("a hash of what is no file of a block", findings.get(0).problem());
    }

    @Test
    void namesOfChunkFilesThatAreNoneAreDamageOfTheirBlockAlone() throws Exception {
        for (String name : List.of("..", "", "../index", "000001\\\\u0000")) {
            String ulid = rewrite("\"segment_files\": \\[[^]]*]", "\"segment_files\": [\"" + name + "\"]");
            assertDamaged(ulid);
        }
    }

    @Test
    void externalLabelsWithoutANameAreDamageOfTheirBlockAlone() throws Exception {
        assertDamaged(rewrite("\"replica\": \"a\"", "\"\": \"a\""));
    }

    private void assertDamaged(String ulid) throws IOException {
        BucketAdmin.Inventory found = admin.blocks();
        assertEquals(blocks.size() - 1, found.blocks().size());
        assertEquals(ulid, found.findings().get(0).ulid());
        assertEquals(found.findings(), admin.verify(ulid, SCRATCH, bytes -> {}));
        assertThrows(CorruptionException.class, () -> admin.download(ulid, Path.of("/copies"), bytes -> {}));
    }

    @Test
    void aCheckLeavesABlockOfTheSameNameInItsFolder() throws Exception {
        String ulid = blocks.get(0).block().ulid();
        Path own = SCRATCH.resolve(ulid).resolve("mine");
        storage.createDurableDirectories(own);
        assertEquals(List.of(), admin.verify(ulid, SCRATCH, bytes -> {}));
        assertTrue(storage.exists(own));
    }
}
