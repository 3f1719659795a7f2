package dev.cairndb.index;

import dev.cairndb.ShortBenchmark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;

/** The index of a head: taking series in, and finding them. */
public class HeadPostingsBenchmark extends ShortBenchmark {
    private static final int SERIES = 100_000;
    private static final int LABELS = 4;

    private SymbolTable symbols;
    private int[] labelSymbols;
    private HeadPostings postings;
    private byte[] job;
    private byte[] jobValue;

    @Setup
    public void fill() {
        symbols = new SymbolTable();
        labelSymbols = new int[SERIES * LABELS * 2];
        int at = 0;
        for (int series = 0; series < SERIES; series++) {
            at = put(at, "__name__", "metric_" + series % 200);
            at = put(at, "instance", "10.0.0." + series / 200 + ":9100");
            at = put(at, "job", "job-" + series % 10);
            at = put(at, "pod", "pod-" + series);
        }
        postings = addAll();
        job = utf8("job");
        jobValue = utf8("job-3");
    }

    private int put(int at, String name, String value) {
        byte[] nameBytes = utf8(name);
        byte[] valueBytes = utf8(value);
        labelSymbols[at] = symbols.intern(nameBytes, 0, nameBytes.length);
        labelSymbols[at + 1] = symbols.intern(valueBytes, 0, valueBytes.length);
        return at + 2;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private HeadPostings addAll() {
        HeadPostings filled = new HeadPostings(symbols);
        int[] labels = new int[LABELS * 2];
        for (int series = 0; series < SERIES; series++) {
            System.arraycopy(labelSymbols, series * LABELS * 2, labels, 0, labels.length);
            filled.add(series, labels, LABELS);
        }
        return filled;
    }

    /** Each series of a new index of 100,000, four labels each. */
    @Benchmark
    @OperationsPerInvocation(SERIES)
    public HeadPostings add() {
        return addAll();
    }

    /** The list of one value with 10,000 series, from a snapshot of its own. */
    @Benchmark
    public PostingList findOneValue() throws IOException {
        return postings.snapshot().postings(job, jobValue);
    }
}
