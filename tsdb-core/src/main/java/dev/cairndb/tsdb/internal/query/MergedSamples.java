package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.HistogramBuffer;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.tsdb.internal.limit.QueryBudget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a {@link ChunkList} inside a range of time, ascending, each timestamp once. Chunks that overlap are
 * put into several lanes; where two have a sample at the same time, the one whose chunk is earlier in the list wins.
 * Reused.
 *
 * <p>What a histogram says about a counter reset is meant relative to the sample before it in the same source. Where
 * the sample before comes from another one, it is {@link CounterResetHint#UNKNOWN} instead, as in Prometheus
 * (storage/merge.go); so it is after a seek if there are several sources.
 */
public final class MergedSamples implements SampleCursor {
    private final List<SampleLane> lanes = new ArrayList<>();
    private final ChunkList list;
    private boolean[] alive = new boolean[4];
    private int laneCount;
    private long fromMillis;
    private long toMillis;
    private boolean started;
    private @Nullable SampleLane current;

    /** Whether samples of several sources, or of chunks that overlap, may follow each other. */
    private boolean merges;
    /** Whether the present sample follows the one given before it in its own source. */
    private boolean consecutive;

    private final @Nullable QueryBudget budget;
    /** Samples that may still be shown, out of the present lot. */
    private int paid;

    private final HistogramBuffer withoutHint = new HistogramBuffer();

    /** Samples that no query pays for. */
    public MergedSamples(ChunkList list) {
        this(list, null);
    }

    /** @param budget pays for each sample before it is shown */
    public MergedSamples(ChunkList list, @Nullable QueryBudget budget) {
        this.list = list;
        this.budget = budget;
    }

    /** Gives back what was taken from the budget for samples that were not shown. */
    void giveBackUnused() {
        if (budget != null && paid > 0) {
            budget.giveBackSamples(paid);
            paid = 0;
        }
    }

    /** Starts before the first sample of the list as it is now; both ends inclusive. */
    public void reset(long newFromMillis, long newToMillis) {
        fromMillis = newFromMillis;
        toMillis = newToMillis;
        laneCount = 0;
        started = false;
        current = null;
        for (int i = 0; i < list.size(); i++) {
            laneFor(list.minMillis(i)).add(i, list.maxMillis(i));
        }
        if (alive.length < laneCount) {
            alive = new boolean[laneCount];
        }
        merges = laneCount > 1 || !list.hasOneLoader();
        consecutive = !merges;
    }

    private SampleLane laneFor(long minMillis) {
        for (int i = 0; i < laneCount; i++) {
            if (lanes.get(i).takes(minMillis)) {
                return lanes.get(i);
            }
        }
        if (laneCount == lanes.size()) {
            lanes.add(new SampleLane());
        }
        SampleLane lane = lanes.get(laneCount++);
        lane.clear();
        return lane;
    }

    @Override
    public boolean next() throws IOException {
        if (!started) {
            return seek(fromMillis);
        }
        SampleLane at = current;
        if (at == null) {
            return false;
        }
        if (!merges) {
            return settle(at.next(list) ? at : null);
        }
        ChunkLoader source = at.loader(list);
        long last = at.current().timestampMillis();
        boolean alone = true;
        for (int i = 0; i < laneCount; i++) {
            SampleLane lane = lanes.get(i);
            while (alive[i] && lane.current().timestampMillis() <= last) {
                alone &= lane == at;
                alive[i] = lane.next(list);
            }
        }
        boolean found = settle(earliest());
        consecutive = found && alone && current == at && at.loader(list) == source && !isShared(at);
        return found;
    }

    /** Whether another lane has a sample at the time of the lane's present one. */
    private boolean isShared(SampleLane at) {
        long timestampMillis = at.current().timestampMillis();
        for (int i = 0; i < laneCount; i++) {
            SampleLane lane = lanes.get(i);
            if (lane != at && alive[i] && lane.current().timestampMillis() == timestampMillis) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean seek(long timestampMillis) throws IOException {
        long wanted = Math.max(timestampMillis, fromMillis);
        if (started && current == null) {
            return false;
        }
        if (current != null && current.current().timestampMillis() >= wanted) {
            return true;
        }
        consecutive = !merges;
        for (int i = 0; i < laneCount; i++) {
            if (!started || alive[i]) {
                alive[i] = lanes.get(i).seek(list, wanted);
            }
        }
        started = true;
        return settle(earliest());
    }

    private @Nullable SampleLane earliest() {
        SampleLane earliest = null;
        long earliestMillis = Long.MAX_VALUE;
        for (int i = 0; i < laneCount; i++) {
            if (alive[i]) {
                SampleLane lane = lanes.get(i);
                long at = lane.current().timestampMillis();
                boolean earlier =
                        at < earliestMillis || at == earliestMillis && earliest != null && lane.isBefore(earliest);
                if (earliest == null || earlier) {
                    earliest = lane;
                    earliestMillis = at;
                }
            }
        }
        return earliest;
    }

    private boolean settle(@Nullable SampleLane lane) throws IOException {
        current = lane != null && lane.current().timestampMillis() <= toMillis ? lane : null;
        if (current == null) {
            return false;
        }
        if (budget != null && --paid < 0) {
            paid = 0;
            paid = budget.takeLotOfSamples() - 1;
        }
        return true;
    }

    private SampleCursor sample() {
        SampleLane lane = current;
        if (lane == null) {
            throw new IllegalStateException("the cursor is not at a sample");
        }
        return lane.current();
    }

    @Override
    public SampleKind kind() {
        return sample().kind();
    }

    @Override
    public long timestampMillis() {
        return sample().timestampMillis();
    }

    @Override
    public double value() {
        return sample().value();
    }

    @Override
    public long valueBits() {
        return sample().valueBits();
    }

    @Override
    public HistogramSample histogram() {
        HistogramSample histogram = sample().histogram();
        if (consecutive || histogram.resetHint() == CounterResetHint.GAUGE) {
            return histogram;
        }
        withoutHint.set(histogram);
        withoutHint.setResetHint(CounterResetHint.UNKNOWN);
        return withoutHint;
    }

    @Override
    public long startTimestampMillis() {
        return sample().startTimestampMillis();
    }
}
