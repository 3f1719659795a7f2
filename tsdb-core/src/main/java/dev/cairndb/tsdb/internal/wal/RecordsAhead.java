package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Finds the records of one segment as {@link SegmentScanner} does, some of them ahead, on a thread of an executor: who
 * takes them works on one while the next are read, checked and decompressed. An executor that has no thread to spare,
 * or refuses, costs nothing but time, because the taker then reads himself. For one taker.
 */
final class RecordsAhead implements Closeable {
    private static final int BATCHES = 4;
    private static final int BATCH_SIZE_BYTES = 64 << 10;
    private static final int BATCH_RECORDS_MAX = 1024;

    private final SegmentScanner scanner;
    private final Executor executor;
    private final Queue<Batch> free = new ConcurrentLinkedQueue<>();
    private final Queue<Batch> ready = new ConcurrentLinkedQueue<>();
    /** Held by the one thread that reads, and by which what it has done reaches the next one. */
    private final ReentrantLock reading = new ReentrantLock();

    private final AtomicBoolean queued = new AtomicBoolean();
    /** This, until it is closed: a task may be queued for long after that, and keeps no more than this reference. */
    private final AtomicReference<@Nullable RecordsAhead> open = new AtomicReference<>(this);
    /** Whether there is nothing more to read. Under the lock. */
    private boolean ended;

    // The taker's.
    private Batch present = new Batch();
    private int at = -1;
    private boolean damageTold;

    /** Records, then perhaps what comes behind them: damage, the end, or that reading failed. */
    private static final class Batch {
        final ByteWriter bytes = new ByteWriter(0);
        int[] ends = new int[16];
        long[] recordOffsets = new long[16];
        long[] positions = new long[16];
        int count;

        @Nullable
        CorruptionException damage;

        @Nullable
        Throwable failure;

        boolean isLast;

        /** Returns whether nothing more is to be read. */
        boolean fill(SegmentScanner scanner) {
            bytes.clear();
            count = 0;
            damage = null;
            try {
                while (bytes.size() < BATCH_SIZE_BYTES && count < BATCH_RECORDS_MAX) {
                    switch (scanner.next()) {
                        case RECORD -> add(scanner);
                        case DAMAGE -> {
                            damage = scanner.damage();
                            return false;
                        }
                        case END -> {
                            isLast = true;
                            return true;
                        }
                    }
                }
                return false;
            } catch (IOException | RuntimeException | Error e) {
                // Perhaps on a thread on which nobody would hear of it.
                failure = e;
                return true;
            }
        }

        private void add(SegmentScanner scanner) {
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, 2 * count);
                recordOffsets = Arrays.copyOf(recordOffsets, 2 * count);
                positions = Arrays.copyOf(positions, 2 * count);
            }
            bytes.putBytes(scanner.bytes(), scanner.offset(), scanner.length());
            ends[count] = bytes.size();
            recordOffsets[count] = scanner.recordOffset();
            positions[count++] = scanner.position();
        }
    }

    /** @param offset where to begin: a place between two records */
    RecordsAhead(Storage storage, Path segment, long offset, Executor executor) throws IOException {
        scanner = new SegmentScanner(storage, segment);
        scanner.start(offset);
        this.executor = executor;
        for (int i = 1; i < BATCHES; i++) {
            free.add(new Batch());
        }
    }

    /** Steps to the next whole record, or to damage, behind which the next call goes on. */
    SegmentScanner.Event next() throws IOException {
        while (true) {
            if (at + 1 < present.count) {
                at++;
                return SegmentScanner.Event.RECORD;
            }
            if (present.damage != null && !damageTold) {
                damageTold = true;
                return SegmentScanner.Event.DAMAGE;
            }
            throwIfFailed();
            if (present.isLast) {
                return SegmentScanner.Event.END;
            }
            takeNext();
        }
    }

    private void throwIfFailed() throws IOException {
        Throwable failure = present.failure;
        if (failure instanceof IOException e) {
            throw e;
        } else if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure instanceof Error e) {
            throw e;
        }
    }

    private void takeNext() {
        free.add(present);
        Batch next = ready.poll();
        while (next == null) {
            // Waits for the batch that another thread is reading, if one is.
            reading.lock();
            try {
                boolean unused = ready.isEmpty() && readBatch();
            } finally {
                reading.unlock();
            }
            next = ready.poll();
        }
        present = next;
        at = -1;
        damageTold = false;
        if (queued.compareAndSet(false, true)) {
            try {
                AtomicReference<@Nullable RecordsAhead> reader = open;
                executor.execute(() -> readAhead(reader));
            } catch (RejectedExecutionException e) {
                queued.set(false);
            }
        }
    }

    private static void readAhead(AtomicReference<@Nullable RecordsAhead> reader) {
        RecordsAhead records = reader.get();
        if (records != null) {
            records.readWhatHasRoom();
        }
    }

    private void readWhatHasRoom() {
        boolean goesOn = true;
        while (goesOn && reading.tryLock()) {
            try {
                goesOn = readBatch();
            } finally {
                reading.unlock();
            }
        }
        queued.set(false);
    }

    /** Returns whether there was anything to read, and room for it. Under the lock. */
    private boolean readBatch() {
        Batch batch = ended ? null : free.poll();
        if (batch == null) {
            return false;
        }
        ended = batch.fill(scanner);
        ready.add(batch);
        return true;
    }

    /** The present record; valid until the next call of {@link #next}, as all about it. */
    byte[] bytes() {
        return present.bytes.array();
    }

    int offset() {
        return at == 0 ? 0 : present.ends[at - 1];
    }

    int length() {
        return present.ends[at] - offset();
    }

    /** Offset in the file of the present record's first fragment. */
    long recordOffset() {
        return present.recordOffsets[at];
    }

    /** Offset in the file behind the present record. */
    long position() {
        return present.positions[at];
    }

    long fileSize() {
        return scanner.fileSize();
    }

    /** After {@link SegmentScanner.Event#DAMAGE}: what is wrong, and where. */
    CorruptionException damage() {
        CorruptionException found = present.damage;
        if (found == null) {
            throw new IllegalStateException("there is no damage here");
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        open.set(null);
        reading.lock();
        try {
            ended = true;
            scanner.close();
        } finally {
            reading.unlock();
        }
    }
}
