package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FormatVersionException;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Any damage is noticed or does not matter. */
final class IndexDamageTest {
    private final byte[] whole = small();
    private final String expected = dump(whole);

    private static byte[] small() {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 24; i++) {
            series.add(
                    Labels.of("__name__", "m" + i % 3, "i", "value-" + i),
                    new long[] {1000L * i, 1000L * i + 500, 8},
                    new long[] {1000L * i + 600, 1000L * i + 900, (1L << 32) + 77L * i});
        }
        try {
            return series.write();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String dump(byte[] file) {
        try (IndexReader reader = IndexSeries.open(file)) {
            return IndexSeries.dump(reader);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void eachTruncationIsNoticed() {
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(CorruptionException.class, () -> IndexSeries.dump(IndexSeries.open(cut)), "length " + length);
        }
    }

    @Test
    void eachFlippedBitIsNoticedOrDoesNotMatter() throws IOException {
        int noticed = 0;
        int harmless = 0;
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] flipped = whole.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            try (IndexReader reader = IndexSeries.open(flipped)) {
                assertEquals(expected, IndexSeries.dump(reader), "bit " + bit);
                harmless++;
            } catch (CorruptionException | FormatVersionException e) {
                noticed++;
            }
        }
        // Zeros between series, and version 2 as 3.
        assertTrue(harmless > 0 && harmless < noticed / 4, harmless + " harmless, " + noticed + " noticed");
    }

    @Test
    void eachByteReplacedIsNoticedOrDoesNotMatter() throws IOException {
        for (int at = 0; at < whole.length; at++) {
            for (int value : new int[] {0, 0x7F, 0x80, 0xFF}) {
                byte[] changed = whole.clone();
                changed[at] = (byte) value;
                try (IndexReader reader = IndexSeries.open(changed)) {
                    assertEquals(expected, IndexSeries.dump(reader), "byte " + at);
                } catch (CorruptionException | FormatVersionException e) {
                    // noticed
                }
            }
        }
    }

    /** Bytes that have a right checksum but lie must not do worse than bytes that do not. */
    @Test
    void eachChangeUnderARightChecksumOfTheTableOfContentsIsBounded() throws IOException {
        int toc = whole.length - IndexFormat.TOC_SIZE_BYTES;
        for (int field = 0; field < 6; field++) {
            for (long value :
                    new long[] {0, 1, 4, 5, 6, 100, whole.length, whole.length - 60, 1L << 40, -1, Long.MIN_VALUE}) {
                byte[] changed = whole.clone();
                BigEndian.putLong(changed, toc + 8 * field, value);
                BigEndian.putInt(changed, toc + 48, Crc32c.of(changed, toc, 48));
                try (IndexReader reader = IndexSeries.open(changed)) {
                    IndexSeries.dump(reader);
                } catch (CorruptionException e) {
                    // noticed
                }
            }
        }
    }

    @Test
    void eachByteOfASeriesChangedUnderARightChecksumIsBounded() throws IOException {
        long start;
        try (IndexReader reader = IndexSeries.open(whole)) {
            start = Integer.toUnsignedLong(reader.all().toArray()[5]) * 16;
        }
        int size = whole[(int) start];
        int content = (int) start + 1;
        for (int at = content; at < content + size; at++) {
            for (int value = 0; value < 256; value++) {
                byte[] changed = whole.clone();
                changed[at] = (byte) value;
                BigEndian.putInt(changed, content + size, Crc32c.of(changed, content, size));
                try (IndexReader reader = IndexSeries.open(changed)) {
                    IndexSeries.dump(reader);
                } catch (CorruptionException e) {
                    // noticed
                }
            }
        }
    }

    @Test
    void referencesThatLeadNowhereAreCorruption() throws IOException {
        try (IndexReader reader = IndexSeries.open(whole)) {
            int last = reader.all().toArray()[23];
            for (int ref : new int[] {0, 1, 2, last + 4, last + 1000, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
                assertThrows(
                        CorruptionException.class, () -> reader.series(ref, new SeriesEntry()), "reference " + ref);
            }
        }
    }

    @Test
    void otherVersionsAreNamed() {
        for (int version : new int[] {0, 1, 4, 255}) {
            byte[] other = whole.clone();
            other[4] = (byte) version;
            FormatVersionException refused = assertThrows(
                    FormatVersionException.class, () -> IndexSeries.open(other).close());
            assertEquals(version, refused.found());
        }
        byte[] reserved = whole.clone();
        reserved[4] = 3;
        assertEquals(expected, dump(reserved));
    }

    @Test
    void aFailedReadLeavesNoTraceInAReusedEntry() throws IOException {
        byte[] damaged = whole.clone();
        SeriesEntry entry = new SeriesEntry();
        try (IndexReader good = IndexSeries.open(whole)) {
            int[] refs = good.all().toArray();
            damaged[refs[6] * 16 + 3] ^= 1;
            try (IndexReader reader = IndexSeries.open(damaged)) {
                reader.series(refs[5], entry);
                assertThrows(CorruptionException.class, () -> reader.series(refs[6], entry));
                reader.series(refs[7], entry);
                SeriesEntry fresh = new SeriesEntry();
                good.series(refs[7], fresh);
                assertEquals(fresh.toLabels(), entry.toLabels());
            }
        }
    }
}
