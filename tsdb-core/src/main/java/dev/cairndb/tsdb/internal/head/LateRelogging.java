package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkCursors;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.util.Arrays;

/**
 * Puts all late samples behind what the late log has: those of the chunks in chunks_head, the markers of these chunks,
 * and those of the other chunks. So the log has them all, whatever becomes of chunks_head. A few rows at a time; chunks
 * are read without the commit lock, which is possible because only maintenance moves or drops them. Maintenance only,
 * used once.
 */
final class LateRelogging {
    private static final int ROWS_PER_STEP = 128;
    private static final int BATCH_BYTES = 1 << 20;

    private final HeadState state;
    private final LateRows late;
    private final WriteAheadLog lateLog;
    private final LateLogging logging;
    private final EncodedChunk chunk = new EncodedChunk();
    private final ChunkCursors cursors = new ChunkCursors();
    /** Pairs of a series reference and that of a chunk, of one step. */
    private long[] chunks = new long[2 * ROWS_PER_STEP];

    private int used;

    LateRelogging(HeadState state, LateRows late, WriteAheadLog lateLog) {
        this.state = state;
        this.late = late;
        this.lateLog = lateLog;
        logging = new LateLogging(late, lateLog);
    }

    /**
     * Returns when everything is as durable as the log's setting says.
     *
     * @throws CorruptionException if a chunk cannot be read; then the log may not lose what it has
     */
    void run() throws IOException {
        long ticket = 0;
        int from = 0;
        while (collect(from)) {
            logMapped();
            ticket = Math.max(ticket, logRows(from));
            from += ROWS_PER_STEP;
        }
        lateLog.awaitDurable(ticket);
    }

    /** Finds the chunks of chunks_head of the rows from this one on; false if there are no rows. */
    private boolean collect(int from) {
        used = 0;
        state.commitLock.lockForStep();
        try {
            int limit = late.limit();
            for (int row = from; row < Math.min(from + ROWS_PER_STEP, limit); row++) {
                if (late.isUsed(row)) {
                    collectRow(row);
                }
            }
            return from < limit;
        } finally {
            state.commitLock.unlock();
        }
    }

    private void collectRow(int row) {
        Rows.Page page = late.rows.page(row);
        int entries = page.ints[Rows.intAt(row, Rows.CLOSED_COUNT)];
        for (int i = 0; i < entries; i++) {
            long reference = late.closed.reference(page, row, i);
            if ((reference & ClosedChunks.IN_SLAB) == 0) {
                if (used == chunks.length) {
                    chunks = Arrays.copyOf(chunks, used * 2);
                }
                chunks[used++] = Rows.ref(page, row);
                chunks[used++] = reference;
            }
        }
    }

    private void logMapped() throws IOException {
        int next = 0;
        while (next < used) {
            LogBatch batch = lateLog.newBatch();
            boolean submitted = false;
            try {
                while (next < used && batch.sizeBytes() < BATCH_BYTES) {
                    add(batch, chunks[next], chunks[next + 1]);
                    next += 2;
                }
                submitted = true;
                // More than one batch at a time would be memory.
                lateLog.awaitDurable(submit(batch));
            } finally {
                if (!submitted) {
                    lateLog.release(batch);
                }
            }
        }
    }

    private void add(LogBatch batch, long seriesRef, long reference) throws IOException {
        try {
            state.chunkReader.read(reference, chunk);
        } catch (CorruptionException e) {
            state.onDamage.accept(e);
            throw e;
        }
        for (SampleCursor sample = cursors.open(chunk); sample.next(); ) {
            LateLogging.add(batch, seriesRef, sample);
        }
    }

    private long submit(LogBatch batch) {
        state.commitLock.lockForStep();
        try {
            return lateLog.submit(batch);
        } finally {
            state.commitLock.unlock();
        }
    }

    /** Logs markers and the samples that are in no chunk of chunks_head. */
    private long logRows(int from) {
        state.commitLock.lockForStep();
        try {
            for (int row = from; row < Math.min(from + ROWS_PER_STEP, late.limit()); row++) {
                if (late.isUsed(row)) {
                    logging.addAll(row);
                }
            }
            return logging.submit();
        } finally {
            state.commitLock.unlock();
        }
    }
}
