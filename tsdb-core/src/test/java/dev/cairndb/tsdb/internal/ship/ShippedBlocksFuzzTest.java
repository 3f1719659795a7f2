package dev.cairndb.tsdb.internal.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FuzzCorpus;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.IOException;
import java.util.SortedSet;
import org.junit.jupiter.api.Test;

/** Bytes as a thanos.shipper.json: refused, or the same when written again. */
public class ShippedBlocksFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(ShippedBlocksFuzzTest.class, ShippedBlocksFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        SortedSet<Ulid> read;
        try {
            read = ShippedBlocks.decode("thanos.shipper.json", input);
        } catch (CorruptionException | FormatVersionException e) {
            return;
        }
        assertEquals(read, ShippedBlocks.decode("thanos.shipper.json", ShippedBlocks.encode(read)));
    }
}
