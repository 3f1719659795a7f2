package dev.cairndb.results;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Compares two files of results: {@code benchmarks/compare BEFORE AFTER}. A figure got worse or better if all values of
 * one run are on one side of all of the other's, and the medians are more than {@link #NOISE} apart; the exit code is 1
 * if one got worse.
 */
public final class CompareTool {
    /** What two runs of the same code differ by on a machine that is not quite idle. */
    static final double NOISE = 0.10;

    private CompareTool() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("usage: compare BEFORE.json AFTER.json");
        }
        if (compare(Results.read(Path.of(args[0])), Results.read(Path.of(args[1])), System.out) > 0) {
            System.exit(1);
        }
    }

    /** Returns how many figures got worse. */
    static int compare(Results before, Results after, PrintStream out) {
        if (!before.machine().processor().equals(after.machine().processor())
                || !before.machine().jdk().equals(after.machine().jdk())) {
            out.println("not the same machine and JDK: " + before.machine() + " and " + after.machine());
        }
        Map<String, Figure> earlier = new LinkedHashMap<>();
        before.figures().forEach(figure -> earlier.put(figure.key(), figure));
        int worse = 0;
        for (Figure now : after.figures()) {
            Figure then = earlier.remove(now.key());
            if (then == null) {
                out.println("new     " + now.key());
                continue;
            }
            String mark = mark(then, now);
            worse += mark.equals("WORSE") ? 1 : 0;
            out.printf(
                    Locale.ROOT,
                    "%-7s %s: %s -> %s %s (%s)%n",
                    mark,
                    now.key(),
                    RenderTool.number(then.median()),
                    RenderTool.number(now.median()),
                    now.unit(),
                    String.format(Locale.ROOT, "%.2fx", now.median() / then.median()));
        }
        earlier.keySet().forEach(key -> out.println("gone    " + key));
        out.println(worse + " worse");
        return worse;
    }

    private static String mark(Figure then, Figure now) {
        boolean isGreater = now.min() > then.max() && now.median() > then.median() * (1 + NOISE);
        boolean isLess = now.max() < then.min() && then.median() > now.median() * (1 + NOISE);
        if (!isGreater && !isLess) {
            return "";
        }
        return isGreater == now.higherIsBetter() ? "better" : "WORSE";
    }
}
