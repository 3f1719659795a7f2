package dev.cairndb.tsdb.internal.wal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a log writes at once: the oldest batches of its queue, framed into one write, or two where a segment ends. Used
 * by one thread at a time; the counts may be read beside it.
 */
final class LogRound {
    private static final long SIZE_BYTES_MIN = 4 << 20;

    private final LogSegments segments;
    private final BackgroundSync backgroundSync;
    private final List<LogBatch> batches = new ArrayList<>();
    private long writtenTicket;
    private final AtomicLong writeCount = new AtomicLong();
    private final AtomicLong syncCount = new AtomicLong();
    private final AtomicLong writtenBytes = new AtomicLong();

    LogRound(LogSegments segments, BackgroundSync backgroundSync) {
        this.segments = segments;
        this.backgroundSync = backgroundSync;
    }

    /** Takes what is to be written next, up to that ticket; under the queue's lock. */
    void begin(LogQueue queue, long upToTicket) {
        queue.begin(batches, SIZE_BYTES_MIN, upToTicket);
    }

    /** Cuts off what an earlier round left behind the last whole record. */
    void heal() throws IOException {
        backgroundSync.exclude(segments::heal);
    }

    /** After an exception {@link #writtenTicket} tells how far it came. */
    void write(LogScratch scratch) throws IOException {
        scratch.framer.reset(segments.goodPosition());
        for (LogBatch batch : batches) {
            if (batch.endsSegment) {
                flush(scratch, batch.ticket - 1);
                endSegment(scratch);
                batch.segmentBehind = segments.currentSegment();
            } else if (batch.createsSegment) {
                segments.ensureCreated();
            } else if (!segments.stage(batch, scratch)) {
                flush(scratch, batch.ticket - 1);
                endSegment(scratch);
                segments.stage(batch, scratch);
            }
        }
        if (!batches.isEmpty()) {
            flush(scratch, batches.get(batches.size() - 1).ticket);
        }
    }

    void sync() throws IOException {
        segments.sync();
        syncCount.incrementAndGet();
    }

    /** Lets go of the batches, written or not. */
    void end() {
        batches.clear();
    }

    private void flush(LogScratch scratch, long upToTicket) throws IOException {
        int bytes = scratch.framer.size();
        if (bytes > 0) {
            segments.flush(scratch);
            writeCount.incrementAndGet();
            writtenBytes.addAndGet(bytes);
        }
        writtenTicket = Math.max(writtenTicket, upToTicket);
    }

    private void endSegment(LogScratch scratch) throws IOException {
        backgroundSync.exclude(() -> segments.endSegment(scratch));
    }

    /** Everything up to this ticket was handed to the system. */
    long writtenTicket() {
        return writtenTicket;
    }

    long writeCount() {
        return writeCount.get();
    }

    /** Not those at a segment's end. */
    long syncCount() {
        return syncCount.get();
    }

    long writtenBytes() {
        return writtenBytes.get();
    }
}
