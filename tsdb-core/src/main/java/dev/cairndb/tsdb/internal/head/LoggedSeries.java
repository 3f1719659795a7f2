package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.internal.wal.Checkpoint;
import java.io.IOException;

/** The series of the head that have a record in the log, copied a bounded number at a time under the commit lock. */
final class LoggedSeries {
    private static final int ROWS_PER_STEP = 256;

    private final HeadState state;
    private final ByteWriter labels = new ByteWriter(1 << 12);
    private final long[] refs = new long[ROWS_PER_STEP];
    private final int[] ends = new int[ROWS_PER_STEP];

    LoggedSeries(HeadState state) {
        this.state = state;
    }

    void forEach(Checkpoint.SeriesRecord target) throws IOException {
        for (int from = 0; from < state.rows.limit(); from += ROWS_PER_STEP) {
            int count = copy(from);
            int start = 0;
            for (int i = 0; i < count; i++) {
                target.series(refs[i], labels.array(), start, ends[i] - start);
                start = ends[i];
            }
        }
    }

    private int copy(int from) {
        labels.clear();
        int count = 0;
        state.commitLock.lockForStep();
        try {
            int to = Math.min(from + ROWS_PER_STEP, state.rows.limit());
            for (int slot = from; slot < to; slot++) {
                if (state.rows.isInLog(slot)) {
                    state.registry.packLabels(slot, labels);
                    refs[count] = state.registry.ref(slot);
                    ends[count++] = labels.size();
                }
            }
        } finally {
            state.commitLock.unlock();
        }
        return count;
    }
}
