package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.Labels;
import dev.cairndb.testkit.CrashingStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockWriterTest {
    private static final Path DATA = Path.of("/data");
    private static final Ulid ULID = Ulid.parse("01M7YJ239A9EHZ0KFCPY25M72D");

    private final CrashingStorage storage = storage();

    private static CrashingStorage storage() {
        CrashingStorage storage = new CrashingStorage(1);
        try {
            storage.createDurableDirectories(DATA);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return storage;
    }

    @Property(tries = 50)
    void whatIsWrittenIsReadAgain(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int series,
            @ForAll @IntRange(min = 1, max = 400) int samples)
            throws Exception {
        CrashingStorage fresh = storage();
        BlockContents contents = BlockContents.random(seed, series, samples, -5_000_000, 7_200_000);
        BlockMeta meta = contents.write(fresh, DATA, ULID, -5_000_000, 7_200_000);
        assertNotNull(meta);
        Block block = Block.open(fresh, DATA.resolve(ULID.toString()));
        assertEquals(meta, block.meta());
        assertEquals(contents, BlockContents.of(block));
        assertEquals(contents.sampleCount(), meta.stats().samples());
        assertEquals(contents.series.size(), meta.stats().series());
        assertEquals(meta.stats().samples(), meta.stats().floatSamples());
        assertEquals(List.of(ULID), meta.compaction().sources());
        block.release();
        assertEquals(List.of(), fresh.openFiles());
    }

    @Test
    void withoutSeriesThereIsNoBlock() throws Exception {
        assertNull(new BlockContents().write(storage, DATA, ULID, 0, 1));
        assertEquals(List.of(), storage.list(DATA));
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void aSeriesWithoutChunksIsLeftOut() throws Exception {
        byte[] labels = Labels.of("a", "b").packed();
        try (BlockWriter writer = BlockWriter.create(storage, DATA, ULID)) {
            writer.addSymbol(new byte[] {'a'}, 0, 1);
            writer.addSymbol(new byte[] {'b'}, 0, 1);
            writer.endSeries(labels, 0, labels.length);
            assertEquals(0, writer.seriesCount());
            assertNull(writer.finish(0, 1, BlockMeta.Compaction.firstLevel(ULID), Tombstones.NONE));
        }
        assertEquals(List.of(), storage.list(DATA));
    }

    @Test
    void histogramsAreCountedApart() throws Exception {
        byte[] bytes = {0, 3, 0, 0};
        EncodedChunk chunk = new EncodedChunk();
        byte[] labels = Labels.of("a", "b").packed();
        try (BlockWriter writer = BlockWriter.create(storage, DATA, ULID)) {
            writer.addSymbol(new byte[] {'a'}, 0, 1);
            writer.addSymbol(new byte[] {'b'}, 0, 1);
            int time = 0;
            for (ChunkEncoding encoding : ChunkEncoding.values()) {
                chunk.wrap(encoding, time, time + 5, bytes, 0, bytes.length);
                writer.addChunk(chunk);
                time += 10;
            }
            writer.endSeries(labels, 0, labels.length);
            BlockMeta meta = writer.finish(0, 40, BlockMeta.Compaction.firstLevel(ULID), Tombstones.NONE);
            assertNotNull(meta);
            assertEquals(new BlockStats(12, 6, 6, 1, 4, 0), meta.stats());
        }
    }

    @Test
    void givingUpRemovesEverything() throws Exception {
        byte[] symbol = "a".getBytes(StandardCharsets.UTF_8);
        try (BlockWriter writer = BlockWriter.create(storage, DATA, ULID)) {
            writer.addSymbol(symbol, 0, 1);
            assertEquals(List.of(ULID + ".tmp-for-creation"), storage.list(DATA));
        }
        assertEquals(List.of(), storage.list(DATA));
        assertEquals(List.of(), storage.openFiles());
    }

    @Test
    void whatWasLeftOfAnEarlierTryIsReplaced() throws Exception {
        Path left = DATA.resolve(ULID + ".tmp-for-creation").resolve("chunks");
        storage.createDirectories(left);
        storage.create(left.resolve("000001")).close();
        BlockContents contents = BlockContents.random(1, 3, 50, 0, 1_000);
        assertNotNull(contents.write(storage, DATA, ULID, 0, 1_000));
        assertEquals(List.of(ULID.toString()), storage.list(DATA));
    }

    @Test
    void aFinishedBlockIsNotRemovedByClosingItsWriter() throws Exception {
        BlockContents.random(1, 3, 50, 0, 1_000).write(storage, DATA, ULID, 0, 1_000);
        assertTrue(storage.exists(DATA.resolve(ULID.toString()).resolve("meta.json")));
        assertTrue(storage.exists(DATA.resolve(ULID.toString()).resolve("tombstones")));
        assertFalse(storage.exists(DATA.resolve(ULID + ".tmp-for-creation")));
    }

    @Test
    void misuseIsRefused() throws Exception {
        try (BlockWriter writer = BlockWriter.create(storage, DATA, ULID)) {
            EncodedChunk chunk = new EncodedChunk();
            chunk.wrap(ChunkEncoding.XOR, 0, 5, new byte[] {0, 1, 0}, 0, 3);
            writer.addChunk(chunk);
            assertThrows(
                    IllegalStateException.class,
                    () -> writer.finish(0, 1, BlockMeta.Compaction.firstLevel(ULID), Tombstones.NONE));
        }
        assertEquals(List.of(), storage.list(DATA));
    }
}
