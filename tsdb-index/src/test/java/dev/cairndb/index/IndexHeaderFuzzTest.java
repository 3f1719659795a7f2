package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Bytes as the header of an index: refused as corrupt, or the index is read by it to its end. */
public class IndexHeaderFuzzTest {
    private static final byte[] INDEX = index();

    private static byte[] index() {
        // The example of docs/format/index.md, whose header is in the corpus.
        IndexSeries series = new IndexSeries()
                .add(
                        Labels.of("__name__", "up", "job", "a"),
                        new long[] {1_700_000_000_000L, 1_700_000_030_000L, 8},
                        new long[] {1_700_000_045_000L, 1_700_000_060_000L, 46})
                .add(Labels.of("__name__", "up", "job", "b"), new long[] {1_700_000_000_000L, 1_700_000_060_000L, 82});
        try {
            return series.write();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(IndexHeaderFuzzTest.class, IndexHeaderFuzzTest::fuzzerTestOneInput);
        fuzzerTestOneInput(IndexHeaderTest.headerOf(INDEX));
    }

    /** The first bit says whether the checksums are put right first: no fuzzer gets past them. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] header = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & 1) != 0 && header.length > IndexHeader.TOC_SIZE_BYTES + IndexFormat.TOC_SIZE_BYTES) {
            putChecksumsRight(header);
        }
        try (IndexReader reader = IndexHeaderTest.open(header, INDEX)) {
            IndexSeries.dump(reader);
        } catch (CorruptionException | FormatVersionException e) {
            // as it should
        }
    }

    private static void putChecksumsRight(byte[] header) {
        int toc = header.length - IndexHeader.TOC_SIZE_BYTES;
        seal(header, toc, IndexHeader.TOC_SIZE_BYTES - Integer.BYTES);
        seal(header, toc - IndexFormat.TOC_SIZE_BYTES, IndexFormat.TOC_SIZE_BYTES - Integer.BYTES);
        sealSection(header, BigEndian.getLong(header, toc));
        sealSection(header, BigEndian.getLong(header, toc + Long.BYTES));
    }

    private static void sealSection(byte[] bytes, long at) {
        if (at >= 0 && at <= bytes.length - 8) {
            seal(bytes, (int) at + 4, Math.max(0, BigEndian.getInt(bytes, (int) at)));
        }
    }

    private static void seal(byte[] bytes, int from, int length) {
        if (length <= bytes.length - 4 - from) {
            BigEndian.putInt(bytes, from + length, Crc32c.of(bytes, from, length));
        }
    }
}
