package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.testkit.FormatPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Headers of indexes of our own: their damage, their page, and what is asked of the index beside them. */
final class IndexHeaderTest {
    private final byte[] index = small();
    private final byte[] header = headerOf(index);
    private final String expected = dump(index);

    private static byte[] small() {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 24; i++) {
            series.add(Labels.of("__name__", "m" + i % 3, "i", "value-" + i), new long[] {1000L * i, 1000L * i + 5, 8});
        }
        try {
            return series.write();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] headerOf(byte[] index) {
        SparseStorage written = new SparseStorage(-1, 0);
        try {
            IndexHeader.write(
                    "index", SparseStorage.of(index).map(Path.of("i")), written.create(Path.of("index-header")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return written.content();
    }

    static IndexReader open(byte[] header, byte[] index) throws IOException {
        return IndexHeader.open(
                SparseStorage.of(header).map(Path.of("h")),
                "index-header",
                SparseStorage.of(index).map(Path.of("i")),
                "index",
                (starts, ends, count) -> count);
    }

    private static String dump(byte[] file) {
        try (IndexReader reader = IndexSeries.open(file)) {
            return IndexSeries.dump(reader);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anIndexIsReadByItsHeaderAsItIsWhole() throws IOException {
        try (IndexReader reader = open(header, index)) {
            assertEquals(expected, IndexSeries.dump(reader));
        }
    }

    @Test
    void onlySeriesAndPostingListsAreAskedOfTheIndex() throws IOException {
        IndexToc toc;
        try (IndexReader reader = IndexSeries.open(index)) {
            toc = reader.toc();
        }
        byte[] rest = new byte[index.length];
        int from = (int) toc.series();
        System.arraycopy(index, from, rest, from, (int) toc.postingsTable() - from);
        try (IndexReader reader = open(header, rest)) {
            assertEquals(expected, IndexSeries.dump(reader));
        }
    }

    @Test
    void eachTruncationIsNoticed() {
        for (int length = 0; length < header.length; length++) {
            byte[] cut = Arrays.copyOf(header, length);
            assertThrows(CorruptionException.class, () -> open(cut, index).close(), "length " + length);
        }
    }

    @Test
    void eachFlippedBitIsNoticedOrDoesNotMatter() throws IOException {
        int harmless = 0;
        for (int bit = 0; bit < header.length * 8; bit++) {
            byte[] flipped = header.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try (IndexReader reader = open(flipped, index)) {
                assertEquals(expected, IndexSeries.dump(reader), "bit " + bit);
                harmless++;
            } catch (CorruptionException | FormatVersionException e) {
                // noticed
            }
        }
        // Version 2 of the index as 3.
        assertEquals(1, harmless);
    }

    @Test
    void eachByteOfTheIndexThatIsReadBesideIsStillCheckedThere() throws IOException {
        for (int at = 0; at < index.length; at++) {
            byte[] changed = index.clone();
            changed[at] ^= 0x40;
            try (IndexReader reader = open(header, changed)) {
                assertEquals(expected, IndexSeries.dump(reader), "byte " + at);
            } catch (CorruptionException e) {
                // noticed
            }
        }
    }

    @Test
    void placesThatLieUnderARightChecksumAreRefused() {
        int toc = header.length - IndexHeader.TOC_SIZE_BYTES;
        for (int field = 0; field < 2; field++) {
            for (long value : new long[] {0, 1, 13, 15, header.length, toc, toc - 52, 1L << 40, -1, Long.MIN_VALUE}) {
                byte[] changed = header.clone();
                BigEndian.putLong(changed, toc + 8 * field, value);
                BigEndian.putInt(changed, toc + 16, Crc32c.of(changed, toc, 16));
                assertThrows(
                        CorruptionException.class, () -> open(changed, index).close(), field + "=" + value);
            }
        }
    }

    @Test
    void theHeaderOfAnotherIndexIsRefused() throws IOException {
        byte[] other = new IndexSeries()
                .add(Labels.of("__name__", "up"), new long[] {1, 2, 8})
                .write();
        assertThrows(CorruptionException.class, () -> open(header, other).close());
        assertThrows(
                CorruptionException.class, () -> open(headerOf(other), index).close());
    }

    @Test
    void thePageSaysWhatTheCodeDoes() throws IOException {
        FormatPage page = FormatPage.read("index-header.md");
        assertTrue(page.contains(
                String.format("| `%08x` | %d | read and written", IndexHeader.HEADER.magic(), IndexHeader.VERSION)));
        assertTrue(page.contains("the last " + IndexHeader.TOC_SIZE_BYTES + " bytes"));
        byte[] example = FormatPage.read("index.md").bytes("index");
        assertEquals(HexFormat.of().formatHex(headerOf(example)), page.hex("index-header"));
        try (IndexReader reader = open(page.bytes("index-header"), example)) {
            assertEquals(dump(example), IndexSeries.dump(reader));
        }
    }
}
