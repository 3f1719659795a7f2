package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Bytes as a meta.json: refused, or read, and then written in one form that reads the same. */
public class BlockMetaFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(BlockMetaFuzzTest.class, BlockMetaFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        BlockMeta meta;
        try {
            meta = BlockMetaJson.decode("meta.json", input);
        } catch (CorruptionException | FormatVersionException e) {
            return;
        }
        byte[] written = BlockMetaJson.encode(meta);
        BlockMeta again = BlockMetaJson.decode("meta.json", written);
        assertEquals(meta, again);
        assertArrayEquals(written, BlockMetaJson.encode(again));
    }
}
