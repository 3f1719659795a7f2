package dev.cairndb.index;

import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * The series of Prometheus' BenchmarkQuerier (tsdb/querier_bench_test.go): for each n from 0 to 9 and each i five
 * series with labels i, j and n, and one with label a. A series' number says in which order a head meets it.
 */
final class QuerierSeries {
    static final String SUFFIX = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd";

    private static final int TENS = 10;
    private static final String[] N_PREFIXES = {"", "", "0_", "1_", "2_"};
    private static final String[] J = {"foo", "bar", "bar", "bar", "foo"};

    private final int valuesOfI;

    /** @param valuesOfI 100,000 in Prometheus' benchmark */
    QuerierSeries(int valuesOfI) {
        this.valuesOfI = valuesOfI;
    }

    int count() {
        return TENS * (1 + valuesOfI * J.length);
    }

    /** The value that a series has for one of the labels a, i, j and n; null if it does not have the label. */
    String value(int series, String label) {
        int ofOneN = 1 + valuesOfI * J.length;
        int n = series / ofOneN;
        int rest = series % ofOneN - 1;
        if (rest < 0) {
            return label.equals("a") ? n + SUFFIX : null;
        }
        return switch (label) {
            case "i" -> rest / J.length + SUFFIX;
            case "j" -> J[rest % J.length];
            case "n" -> N_PREFIXES[rest % J.length] + n + SUFFIX;
            default -> null;
        };
    }

    /** A head's index, in which a series' slot is its number. */
    HeadPostings head() {
        SymbolTable symbols = new SymbolTable();
        HeadPostings head = new HeadPostings(symbols);
        int[] labels = new int[6];
        for (int series = 0; series < count(); series++) {
            int found = 0;
            for (String name : List.of("a", "i", "j", "n")) {
                String value = value(series, name);
                if (value != null) {
                    labels[2 * found] = intern(symbols, name);
                    labels[2 * found + 1] = intern(symbols, value);
                    found++;
                }
            }
            head.add(series, labels, found);
        }
        return head;
    }

    private static int intern(SymbolTable symbols, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return symbols.intern(bytes, 0, bytes.length);
    }

    /** Writes a block's index; returns for each series in the file's order its reference there and its number. */
    BlockSeries writeIndex(Storage storage, Path file) throws IOException {
        TreeMap<byte[], Integer> symbols = new TreeMap<>(Arrays::compareUnsigned);
        String[] ofI = sorted(valuesOfI);
        List<String> strings = new ArrayList<>(List.of("a", "i", "j", "n", "foo", "bar"));
        strings.addAll(Arrays.asList(ofI));
        for (int n = 0; n < TENS; n++) {
            for (String prefix : N_PREFIXES) {
                strings.add(prefix + n + SUFFIX);
            }
        }
        strings.forEach(text -> symbols.put(text.getBytes(StandardCharsets.UTF_8), 0));
        BlockSeries written = new BlockSeries(count());
        try (IndexWriter writer = IndexWriter.create(storage, file)) {
            int next = 0;
            for (var symbol : symbols.entrySet()) {
                writer.addSymbol(symbol.getKey(), 0, symbol.getKey().length);
                symbol.setValue(next++);
            }
            Row row = new Row(writer, symbols, written);
            for (int n = 0; n < TENS; n++) {
                row.add(number(n, -1), List.of("a", n + SUFFIX));
            }
            for (String i : ofI) {
                int ofThis = Integer.parseInt(i.substring(0, i.length() - SUFFIX.length()));
                for (String j : List.of("bar", "foo")) {
                    addSeries(row, i, ofThis, j);
                }
            }
            writer.finish();
        }
        return written;
    }

    private void addSeries(Row row, String i, int ofThis, String j) throws IOException {
        TreeMap<String, Integer> byN = new TreeMap<>();
        for (int n = 0; n < TENS; n++) {
            for (int kind = 0; kind < J.length; kind++) {
                if (J[kind].equals(j)) {
                    byN.put(N_PREFIXES[kind] + n + SUFFIX, number(n, ofThis * J.length + kind));
                }
            }
        }
        for (var each : byN.entrySet()) {
            row.add(each.getValue(), List.of("i", i, "j", j, "n", each.getKey()));
        }
    }

    private int number(int n, int rest) {
        return n * (1 + valuesOfI * J.length) + 1 + rest;
    }

    /** What i is, in byte order. */
    private static String[] sorted(int count) {
        String[] values = new String[count];
        for (int i = 0; i < count; i++) {
            values[i] = i + SUFFIX;
        }
        Arrays.sort(values);
        return values;
    }

    /** References of an index, ascending, and the numbers of their series. */
    static final class BlockSeries {
        private final int[] references;
        private final int[] numbers;
        private int count;

        private BlockSeries(int capacity) {
            references = new int[capacity];
            numbers = new int[capacity];
        }

        int numberOf(int reference) {
            return numbers[Arrays.binarySearch(references, reference)];
        }
    }

    /** Adds series to an index, one by one. */
    private static final class Row {
        private final IndexWriter writer;
        private final TreeMap<byte[], Integer> symbols;
        private final BlockSeries written;
        private final ChunkMetas chunks = new ChunkMetas();
        private final int[] labels = new int[6];

        Row(IndexWriter writer, TreeMap<byte[], Integer> symbols, BlockSeries written) {
            this.writer = writer;
            this.symbols = symbols;
            this.written = written;
            chunks.add(0, 0, 8);
        }

        void add(int number, List<String> namesAndValues) throws IOException {
            for (int i = 0; i < namesAndValues.size(); i++) {
                labels[i] = symbols.get(namesAndValues.get(i).getBytes(StandardCharsets.UTF_8));
            }
            written.references[written.count] = writer.addSeries(labels, namesAndValues.size() / 2, chunks);
            written.numbers[written.count] = number;
            written.count++;
        }
    }
}
