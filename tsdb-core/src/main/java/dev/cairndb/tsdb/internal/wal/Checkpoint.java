package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes a checkpoint: what is still needed of the previous checkpoint and of the segments up to a number, in a
 * directory of segments of its own, {@code checkpoint.NNNNNNNN}. It is built under another name, synced and renamed, so
 * the name stands for a complete one; the segments may be deleted after that.
 *
 * <p>Series that the caller wants are kept, with their samples, histograms and exemplars from a time on, the tombstones
 * that reach it, and the latest metadata. Samples stay in records of the type they came in. Records of other types are
 * passed on as they are: what cannot be decoded cannot be judged.
 *
 * <p>Reads only files that are complete: it may run while the log is written.
 */
public final class Checkpoint {
    /** So much is compressed at once, and written. */
    private static final int BATCH_SIZE_BYTES = 64 * 1024;

    private final Storage storage;
    private final LogSegments target;
    private final Needed needed;
    private final long minTimestampMillis;
    private final RecordDecoder decoder = new RecordDecoder();
    private final LogScratch scratch = new LogScratch();
    private final LogBatch batch = new LogBatch();

    private final Filter filter = new Filter();
    private final LatestMetadata metadata = new LatestMetadata();

    private boolean batchHasTombstones;
    private int type;
    private int groupType;
    private long keptSeries;
    private long droppedSeries;
    private long keptSamples;
    private long droppedSamples;
    private long passedRecords;

    private Checkpoint(Storage storage, LogSegments target, Needed needed, long minTimestampMillis) {
        this.storage = storage;
        this.target = target;
        this.needed = needed;
        this.minTimestampMillis = minTimestampMillis;
    }

    /**
     * What a checkpoint holds. Samples are floats and histograms.
     *
     * @param lastSegment segments up to this one are not needed any more
     * @param passedRecords records of types that are not decoded
     */
    public record Result(
            int lastSegment,
            long keptSeries,
            long droppedSeries,
            long keptSamples,
            long droppedSamples,
            long passedRecords,
            long sizeBytes) {}

    /**
     * The last segment to put into a checkpoint, as Prometheus chooses it: the lower two thirds of the closed ones. -1
     * if there are too few to be worth it.
     *
     * @param firstSegment the oldest segment
     * @param currentSegment the one that was being written, before it was cut for this
     */
    public static int lastSegmentFor(int firstSegment, int currentSegment) {
        int last = firstSegment + (currentSegment - 1 - firstSegment) * 2 / 3;
        return currentSegment > firstSegment && last > firstSegment ? last : -1;
    }

    /** What of the log is needed still. */
    @FunctionalInterface
    public interface Needed {
        /** Whether a series' record is, and what it has that is not older than the checkpoint keeps. */
        boolean series(long seriesRef);

        /** Whether older deleted ranges of it are as well. */
        default boolean oldDeletions(long seriesRef) {
            return false;
        }
    }

    /** Series records that come first, whatever the log still has of them. */
    @FunctionalInterface
    public interface SeriesRecords {
        SeriesRecords NONE = target -> {};

        void forEach(SeriesRecord target) throws IOException;
    }

    /** Takes one: labels are packed. */
    @FunctionalInterface
    public interface SeriesRecord {
        void series(long seriesRef, byte[] labels, int offset, int length) throws IOException;
    }

    /**
     * Writes {@code checkpoint.lastSegment} from the newest checkpoint and the segments behind it up to {@code
     * lastSegment}, which must all be closed.
     *
     * @param first those that damage may have taken from the log; a record may come twice
     * @throws CorruptionException if what it reads is damaged; nothing is changed then
     */
    public static Result write(
            Storage storage,
            Path directory,
            int lastSegment,
            long minTimestampMillis,
            Needed needed,
            SeriesRecords first,
            LogSettings settings)
            throws IOException {
        LogDirectory log = LogDirectory.list(storage, directory);
        if (lastSegment <= log.lastCheckpoint() || lastSegment > log.lastSegment()) {
            throw new IllegalArgumentException("cannot write a checkpoint up to segment " + lastSegment
                    + ": newest checkpoint=" + log.lastCheckpoint() + ", newest segment=" + log.lastSegment());
        }
        Path finished = log.checkpointPath(lastSegment);
        Path temporary = directory.resolve(SegmentDescriptor.temporaryName(String.valueOf(finished.getFileName())));
        storage.deleteRecursively(temporary);
        storage.createDirectories(temporary);
        LogSegments target = new LogSegments(storage, temporary, 0, settings);
        Checkpoint checkpoint = new Checkpoint(storage, target, needed, minTimestampMillis);
        try {
            first.forEach(checkpoint::addSeries);
            checkpoint.readAll(log, lastSegment);
            target.endSegment(checkpoint.scratch);
        } finally {
            target.close();
        }
        storage.syncDirectory(temporary);
        storage.rename(temporary, finished);
        storage.syncDirectory(directory);
        return checkpoint.result(lastSegment);
    }

    /** Number of the newest checkpoint, -1 if there is none. */
    public static int newest(Storage storage, Path directory) throws IOException {
        return LogDirectory.list(storage, directory).lastCheckpoint();
    }

    /** Deletes the checkpoints with smaller numbers. */
    public static void deleteBefore(Storage storage, Path directory, int checkpoint) throws IOException {
        LogDirectory log = LogDirectory.list(storage, directory);
        boolean deleted = false;
        for (int number : log.checkpoints()) {
            if (number < checkpoint) {
                storage.deleteRecursively(log.checkpointPath(number));
                deleted = true;
            }
        }
        if (deleted) {
            storage.syncDirectory(directory);
        }
    }

    private void addSeries(long seriesRef, byte[] labels, int offset, int length) throws IOException {
        batch.addSeries(seriesRef, labels, offset, length);
        keptSeries++;
        if (batch.sizeBytes() >= BATCH_SIZE_BYTES) {
            writeBatch();
        }
    }

    private void readAll(LogDirectory log, int lastSegment) throws IOException {
        if (log.lastCheckpoint() >= 0) {
            LogDirectory previous = LogDirectory.list(storage, log.checkpointPath(log.lastCheckpoint()));
            for (int segment : previous.segmentsBehindCheckpoint(false)) {
                read(previous.segmentPath(segment));
            }
        }
        for (int segment : log.segmentsBehindCheckpoint(false)) {
            if (segment <= lastSegment) {
                read(log.segmentPath(segment));
            }
        }
        writeMetadata();
        writeBatch();
    }

    private void read(Path segment) throws IOException {
        try (SegmentScanner scanner = new SegmentScanner(storage, segment)) {
            for (SegmentScanner.Event event = scanner.next();
                    event != SegmentScanner.Event.END;
                    event = scanner.next()) {
                if (event == SegmentScanner.Event.DAMAGE) {
                    throw scanner.damage();
                }
                record(segment, scanner);
            }
        }
    }

    private void record(Path segment, SegmentScanner scanner) throws IOException {
        try {
            type = decoder.read(scanner.bytes(), scanner.offset(), scanner.length());
        } catch (CorruptionException e) {
            throw new CorruptionException(segment.toString(), scanner.recordOffset(), e.expected(), e.found());
        }
        if (RecordDecoder.decodes(type)) {
            keepOrder();
            decoder.deliver(filter);
        } else if (type != 0) {
            batch.addRecord(scanner.bytes(), scanner.offset(), scanner.length());
            passedRecords++;
        }
        if (batch.sizeBytes() >= BATCH_SIZE_BYTES) {
            writeBatch();
        }
    }

    /** A batch arranges what it holds by kind: what came later must not overtake what came before. */
    private void keepOrder() throws IOException {
        if (type == RecordType.SERIES.wireId()
                || type == RecordType.METADATA.wireId()
                || type == RecordType.TOMBSTONES.wireId()) {
            return;
        }
        if (batchHasTombstones) {
            writeBatch();
        }
        if (type != groupType) {
            batch.beginGroup();
            groupType = type;
        }
    }

    /** Puts what is still needed into the batch. */
    private final class Filter implements RecordHandler {
        @Override
        public void series(long seriesRef, byte[] labels, int offset, int length) {
            if (needed.series(seriesRef)) {
                batch.addSeries(seriesRef, labels, offset, length);
                keptSeries++;
            } else {
                droppedSeries++;
            }
        }

        @Override
        public void samples(
                long[] seriesRefs, long[] timestampsMillis, long[] startTimestampsMillis, long[] valueBits, int count) {
            boolean withStart = type == RecordType.SAMPLES_V2.wireId();
            for (int i = 0; i < count; i++) {
                if (!keeps(seriesRefs[i], timestampsMillis[i])) {
                    droppedSamples++;
                    continue;
                }
                if (withStart) {
                    batch.addSample(seriesRefs[i], timestampsMillis[i], startTimestampsMillis[i], valueBits[i]);
                } else {
                    batch.addSample(seriesRefs[i], timestampsMillis[i], valueBits[i]);
                }
                keptSamples++;
            }
        }

        @Override
        public void histogram(
                long seriesRef, long timestampMillis, long startTimestampMillis, HistogramSample histogram) {
            if (!keeps(seriesRef, timestampMillis)) {
                droppedSamples++;
                return;
            }
            if (type == RecordType.HISTOGRAM_SAMPLES_V2.wireId()
                    || type == RecordType.FLOAT_HISTOGRAM_SAMPLES_V2.wireId()) {
                batch.addHistogram(seriesRef, timestampMillis, startTimestampMillis, histogram);
            } else {
                batch.addHistogram(seriesRef, timestampMillis, histogram);
            }
            keptSamples++;
        }

        @Override
        public void exemplar(
                long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
            if (keeps(seriesRef, timestampMillis)) {
                batch.addExemplar(seriesRef, timestampMillis, valueBits, labels, offset, length);
            }
        }

        @Override
        public void metadata(
                long seriesRef,
                int metricType,
                byte[] bytes,
                int unitOffset,
                int unitLength,
                int helpOffset,
                int helpLength) {
            if (needed.series(seriesRef)) {
                metadata.put(seriesRef, metricType, bytes, unitOffset, unitLength, helpOffset, helpLength);
            }
        }

        @Override
        public void tombstone(long seriesRef, long minMillis, long maxMillis) {
            boolean young = maxMillis >= minTimestampMillis;
            if ((young || needed.oldDeletions(seriesRef)) && needed.series(seriesRef)) {
                batch.addTombstone(seriesRef, minMillis, maxMillis);
                batchHasTombstones = true;
            }
        }

        private boolean keeps(long seriesRef, long timestampMillis) {
            return timestampMillis >= minTimestampMillis && needed.series(seriesRef);
        }
    }

    /** Behind everything else: only then is it known what came last. */
    private void writeMetadata() throws IOException {
        for (long seriesRef : metadata.seriesRefs()) {
            metadata.addTo(batch, seriesRef);
            if (batch.sizeBytes() >= BATCH_SIZE_BYTES) {
                writeBatch();
            }
        }
    }

    private void writeBatch() throws IOException {
        target.add(batch, scratch);
        batch.clear();
        batchHasTombstones = false;
        groupType = 0;
        target.flush(scratch);
    }

    private Result result(int lastSegment) {
        return new Result(
                lastSegment, keptSeries, droppedSeries, keptSamples, droppedSamples, passedRecords, target.sizeBytes());
    }
}
