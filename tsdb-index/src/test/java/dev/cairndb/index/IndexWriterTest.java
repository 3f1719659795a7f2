package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.CrashingStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class IndexWriterTest {
    private static final ChunkMetas NO_CHUNKS = new ChunkMetas();

    private final CrashingStorage storage = new CrashingStorage(1);

    @Test
    void anIndexWithoutSeriesHasOneEmptyList() throws IOException {
        try (IndexReader reader = IndexSeries.open(new IndexSeries().write())) {
            assertTrue(reader.all().isEmpty());
            assertEquals(0, reader.symbolCount());
            assertTrue(Selections.labelNames(reader).isEmpty());
            assertTrue(Selections.select(reader, Matcher.notEqual("a", "b")).isEmpty());
        }
    }

    @Test
    void symbolsMustAscend() throws IOException {
        try (IndexWriter writer = writer("", "a", "b")) {
            assertThrows(IllegalArgumentException.class, () -> add(writer, "b"));
            assertThrows(IllegalArgumentException.class, () -> add(writer, "aa"));
            add(writer, "\uFFEE");
            add(writer, "\uD83D\uDE00");
            writer.addSeries(new int[] {1, 2}, 1, NO_CHUNKS);
            assertThrows(IllegalStateException.class, () -> add(writer, "\uD83D\uDE01"));
        }
    }

    @Test
    void seriesMustAscendAndUseKnownSymbols() throws IOException {
        try (IndexWriter writer = writer("", "a", "b", "c", "d")) {
            refused(writer);
            refused(writer, 1, 5);
            refused(writer, -1, 1);
            refused(writer, 0, 1);
            refused(writer, 1, 0);
            refused(writer, 2, 1, 1, 1);
            refused(writer, 1, 1, 1, 2);
            writer.addSeries(new int[] {1, 2, 3, 2}, 2, NO_CHUNKS);
            refused(writer, 1, 2, 3, 2);
            refused(writer, 1, 2);
            refused(writer, 1, 2, 2, 4);
            refused(writer, 1, 1, 4, 4);
            writer.addSeries(new int[] {1, 2, 3, 2, 4, 4}, 3, NO_CHUNKS);
            writer.addSeries(new int[] {1, 2, 3, 3}, 2, NO_CHUNKS);
            writer.addSeries(new int[] {2, 1}, 1, NO_CHUNKS);
            byte[] unknown = Labels.of("e", "x").packed();
            assertThrows(IllegalArgumentException.class, () -> writer.addSeries(unknown, 0, unknown.length, NO_CHUNKS));
            assertEquals(4, writer.seriesCount());
            writer.finish();
            assertThrows(IllegalStateException.class, writer::finish);
        }
    }

    @Test
    void chunksMustAscendInTimeAndPlace() throws IOException {
        try (IndexWriter writer = writer("a")) {
            for (long[][] chunks : new long[][][] {
                {{5, 4, 8}}, {{1, 5, 8}, {5, 9, 20}}, {{1, 5, 8}, {6, 9, 7}}, {{10, 11, 8}, {1, 2, 20}}
            }) {
                assertThrows(
                        IllegalArgumentException.class, () -> writer.addSeries(new int[] {0, 0}, 1, metas(chunks)));
            }
            writer.addSeries(new int[] {0, 0}, 1, metas(new long[][] {
                {Long.MIN_VALUE, -5, 8}, {-4, -4, 8}, {0, Long.MAX_VALUE, -1L >>> 1}
            }));
            writer.finish();
        }
        try (IndexReader reader = IndexReader.open(storage, Path.of("/index"))) {
            assertTrue(IndexSeries.dump(reader)
                    .contains("{a=\"a\"} " + Long.MIN_VALUE + "..-5@8 -4..-4@8 0.." + Long.MAX_VALUE + "@"
                            + Long.MAX_VALUE));
        }
    }

    @Test
    void whatIsFinishedSurvivesAPowerCut() throws IOException {
        storage.createDurableDirectories(Path.of("/block"));
        IndexSeries series = new IndexSeries().add(Labels.of("a", "1"), new long[] {1, 2, 8});
        SymbolsCollector symbols = new SymbolsCollector();
        series.series.keySet().forEach(symbols::add);
        Path file = Path.of("/block/index");
        try (IndexWriter writer = IndexWriter.create(storage, file)) {
            writer.addSymbols(symbols);
            series.addTo(writer);
            writer.finish();
        }
        storage.syncDirectory(Path.of("/block"));
        CrashingStorage afterwards = storage.crash(7);
        assertArrayEquals(series.write(), afterwards.readAll(file));
    }

    @Test
    void aFailingDiskIsReportedAndNoFileStaysOpen() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 3000; i++) {
            series.add(Labels.of("a", "value " + i, "b", "x"), new long[] {1, 2, 8 + i});
        }
        SymbolsCollector symbols = new SymbolsCollector();
        series.series.keySet().forEach(symbols::add);
        int full = series.write().length;
        for (int free = 0; free < full; free += full / 17) {
            CrashingStorage small = new CrashingStorage(3);
            small.freeBytes(free);
            assertThrows(IOException.class, () -> {
                try (IndexWriter writer = IndexWriter.create(small, Path.of("/index"))) {
                    writer.addSymbols(symbols);
                    series.addTo(writer);
                    writer.finish();
                }
            });
            assertEquals(List.of(), small.openFiles());
        }
    }

    private IndexWriter writer(String... symbols) throws IOException {
        IndexWriter writer = IndexWriter.create(storage, Path.of("/index"));
        for (String symbol : symbols) {
            add(writer, symbol);
        }
        return writer;
    }

    private static void add(IndexWriter writer, String symbol) throws IOException {
        byte[] bytes = symbol.getBytes(StandardCharsets.UTF_8);
        writer.addSymbol(bytes, 0, bytes.length);
    }

    private static void refused(IndexWriter writer, int... labels) {
        assertThrows(IllegalArgumentException.class, () -> writer.addSeries(labels, labels.length / 2, NO_CHUNKS));
    }

    private static ChunkMetas metas(long[][] chunks) {
        ChunkMetas metas = new ChunkMetas();
        for (long[] chunk : chunks) {
            metas.add(chunk[0], chunk[1], chunk[2]);
        }
        return metas;
    }
}
