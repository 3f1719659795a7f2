package dev.cairndb.index;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** Series for tests: labels with chunks, in label order, and their index file in memory. */
final class IndexSeries {
    static final Path FILE = Path.of("index");

    final TreeMap<Labels, long[][]> series = new TreeMap<>();

    /** @param chunks {min time, max time, reference} */
    IndexSeries add(Labels labels, long[]... chunks) {
        series.put(labels, chunks);
        return this;
    }

    byte[] write() throws IOException {
        return write(IndexWriter.POSTINGS_MEMORY_BYTES_DEFAULT);
    }

    byte[] write(int memoryBytes) throws IOException {
        SparseStorage storage = new SparseStorage(-1, 0);
        write(storage, memoryBytes);
        return storage.content();
    }

    void write(SparseStorage storage, int memoryBytes) throws IOException {
        SymbolsCollector symbols = new SymbolsCollector();
        series.keySet().forEach(symbols::add);
        try (IndexWriter writer = IndexWriter.create(storage, FILE, memoryBytes)) {
            writer.addSymbols(symbols);
            addTo(writer);
            writer.finish();
        }
    }

    List<Integer> addTo(IndexWriter writer) throws IOException {
        List<Integer> refs = new ArrayList<>();
        ChunkMetas chunks = new ChunkMetas();
        for (Map.Entry<Labels, long[][]> one : series.entrySet()) {
            chunks.clear();
            for (long[] chunk : one.getValue()) {
                chunks.add(chunk[0], chunk[1], chunk[2]);
            }
            byte[] packed = one.getKey().packed();
            refs.add(writer.addSeries(packed, 0, packed.length, chunks));
        }
        return refs;
    }

    static IndexReader open(byte[] file) throws IOException {
        return open(SparseStorage.of(file));
    }

    static IndexReader open(SparseStorage storage) throws IOException {
        return IndexReader.open(storage, FILE);
    }

    /** Everything a reader can tell, as text. */
    static String dump(IndexReader reader) throws IOException {
        return dump(reader, Integer::toUnsignedString);
    }

    /** The same with the number of a series instead of its reference. */
    static String dumpWithoutRefs(IndexReader reader) throws IOException {
        int[] refs = reader.all().toArray();
        Map<Integer, Integer> numbers = new TreeMap<>();
        for (int i = 0; i < refs.length; i++) {
            numbers.put(refs[i], i);
        }
        return dump(reader, ref -> "#" + numbers.get(ref));
    }

    private static String dump(IndexReader reader, IntFunction<String> shown) throws IOException {
        StringBuilder text = new StringBuilder();
        IndexReader.SymbolCursor symbols = reader.symbols();
        while (symbols.next()) {
            text.append(Utf8.decode(symbols.array(), symbols.offset(), symbols.length()))
                    .append('\n');
        }
        SeriesEntry entry = new SeriesEntry();
        PostingCursor all = reader.all().cursor();
        while (all.next()) {
            reader.series(all.id(), entry);
            text.append(shown.apply(all.id())).append(' ').append(entry.toLabels());
            ChunkMetas chunks = entry.chunks();
            for (int i = 0; i < chunks.count(); i++) {
                text.append(' ')
                        .append(chunks.minTimestampMillis(i))
                        .append("..")
                        .append(chunks.maxTimestampMillis(i));
                text.append('@').append(chunks.ref(i));
            }
            text.append('\n');
        }
        reader.forEachName((bytes, offset, length) -> {
            byte[] name = Arrays.copyOfRange(bytes, offset, offset + length);
            reader.forEachValue(name, (value, at, size, postings) -> {
                text.append(Utf8.decode(name, 0, name.length)).append('=').append(Utf8.decode(value, at, size));
                for (int ref : postings.load().toArray()) {
                    text.append(' ').append(shown.apply(ref));
                }
                text.append('\n');
                return true;
            });
            return true;
        });
        return text.toString();
    }
}
