package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Bytes as an index file: refused as corrupt, or read to their end. */
public class IndexFuzzTest {
    private static final int TOC_BYTES = IndexFormat.TOC_SIZE_BYTES;

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(IndexFuzzTest.class, IndexFuzzTest::fuzzerTestOneInput);
    }

    /** The first byte says whether the checksums are put right first: no fuzzer gets past them. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] file = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & 1) != 0 && file.length > TOC_BYTES) {
            putChecksumsRight(file);
        }
        try (IndexReader reader = IndexSeries.open(file)) {
            IndexSeries.dump(reader);
        } catch (CorruptionException | FormatVersionException e) {
            // as it should
        }
    }

    private static void putChecksumsRight(byte[] file) {
        int toc = file.length - TOC_BYTES;
        seal(file, toc, TOC_BYTES - Integer.BYTES);
        long symbols = BigEndian.getLong(file, toc);
        long series = BigEndian.getLong(file, toc + 8);
        long postings = BigEndian.getLong(file, toc + 32);
        long table = BigEndian.getLong(file, toc + 40);
        sealSection(file, symbols);
        sealSection(file, table);
        for (long at = series; at >= 0 && at < Math.min(postings, toc); at += 16) {
            at = (sealSeries(file, (int) at) - 1) / 16 * 16;
        }
        for (long at = postings; at >= 0 && at < Math.min(table, toc); at += 4) {
            at = (sealSection(file, at) - 1) / 4 * 4;
        }
    }

    private static int sealSeries(byte[] file, int at) {
        int size = file[at] & 0x7F;
        int content = at + 1;
        if (file[at] < 0 && content < file.length) {
            size |= (file[content++] & 0x7F) << 7;
        }
        return seal(file, content, size);
    }

    private static long sealSection(byte[] file, long at) {
        if (at < 0 || at > file.length - Integer.BYTES) {
            return at + 1;
        }
        return seal(file, (int) at + Integer.BYTES, BigEndian.getInt(file, (int) at));
    }

    /** Returns where the next thing may begin. */
    private static int seal(byte[] file, int at, int size) {
        if (size < 0 || size > file.length - Integer.BYTES - at) {
            return at + 1;
        }
        BigEndian.putInt(file, at + size, Crc32c.of(file, at, size));
        return at + size + Integer.BYTES;
    }
}
