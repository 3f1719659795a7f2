package dev.cairndb.results;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Runs the set of benchmarks and writes what it measured into a file: {@code benchmarks/run}. With {@code --only PART} it
 * measures one part, and keeps the others that the file has.
 */
public final class RunTool {
    private static final long SEED = 1;

    /** Of JMH, besides the codecs of floats: postings, wire, append, select. */
    private static final String MEASURED =
            "^dev\\.cairndb\\.(chunks\\.(FloatCodec|Histogram.*)|io\\.Snappy|index\\.Postings"
                    + "|remote\\.RemoteWriteDecode|tsdb\\.(HeadAppend|Select))Benchmark\\.";

    private RunTool() {}

    /** What is measured after one another, each in processes of its own. */
    private enum Part {
        JMH,
        BLOCKS,
        RECEIVERS;

        static Part named(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }

        String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Part of(Figure figure) {
            return switch (figure.group()) {
                case "blocks" -> BLOCKS;
                case "receivers" -> RECEIVERS;
                default -> JMH;
            };
        }
    }

    public static void main(String[] args) throws Exception {
        boolean smoke = false;
        boolean only = false;
        Path peers = null;
        Path out = null;
        Set<Part> parts = EnumSet.allOf(Part.class);
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--smoke")) {
                smoke = true;
                parts = EnumSet.of(Part.JMH);
            } else if (args[i].equals("--peers") && i + 1 < args.length) {
                peers = Path.of(args[++i]);
            } else if (args[i].equals("--only") && i + 1 < args.length) {
                only = true;
                parts = EnumSet.of(Part.named(args[++i]));
            } else if (!args[i].startsWith("-") && out == null) {
                out = Path.of(args[i]);
            } else {
                throw new IllegalArgumentException("not known: " + args[i]);
            }
        }
        if (out == null || smoke && only) {
            throw new IllegalArgumentException(
                    "usage: run [--smoke | --only jmh|blocks|receivers] [--peers DIR] OUT.json");
        }
        Results.Machine machine = ThisMachine.describe();
        String startedAt = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        String commit = ThisMachine.firstLineOf("git", "describe", "--always", "--dirty");
        Map<String, String> versions = new TreeMap<>();
        List<Figure> figures = new ArrayList<>();
        Map<String, String> commits = new TreeMap<>();
        if (only && Files.exists(out)) {
            Results before = Results.read(out);
            before.requireFitting(machine);
            versions.putAll(before.peers());
            for (Figure figure : before.figures()) {
                if (!parts.contains(Part.of(figure))) {
                    figures.add(figure);
                    String kept = Part.of(figure).title();
                    commits.put(kept, before.commitOf(kept));
                }
            }
        }
        // Written after each part: one that fails does not take the others with it.
        for (Part part : parts) {
            figures.addAll(
                    switch (part) {
                        case JMH -> smoke ? JmhFigures.smoke() : JmhFigures.measure(MEASURED);
                        case BLOCKS -> BlockFigures.measure(peers);
                        case RECEIVERS -> ReceiverFigures.measure(peers, SEED, versions);
                    });
            commits.put(part.title(), commit);
            new Results(startedAt, smoke, commit, commits, SEED, machine, versions, figures).write(out);
        }
        System.out.println(out + ": " + figures.size() + " figures");
    }
}
