package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.FileStorage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets over 31 and over 32 bits. */
final class IndexLargeFileTest {
    /** The writes that end the symbols: header with symbols, then their checksum. */
    private static final int WRITES_BEFORE_SERIES = 2;

    private static final long GIB = 1L << 30;

    private static IndexSeries series() {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 200; i++) {
            series.add(
                    Labels.of("__name__", "m" + i % 7, "i", "v" + i, "same", "x"),
                    new long[] {i, 1000 + i, 8L + i},
                    new long[] {2000 + i, 3000 + i, (5L << 32) + i});
        }
        return series;
    }

    @ParameterizedTest
    @ValueSource(longs = {GIB - 16, 2 * GIB, 3 * GIB, 4 * GIB, 5 * GIB + 3, 32 * GIB, 40 * GIB, 63 * GIB})
    void seriesFarBehindAreFound(long hole) throws IOException {
        IndexSeries series = series();
        String near;
        try (IndexReader reader = IndexSeries.open(series.write())) {
            near = IndexSeries.dumpWithoutRefs(reader);
        }
        for (int memory : new int[] {0, IndexWriter.POSTINGS_MEMORY_BYTES_DEFAULT}) {
            SparseStorage storage = new SparseStorage(WRITES_BEFORE_SERIES, hole);
            series.write(storage, memory);
            try (IndexReader reader = IndexSeries.open(storage)) {
                assertTrue(reader.sizeBytes() > hole);
                assertTrue(reader.toc().postings() > hole);
                int first = reader.all().toArray()[0];
                assertTrue(Integer.toUnsignedLong(first) * 16 > hole);
                assertEquals(near, IndexSeries.dumpWithoutRefs(reader));
                assertEquals(
                        29,
                        Selections.select(reader, Matcher.equal("__name__", "m1"), Matcher.notEqual("same", "y"))
                                .cardinality());
                assertEquals(
                        3,
                        Selections.labelNames(reader, Matcher.regex("i", "v1|v2"))
                                .size());
            }
        }
    }

    @Test
    void aReferenceOver32BitsIsRefused() throws IOException {
        IndexSeries series = series();
        SymbolsCollector symbols = new SymbolsCollector();
        series.series.keySet().forEach(symbols::add);
        SparseStorage storage = new SparseStorage(WRITES_BEFORE_SERIES, 64 * GIB - 5000);
        try (IndexWriter writer = IndexWriter.create(storage, IndexSeries.FILE)) {
            writer.addSymbols(symbols);
            IndexLimitException refused = assertThrows(IndexLimitException.class, () -> series.addTo(writer));
            assertTrue(refused.getMessage().contains("68719476735"), refused.getMessage());
            assertTrue(writer.seriesCount() > 0 && writer.seriesCount() < 200);
        }
    }

    @Test
    void symbolsOver4GiBAreRefused() throws IOException {
        byte[] symbol = new byte[64 << 20];
        // The first full buffer goes out, then the file pretends to be almost full of symbols.
        SparseStorage storage = new SparseStorage(1, 4 * GIB - (150 << 20));
        try (IndexWriter writer = IndexWriter.create(storage, IndexSeries.FILE)) {
            IndexLimitException refused = assertThrows(IndexLimitException.class, () -> {
                for (int i = 0; i < 10; i++) {
                    symbol[0] = (byte) (i + 1);
                    writer.addSymbol(symbol, 0, symbol.length);
                }
            });
            assertTrue(refused.getMessage().contains("bytes of symbols"), refused.getMessage());
        }
    }

    @Test
    void aRealFileOver2GiBWorks(@TempDir Path directory) throws IOException {
        boolean wanted = Boolean.getBoolean("cairn.largeFiles");
        if (!wanted) {
            System.out.println(
                    "IndexLargeFileTest: the real file over 2 GiB is skipped; run with -Dcairn.largeFiles=true");
        }
        Assumptions.assumeTrue(wanted, "-Dcairn.largeFiles=true is not given");
        Path file = directory.resolve("index");
        byte[] filler = new byte[64 << 20];
        try (IndexWriter writer = IndexWriter.create(FileStorage.instance(), file)) {
            for (int i = 0; i < 40; i++) {
                filler[0] = (byte) (i + 1);
                writer.addSymbol(filler, 0, filler.length);
            }
            IndexSeries series = series();
            SymbolsCollector symbols = new SymbolsCollector();
            series.series.keySet().forEach(symbols::add);
            writer.addSymbols(symbols);
            series.addTo(writer);
            writer.finish();
        }
        try (IndexReader reader = IndexReader.open(FileStorage.instance(), file)) {
            assertTrue(reader.sizeBytes() > 2 * GIB);
            assertEquals(
                    29,
                    Selections.select(reader, Matcher.equal("__name__", "m1")).cardinality());
            SeriesEntry entry = new SeriesEntry();
            for (int ref : reader.all().toArray()) {
                reader.series(ref, entry);
                assertEquals("x", entry.toLabels().get("same"));
            }
        }
    }
}
