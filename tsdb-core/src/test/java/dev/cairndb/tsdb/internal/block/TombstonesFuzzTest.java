package dev.cairndb.tsdb.internal.block;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Bytes as a file of tombstones, whose checksum is put right: refused, or the same when written again. */
public class TombstonesFuzzTest {
    private static final int HEADER_BYTES = 5;

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(TombstonesFuzzTest.class, TombstonesFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        int end = input.length - Integer.BYTES;
        if (end >= HEADER_BYTES) {
            BigEndian.putInt(input, end, Crc32c.of(input, HEADER_BYTES, end - HEADER_BYTES));
        }
        Tombstones read;
        try {
            read = Tombstones.decode("tombstones", input);
        } catch (CorruptionException | FormatVersionException e) {
            return;
        }
        assertEquals(read, Tombstones.decode("tombstones", read.encode()));
    }
}
