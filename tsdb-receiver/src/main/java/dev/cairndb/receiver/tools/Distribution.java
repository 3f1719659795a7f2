package dev.cairndb.receiver.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How often numbers occur, as promtool shows it: in ranges of 10, 100, 1000... whichever makes about ten of them. */
final class Distribution {
    private static final int STEP_LEAST = 10;
    private static final int STEP_FACTOR = 10;
    private static final int STEP_MAX = 100_000;
    private static final int RANGES_ABOUT = 10;

    private final String title;
    private final TreeMap<Integer, Long> counts = new TreeMap<>();
    private long count;
    private long sum;

    /** @param count numbers behind {@code from}, up to {@code to} */
    record Range(int from, int to, long count) {}

    Distribution(String title) {
        this.title = title;
    }

    void add(int number) {
        counts.merge(number, 1L, Long::sum);
        count++;
        sum += number;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int least() {
        return counts.firstKey();
    }

    int most() {
        return counts.lastKey();
    }

    long average() {
        return sum / count;
    }

    /** Without a gap. As in promtool, a number on a border is counted in the range that begins there. */
    List<Range> ranges() {
        int step = step();
        int first = least() / step;
        long[] inRange = new long[most() / step - first + 2];
        for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
            inRange[entry.getKey() / step - first] += entry.getValue();
        }
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < inRange.length; i++) {
            ranges.add(new Range((first + i) * step, (first + i + 1) * step, inRange[i]));
        }
        return ranges;
    }

    private int step() {
        int wanted = (most() - least()) / RANGES_ABOUT;
        int step = STEP_LEAST;
        while (step < wanted && step < STEP_MAX) {
            step *= STEP_FACTOR;
        }
        return step;
    }

    /** @param total what the bars are parts of */
    List<String> lines(long total) {
        if (isEmpty()) {
            return List.of(title + ": N/A");
        }
        List<Range> ranges = ranges();
        Range last = ranges.get(ranges.size() - 1);
        long highest = ranges.stream().mapToLong(Range::count).max().orElse(0);
        String format = "[%" + digits(last.from) + "d, %" + digits(last.to) + "d]: %" + digits(highest) + "d %s";
        List<String> lines = new ArrayList<>();
        lines.add(title + " (min/avg/max): " + least() + "/" + average() + "/" + most());
        for (Range range : ranges) {
            String bar = "#".repeat((int) (100 * range.count / total));
            lines.add(String.format(Locale.ROOT, format, range.from + 1, range.to, range.count, bar));
        }
        return lines;
    }

    private static int digits(long number) {
        return Long.toString(number).length();
    }
}
