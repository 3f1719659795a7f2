package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.FormatPage;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** What docs/format/index.md says is what the code does. */
final class IndexFormatPageTest {
    private final FormatPage page = FormatPage.read("index.md");

    private static IndexSeries example() {
        return new IndexSeries()
                .add(
                        Labels.of("__name__", "up", "job", "a"),
                        new long[] {1_700_000_000_000L, 1_700_000_030_000L, 8},
                        new long[] {1_700_000_045_000L, 1_700_000_060_000L, 46})
                .add(Labels.of("__name__", "up", "job", "b"), new long[] {1_700_000_000_000L, 1_700_000_060_000L, 82});
    }

    @Test
    void theExampleIsWhatTheWriterWrites() throws IOException {
        assertEquals(HexFormat.of().formatHex(example().write()), page.hex("index"));
    }

    @Test
    void theExampleIsReadAsItsSeries() throws IOException {
        byte[] file = page.bytes("index");
        String expected;
        try (IndexReader reader = IndexSeries.open(example().write())) {
            expected = IndexSeries.dump(reader);
        }
        try (IndexReader reader = IndexSeries.open(file)) {
            assertEquals(expected, IndexSeries.dump(reader));
            assertEquals(2, reader.all().cardinality());
        }
    }

    @Test
    void magicVersionsAndLimitsAreThoseOfTheCode() {
        assertRow(IndexFormat.VERSION_WRITTEN, "read and written");
        assertRow(1, "refused");
        assertRow(3, "read");
        assertTrue(page.contains("to a multiple of " + IndexFormat.SERIES_ALIGNMENT_BYTES));
        assertTrue(page.contains("to a multiple of " + IndexFormat.POSTINGS_ALIGNMENT_BYTES));
        assertTrue(page.contains("the last " + IndexFormat.TOC_SIZE_BYTES + " bytes"));
        assertTrue(page.contains("at most " + IndexFormat.SECTION_SIZE_BYTES_MAX + " bytes"));
        assertTrue(page.contains("below " + IndexFormat.FILE_SIZE_BYTES_MAX));
        assertTrue(page.contains("every " + IndexFormat.SAMPLE_EVERY + "nd"));
    }

    private void assertRow(int version, String state) {
        String row = String.format("| `%08x` | %d | %s", IndexFormat.HEADER.magic(), version, state);
        assertTrue(page.contains(row), row);
    }
}
