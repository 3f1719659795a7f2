package dev.cairndb.index;

import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Times every case of Prometheus' BenchmarkQuerier on a head's index and on a block's, and checks each result against a
 * plain filter over all series. A program and no JMH benchmark, since the five million series are made once for all
 * cases. Times are CPU times of the asking thread.
 *
 * <pre>QuerierTool [FILE], a FILE with the output of `go test ./tsdb -bench BenchmarkQuerier` to compare with</pre>
 */
public final class QuerierTool {
    static final int VALUES_OF_I = 100_000;
    private static final Pattern GO_LINE = Pattern.compile(
            "BenchmarkQuerier/(Head|Block)/(?:PostingsForMatchers|labelValuesWithMatchers)/(\\S+?)-\\d+\\s+"
                    + "\\d+\\s+([0-9.]+) ns/op.*");
    private static final int RUNS_MIN = 5;
    private static final int RUNS_MAX = 2_000;
    private static final long CASE_NANOS = 600_000_000L;

    private final QuerierSeries series;
    private final Map<String, Double> peer;
    private final List<BitSet> expectedSeries = new ArrayList<>();
    private final List<List<String>> expectedValues = new ArrayList<>();

    QuerierTool(QuerierSeries series, Map<String, Double> peer) {
        this.series = series;
        this.peer = peer;
        Map<Matcher, Map<String, Boolean>> known = new HashMap<>();
        for (QuerierCase each : QuerierCase.selections()) {
            BitSet accepted = new BitSet();
            for (int number = 0; number < series.count(); number++) {
                accepted.set(number, each.accepts(series, number, known));
            }
            expectedSeries.add(accepted);
        }
        for (QuerierCase each : QuerierCase.labelValues()) {
            expectedValues.add(new ArrayList<>(each.values(series, known)));
        }
    }

    public static void main(String[] arguments) throws IOException {
        Map<String, Double> peer = arguments.length == 0 ? Map.of() : goResults(Path.of(arguments[0]));
        QuerierTool tool = new QuerierTool(new QuerierSeries(VALUES_OF_I), peer);
        System.out.println(
                "| case | min us | median us | max us | Prometheus us | times as fast |\n|---|---|---|---|---|---|");
        tool.run(true);
    }

    private static Map<String, Double> goResults(Path file) throws IOException {
        Map<String, Double> nanos = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            java.util.regex.Matcher found = GO_LINE.matcher(line);
            if (found.matches()) {
                // One name lacks a quote there, another says = and means !=.
                String name =
                        found.group(2).replace("j=\"foo,", "j=\"foo\",").replace("i_with_n=\"X\"", "i_with_n!=\"X\"");
                nanos.put(found.group(1) + " " + name, Double.parseDouble(found.group(3)));
            }
        }
        return nanos;
    }

    /** All cases on both indexes; fails if a result is wrong. */
    void run(boolean timed) throws IOException {
        run("Head", series.head(), slot -> slot, timed);
        Path directory = Files.createTempDirectory("querier");
        Path file = directory.resolve("index");
        try {
            Storage storage = FileStorage.instance();
            QuerierSeries.BlockSeries written = series.writeIndex(storage, file);
            try (IndexReader block = IndexReader.open(storage, file)) {
                run("Block", block, written::numberOf, timed);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    /** Checks all cases, and only then times them: by then all code has been compiled that they have in common. */
    private void run(String where, LabelIndex index, IntUnaryOperator numberOf, boolean timed) throws IOException {
        List<QuerierCase> selections = QuerierCase.selections();
        for (int i = 0; i < selections.size(); i++) {
            QuerierCase each = selections.get(i);
            check(where, each, select(index, each), expectedSeries.get(i), numberOf);
        }
        List<QuerierCase> values = QuerierCase.labelValues();
        for (int i = 0; i < values.size(); i++) {
            QuerierCase each = values.get(i);
            List<String> found = new ArrayList<>();
            values(index, each).forEach(value -> found.add(new String(value, StandardCharsets.UTF_8)));
            if (!found.equals(expectedValues.get(i))) {
                throw new IllegalStateException(where + " " + each.name() + ": found " + found.size() + " values");
            }
        }
        for (int round = 0; timed && round < 2; round++) {
            for (QuerierCase each : selections) {
                report(where, each, round == 1, () -> walk(select(index, each)));
            }
            for (QuerierCase each : values) {
                report(where, each, round == 1, () -> values(index, each).size());
            }
        }
    }

    private static PostingList select(LabelIndex index, QuerierCase each) throws IOException {
        return Selections.select(index, each.matchers());
    }

    private static List<byte[]> values(LabelIndex index, QuerierCase each) throws IOException {
        String label = each.label();
        return Selections.labelValues(index, label == null ? "" : label, each.matchers());
    }

    private static long walk(PostingList list) {
        long[] sum = new long[1];
        list.forEach(id -> sum[0] += id);
        return sum[0];
    }

    private static void check(
            String where, QuerierCase each, PostingList found, BitSet expected, IntUnaryOperator numberOf) {
        boolean same = found.cardinality() == expected.cardinality();
        for (PostingCursor cursor = found.cursor(); same && cursor.next(); ) {
            same = expected.get(numberOf.applyAsInt(cursor.id()));
        }
        if (!same) {
            throw new IllegalStateException(where + " " + each.name() + ": found " + found.cardinality()
                    + " series, expected " + expected.cardinality());
        }
    }

    /** What is timed; its result keeps it from being left out. */
    private interface Timed {
        long run() throws IOException;
    }

    private void report(String where, QuerierCase each, boolean counts, Timed timed) throws IOException {
        // A third to warm up.
        List<Long> nanos = time(timed, CASE_NANOS / 3);
        if (!counts) {
            return;
        }
        nanos = time(timed, CASE_NANOS);
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        double median = sorted[sorted.length / 2] / 1e3;
        @Nullable Double peerNanos = peer.get(where + " " + each.name());
        System.out.println(String.format(
                Locale.ROOT,
                "| %s %s | %.1f | %.1f | %.1f | %s | %s |",
                where,
                each.name().replace("|", "\\|"),
                sorted[0] / 1e3,
                median,
                sorted[sorted.length - 1] / 1e3,
                peerNanos == null ? "" : String.format(Locale.ROOT, "%.1f", peerNanos / 1e3),
                peerNanos == null ? "" : String.format(Locale.ROOT, "%.1f", peerNanos / 1e3 / median)));
    }

    private static List<Long> time(Timed timed, long nanosMax) throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        List<Long> nanos = new ArrayList<>();
        long begin = threads.getCurrentThreadCpuTime();
        long sum = 0;
        while (nanos.size() < RUNS_MIN
                || nanos.size() < RUNS_MAX && threads.getCurrentThreadCpuTime() - begin < nanosMax) {
            long before = threads.getCurrentThreadCpuTime();
            sum += timed.run();
            nanos.add(threads.getCurrentThreadCpuTime() - before);
        }
        if (sum == Long.MIN_VALUE) {
            throw new IllegalStateException(Arrays.toString(new long[] {sum}));
        }
        return nanos;
    }
}
