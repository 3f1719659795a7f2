package dev.cairndb.results;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs the set of benchmarks and writes what it measured into a file: {@code benchmarks/run}. */
public final class RunTool {
    private static final long SEED = 1;

    /** Of JMH, besides the codecs of floats: postings, wire, append, select. */
    private static final String MEASURED =
            "^dev\\.cairndb\\.(chunks\\.(FloatCodec|Histogram.*)|io\\.Snappy|index\\.Postings"
                    + "|remote\\.RemoteWriteDecode|tsdb\\.(HeadAppend|Select))Benchmark\\.";

    private RunTool() {}

    public static void main(String[] args) throws Exception {
        boolean smoke = false;
        Path peers = null;
        Path out = null;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--smoke")) {
                smoke = true;
            } else if (args[i].equals("--peers") && i + 1 < args.length) {
                peers = Path.of(args[++i]);
            } else if (!args[i].startsWith("-") && out == null) {
                out = Path.of(args[i]);
            } else {
                throw new IllegalArgumentException("not known: " + args[i]);
            }
        }
        if (out == null) {
            throw new IllegalArgumentException("usage: run [--smoke] [--peers DIR] OUT.json");
        }
        Results.Machine machine = ThisMachine.describe();
        String startedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        String commit = ThisMachine.firstLineOf("git", "describe", "--always", "--dirty");
        Map<String, String> versions = new TreeMap<>();
        List<Figure> figures = new ArrayList<>();
        // Written after each part: one that fails does not take the others with it.
        for (int part = 0; part < (smoke ? 1 : 3); part++) {
            figures.addAll(
                    switch (part) {
                        case 0 -> smoke ? JmhFigures.smoke() : JmhFigures.measure(MEASURED);
                        case 1 -> BlockFigures.measure(peers);
                        default -> ReceiverFigures.measure(peers, SEED, versions);
                    });
            new Results(startedAt, smoke, commit, SEED, machine, versions, figures).write(out);
        }
        System.out.println(out + ": " + figures.size() + " figures");
    }
}
