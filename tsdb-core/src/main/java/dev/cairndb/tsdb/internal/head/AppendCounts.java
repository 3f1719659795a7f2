package dev.cairndb.tsdb.internal.head;

import dev.cairndb.tsdb.Rejection;
import java.util.Arrays;

/** What became of all that an append brought. Not thread-safe. */
public final class AppendCounts {
    private static final int KINDS = AppendCount.values().length;
    private static final int REASONS = Rejection.values().length;

    /** By {@link AppendCount}, then rejections by reason. */
    private final int[] counts;

    AppendCounts() {
        counts = new int[KINDS + REASONS];
    }

    private AppendCounts(AppendCounts source) {
        counts = source.counts.clone();
    }

    /** A copy that stays as it is. */
    public AppendCounts copy() {
        return new AppendCounts(this);
    }

    void clear() {
        Arrays.fill(counts, 0);
    }

    void add(AppendCount what) {
        counts[what.ordinal()]++;
    }

    void add(AppendCount what, int count) {
        counts[what.ordinal()] += count;
    }

    void addRejected(Rejection reason) {
        counts[KINDS + reason.ordinal()]++;
    }

    public int of(AppendCount what) {
        return counts[what.ordinal()];
    }

    /** Samples and exemplars not stored for this reason. */
    public int rejected(Rejection reason) {
        return counts[KINDS + reason.ordinal()];
    }

    /** The sums of many appends. Guarded by whoever adds to it. */
    static final class Totals {
        private final long[] sums = new long[KINDS + REASONS];

        void add(AppendCounts counts) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += counts.counts[i];
            }
        }

        long of(AppendCount what) {
            return sums[what.ordinal()];
        }

        long rejected(Rejection reason) {
            return sums[KINDS + reason.ordinal()];
        }
    }
}
