package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Crc32c;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class IndexReaderTest {
    /** Files of Prometheus before 3.7 have label indices between series and posting lists. */
    @Test
    void aFileWithLabelIndicesIsRead() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 50; i++) {
            series.add(Labels.of("a", "v" + i, "b", "x"), new long[] {i, i + 1, 8});
        }
        byte[] file = series.write();
        try (IndexReader plain = IndexSeries.open(file);
                IndexReader old = IndexSeries.open(withLabelIndices(file, plain.toc()))) {
            assertTrue(old.toc().labelIndices() < old.toc().postings());
            assertEquals(IndexSeries.dump(plain), IndexSeries.dump(old));
        }
    }

    private static byte[] withLabelIndices(byte[] file, IndexToc toc) throws IOException {
        int shift = 64;
        int lists = (int) (toc.postings() + 3 & ~3);
        ByteWriter old = new ByteWriter(file.length * 2);
        old.putBytes(file, 0, lists);
        for (int i = 0; i < shift; i++) {
            old.putByte(0xA5);
        }
        old.putBytes(file, lists, (int) toc.postingsTable() - lists);
        int table = old.size();
        ByteReader entries = new ByteReader("table")
                .reset(file, (int) toc.postingsTable(), file.length - (int) toc.postingsTable(), 0);
        entries.readInt();
        int count = entries.readInt();
        ByteWriter content = new ByteWriter(1024);
        content.putInt(count);
        for (int i = 0; i < count; i++) {
            content.putUvarint(entries.readUvarint());
            for (int string = 0; string < 2; string++) {
                int length = entries.readUvarintInt(1000);
                content.putUvarint(length);
                content.putBytes(file, entries.skip(length), length);
            }
            content.putUvarint(entries.readUvarint() + shift);
        }
        old.putInt(content.size());
        old.putBytes(content.array(), 0, content.size());
        old.putInt(Crc32c.of(content.array(), 0, content.size()));
        new IndexToc(toc.symbols(), toc.series(), toc.labelIndices(), table, lists + shift, table).write(old);
        return old.toByteArray();
    }

    @Test
    void valuesAreFoundFromAnyPrefix() throws IOException {
        IndexSeries series = new IndexSeries();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            values.add(String.format("%03d", i));
            series.add(Labels.of("other", "first", "z", values.get(i)));
            series.add(Labels.of("zz", values.get(i)));
        }
        try (IndexReader reader = IndexSeries.open(series.write())) {
            for (String prefix : List.of("", "0", "00", "000", "5", "31", "032", "999", "9990", "A", "31 ")) {
                List<String> found = new ArrayList<>();
                reader.forEachValue(
                        bytes("z"),
                        bytes(prefix),
                        (value, offset, length) -> true,
                        (value, offset, length, postings) -> {
                            found.add(Utf8.decode(value, offset, length));
                            assertEquals(1, postings.load().cardinality());
                            return true;
                        });
                assertEquals(
                        values.stream()
                                .filter(value -> value.startsWith(prefix))
                                .toList(),
                        found);
            }
            for (String value : values) {
                assertEquals(1, reader.postings(bytes("zz"), bytes(value)).cardinality());
                assertTrue(reader.postings(bytes("zz"), bytes(value + "x")).isEmpty());
                assertTrue(reader.postings(bytes("other"), bytes(value)).isEmpty());
            }
            assertTrue(reader.postings(bytes("z"), bytes("")).isEmpty());
            assertTrue(reader.postings(bytes(""), bytes("x")).isEmpty());
        }
    }

    @Test
    void stringsLongerThanEveryBufferAreReadWhole() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int length : new int[] {1, 100, 511, 512, 513, 1014, 1024, 5000, 70_000}) {
            series.add(Labels.of("l", "v".repeat(length), "m", "w".repeat(length) + "x"), new long[] {1, 2, 8});
        }
        try (IndexReader reader = IndexSeries.open(series.write())) {
            for (Labels labels : series.series.keySet()) {
                PostingList found = Selections.select(
                        reader, Matcher.equal("l", labels.get("l")), Matcher.regex("m", labels.get("m") + ".*"));
                assertEquals(1, found.cardinality());
                SeriesEntry entry = new SeriesEntry();
                reader.series(found.toArray()[0], entry);
                assertEquals(labels, entry.toLabels());
            }
            assertEquals(
                    9,
                    Selections.labelValues(reader, "l", Matcher.regex("m", ".*x"))
                            .size());
        }
    }

    @Test
    void symbolsAreWalkedAndFoundByNumber() throws IOException {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 500; i++) {
            series.add(Labels.of("n" + i % 9, "v" + i));
        }
        try (IndexReader reader = IndexSeries.open(series.write())) {
            IndexReader.SymbolCursor cursor = reader.symbols();
            int count = 0;
            byte[] last = null;
            while (cursor.next()) {
                assertEquals(count++, cursor.number());
                ByteWriter one = new ByteWriter(8);
                reader.symbol(cursor.number(), one);
                byte[] walked = Arrays.copyOfRange(cursor.array(), cursor.offset(), cursor.offset() + cursor.length());
                assertArrayEquals(walked, one.toByteArray());
                assertTrue(last == null || Arrays.compareUnsigned(last, walked) < 0);
                last = walked;
            }
            assertFalse(cursor.next());
            assertEquals(509, count);
            assertEquals(509, reader.symbolCount());
        }
    }

    @Test
    void manyThreadsMayReadAtOnce() throws Exception {
        IndexSeries series = new IndexSeries();
        for (int i = 0; i < 2000; i++) {
            series.add(Labels.of("a", "v" + i, "b", "w" + i % 10), new long[] {i, i + 1, 8 + i});
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (IndexReader reader = IndexSeries.open(series.write())) {
            String expected = IndexSeries.dump(reader);
            List<Future<String>> dumps = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Callable<String> dump = () -> IndexSeries.dump(reader);
                dumps.add(threads.submit(dump));
            }
            for (Future<String> dump : dumps) {
                assertEquals(expected, dump.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
