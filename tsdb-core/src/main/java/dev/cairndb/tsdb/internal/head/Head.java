package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.HeadChunkWriter;
import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PostingList;
import dev.cairndb.io.Clock;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.remote.KnownLabels;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.MetricMetadata;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.internal.query.SeriesSource;
import dev.cairndb.tsdb.internal.wal.Checkpoint;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshotWriter;
import dev.cairndb.tsdb.internal.wal.LogBatch;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Series and samples that are not in a block yet. Puts the parts together and holds the commit lock; what each part
 * does is told there: {@link HeadAppender} appends, {@link HeadChunkMapper} moves closed chunks to files,
 * {@link HeadTruncation} drops what is in blocks, {@link RowSnapshot} reads; {@link LateRows} are the late samples.
 *
 * <p>Appending and reading are thread-safe; {@link #mapChunksInOrder}, {@link #truncate}, {@link #dropLate} and what
 * else is maintenance are for one thread at a time.
 */
public final class Head {
    private static final int SCRATCHES_MAX = 32;

    private final HeadState state;
    private final HeadAppender appender;
    private final HeadChunkMapper mapper;
    private final WriteAheadLog log;
    private final WriteAheadLog lateLog;
    private final LateMaintenance late;
    private final BlockingQueue<AppendScratch> scratches = new ArrayBlockingQueue<>(SCRATCHES_MAX);

    /**
     * @param state with everything replayed
     * @param log takes the records of appends
     * @param lateLog takes late samples as well, and markers
     */
    public Head(HeadState state, Clock clock, WriteAheadLog log, WriteAheadLog lateLog, HeadChunkWriter chunkWriter) {
        this.state = state;
        mapper = new HeadChunkMapper(state, chunkWriter, lateLog);
        this.log = log;
        this.lateLog = lateLog;
        late = new LateMaintenance(state, lateLog);
        appender = new HeadAppender(state, clock, log, lateLog);
    }

    SeriesRegistry registry() {
        return state.registry;
    }

    public HeadSettings settings() {
        return state.settings;
    }

    /** What series that come from now on are judged by. */
    public void limits(SeriesLimits limits) {
        state.registry.limits(limits);
    }

    /**
     * Appends samples; what became of them is in the scratch, which is given back by {@link #release}. The answer has
     * to wait for {@link AppendScratch#ticket}.
     */
    public AppendScratch append(Samples samples) throws StoreFailedException {
        AppendScratch scratch = scratches.poll();
        if (scratch == null) {
            scratch = new AppendScratch();
        }
        Epochs.Epoch epoch = state.epochs.pin();
        try {
            appender.append(samples, scratch);
        } finally {
            state.epochs.unpin(epoch);
            writeAdded();
        }
        return scratch;
    }

    /** Of both logs, whatever becomes of the first: others wait for what was added to the second. */
    private void writeAdded() {
        try {
            log.writeAdded();
        } finally {
            lateLog.writeAdded();
        }
    }

    /** Encoded labels of the series in this head. */
    public KnownLabels knownLabels() {
        return state.registry.senderLabels();
    }

    public void release(AppendScratch scratch) {
        scratch.metadata.clear();
        if (scratch.isWorthKeeping()) {
            boolean unused = scratches.offer(scratch);
        }
    }

    /** Postings of the series in the head. Used under an epoch pin. */
    public LabelIndex labelIndex() {
        return state.registry.postings();
    }

    /**
     * The series with these slots that have samples in order in the range (both ends inclusive). Under an epoch pin.
     */
    public NumberedSeries selectInOrder(PostingList selected, long fromMillis, long toMillis) {
        SymbolRanks ranks = state.registry.ranks(selected);
        return numbered(ranks, source(selected, ranks, toMillis).withInOrder(fromMillis));
    }

    /**
     * The series with these slots that have samples in the range (both ends inclusive): those in order from {@code
     * headFromMillis} on, and those late ones that are not in chunks up to {@code lateAfterReference}. Used under an
     * epoch pin that is older than both bounds.
     *
     * @param lateAfterReference late chunks of chunks_head up to this one are in blocks; 0 for none
     */
    public SeriesSource select(
            PostingList selected, long headFromMillis, long fromMillis, long toMillis, long lateAfterReference) {
        return new HeadSeriesSource(state, new SlotOrder(selected, state.registry::compareLabels), toMillis)
                .withInOrder(Math.max(headFromMillis, fromMillis))
                .withLate(fromMillis, lateAfterReference, Long.MAX_VALUE);
    }

    /**
     * The slots of the series that have late chunks in chunks_head that overlap the range (both ends inclusive). Looks
     * at all series with late samples. Under an epoch pin, under which the slots are used.
     *
     * @param afterReference the chunks are behind this one
     * @param upToReference the last chunk
     */
    public PostingList lateSeries(long fromMillis, long toMillis, long afterReference, long upToReference) {
        return late.series(fromMillis, toMillis, afterReference, upToReference);
    }

    /** The late chunks of these series that {@link #lateSeries} tells of. Under an epoch pin. */
    public NumberedSeries selectLate(
            PostingList selected, long fromMillis, long toMillis, long afterReference, long upToReference) {
        SymbolRanks ranks = state.registry.ranks(selected);
        return numbered(ranks, source(selected, ranks, toMillis).withLate(fromMillis, afterReference, upToReference));
    }

    /**
     * As {@link #select}, for a block: the series with samples in the range (both ends inclusive), those in order from
     * {@code headFromMillis} on and late ones. Under an epoch pin that is older than both bounds.
     */
    public NumberedSeries selectAll(long headFromMillis, long fromMillis, long toMillis, long lateAfterReference)
            throws IOException {
        PostingList all = labelIndex().all();
        SymbolRanks ranks = state.registry.ranks(all);
        return numbered(
                ranks,
                source(all, ranks, toMillis)
                        .withInOrder(Math.max(headFromMillis, fromMillis))
                        .withLate(fromMillis, lateAfterReference, Long.MAX_VALUE));
    }

    private NumberedSeries numbered(SymbolRanks ranks, HeadSeriesSource series) {
        return new NumberedSeries(state.registry, ranks, series);
    }

    private HeadSeriesSource source(PostingList selected, SymbolRanks ranks, long toMillis) {
        SlotOrder slots = new SlotOrder(selected, (a, b) -> state.registry.compareLabels(a, b, ranks));
        return new HeadSeriesSource(state, slots, toMillis);
    }

    /**
     * Closes all open late chunks, a bounded number at a time, and moves all late chunks to chunks_head. Returns the
     * reference of the newest one, 0 if there are no late samples. What is appended meanwhile may be behind it.
     *
     * <p>The late log is not told, as by Prometheus: it goes on without these chunks, and with all their samples until
     * they are in blocks. A marker in a segment that is kept would bring them back.
     */
    public long closeAndMapLate() throws IOException {
        late.closeOpen();
        mapper.mapLateUnmarked();
        return late.newestReference();
    }

    /** Drops the late chunks of chunks_head up to this one: they are in a durable block, and nobody reads them here. */
    public void dropLate(long upToReference) {
        late.drop(upToReference);
    }

    /**
     * Puts into the late log, behind what is in it, all late samples that are not dropped, and markers of the chunks in
     * chunks_head. Returns when it is durable: what the log had before is not needed then.
     */
    public void relogLate() throws IOException {
        late.relog();
    }

    /** Whether there are late samples that are not in chunks up to this one. */
    public boolean hasLate(long afterReference) {
        return late.hasSamples(afterReference);
    }

    /**
     * The oldest time, not before another, that may have late samples in chunks behind this one; {@code Long.MAX_VALUE}
     * if there is none. Looks at all series with late samples.
     */
    public long lateFirstMillisSince(long fromMillis, long afterReference) {
        return late.firstMillisSince(fromMillis, afterReference);
    }

    /** The newest time of late samples in chunks behind this one; {@code Long.MIN_VALUE} if there is none. */
    public long lateMaxMillis(long afterReference) {
        return late.maxMillis(afterReference);
    }

    /** Exemplars of series that all matchers of one of the sets accept. */
    public List<ExemplarSeries> exemplars(TimeRange range, Matcher[]... matcherSets) {
        return state.exemplars.select(range, matcherSets);
    }

    /** Metadata of all metric families. */
    public List<MetricMetadata> metadata() {
        return state.metadata.list();
    }

    /**
     * Deletes the samples of these series in a range of time, both ends inclusive; what is in blocks stays. Returns
     * when that is as durable as an append; late samples are gone for good once they are cut. Under an epoch pin that
     * is older than the slots.
     */
    public void delete(PostingList selected, long fromMillis, long toMillis) throws IOException {
        log.checkWritable();
        HeadDeletion deletion = new HeadDeletion(state, log, fromMillis, toMillis);
        log.awaitDurable(deletion.run(selected.toArray()));
    }

    /** Receives strings; the bytes are valid during the call only. */
    public interface SymbolVisitor {
        void symbol(byte[] bytes, int offset, int length) throws IOException;
    }

    /** From now on nothing before this is appended; what is under way has ended when this returns. */
    public void raiseFloor(long floorMillis) {
        state.commitLock.lock();
        try {
            state.bounds.raiseFloor(floorMillis);
        } finally {
            state.commitLock.unlock();
        }
    }

    /** Writes closed chunks of samples in order to chunks_head. */
    public void mapChunksInOrder() throws IOException {
        mapper.mapInOrder();
    }

    /** Writes closed chunks of late samples to chunks_head. */
    public void mapLateChunks() throws IOException {
        mapper.mapLate();
    }

    /** Closed chunks that wait to be written to chunks_head. */
    public long chunksToMap() {
        state.commitLock.lock();
        try {
            LateRows lateRows = state.late;
            return state.closed.waiting() + (lateRows == null ? 0 : lateRows.closed.waiting());
        } finally {
            state.commitLock.unlock();
        }
    }

    /**
     * Drops chunks that end before a time: they are in a durable block, or all of them is deleted, and nobody reads
     * them here any more.
     *
     * @param inBlocksMillis what an opening will take for that time: the end of the newest block
     */
    public void truncate(long minMillis, long inBlocksMillis) throws IOException {
        state.truncation.truncate(minMillis, inBlocksMillis, log.currentSegment());
        boolean more = true;
        while (more) {
            more = state.registry.compactSymbols();
        }
    }

    /** Deletes files of chunks_head that only hold what {@link #truncate} dropped. */
    public void truncateChunkFiles(long minMillis) throws IOException {
        mapper.truncate(minMillis);
    }

    /** Makes chunks_head durable, before the log that also holds its samples is truncated. */
    public void syncChunkFiles() throws IOException {
        mapper.sync();
    }

    /** Puts into the log what is known of metrics, with one series of each. Returns when it is durable. */
    public void logMetadata() throws IOException {
        LogBatch batch = log.newBatch();
        long ticket;
        // What an append changes meanwhile must not get into the log before what was known before it.
        state.commitLock.lock();
        try {
            state.metadata.forEach((slot, type, unit, help) -> {
                if (state.rows.isInLog(slot)) {
                    batch.addMetadata(
                            state.registry.ref(slot), type.wireId(), unit, 0, unit.length, help, 0, help.length);
                }
            });
            ticket = log.submit(batch);
        } finally {
            state.commitLock.unlock();
        }
        log.awaitDurable(ticket);
    }

    /** Gives the series that have a record in the log. Maintenance only: none is removed meanwhile. */
    public void forEachLoggedSeries(Checkpoint.SeriesRecord target) throws IOException {
        new LoggedSeries(state).forEach(target);
    }

    /**
     * Writes what the head holds, beside appends; closed chunks go to chunks_head, and are durable before the snapshot
     * counts, as is what the log has of the rows.
     *
     * @param atEnd the store is being closed: then it has what makes reading it quick, too
     * @throws StoreFailedException if an append failed between memory and log: such memory must not outlive the process
     */
    public void writeSnapshot(ChunkSnapshotWriter writer, boolean atEnd) throws IOException {
        appender.checkWhole();
        new HeadSnapshotter(state, mapper, appender, writer, log, atEnd).write();
    }

    /** Whether a snapshot at the end could have an image of the head, as far as the number of its rows tells. */
    public boolean isWorthAnImage() {
        return HeadImage.isDense(state.rows.limit(), state.registry.active());
    }

    /**
     * What a checkpoint of the segments up to {@code lastSegment} has to keep. Of deleted ranges also those of late
     * samples, which the late log may still have.
     */
    public Checkpoint.Needed neededOfLog(int lastSegment) {
        RefSet live = state.truncation.liveRefs();
        RefSet deleted = new RefSet();
        state.tombstones.forEach((slot, ranges) -> deleted.add(state.registry.ref(slot)));
        return new Checkpoint.Needed() {
            @Override
            public boolean series(long ref) {
                return live.contains(ref) || state.truncation.isNeeded(ref, lastSegment);
            }

            @Override
            public boolean oldDeletions(long ref) {
                return deleted.contains(ref);
            }
        };
    }

    /** The segments up to this one are gone. */
    public void forgetRemovedSeries(int lastSegment) {
        state.truncation.forgetUpTo(lastSegment);
    }

    /** The end of the aligned range a timestamp lies in. */
    public long rangeEnd(long timestampMillis) {
        return OpenChunks.rangeEnd(timestampMillis, state.settings.chunkRangeMillis());
    }

    /** Oldest timestamp, {@code Long.MAX_VALUE} if there is none. */
    public long minMillis() {
        return state.bounds.minMillis();
    }

    /** The oldest timestamp at or after a time, {@code Long.MAX_VALUE} if there is none. Looks at all series. */
    public long firstMillisSince(long fromMillis) {
        long min = minMillis();
        return min >= fromMillis ? min : state.truncation.firstMillisSince(fromMillis);
    }

    /** Newest timestamp ever, {@code Long.MIN_VALUE} if there was none. */
    public long maxMillis() {
        return state.bounds.maxMillis();
    }

    public HeadFigures figures() {
        Map<Rejection, Long> rejected = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        state.commitLock.lock();
        try {
            LateRows lateRows = state.late;
            AppendCounts.Totals totals = appender.totals();
            for (Rejection reason : Rejection.values()) {
                rejected.put(reason, totals.rejected(reason));
            }
            bytes.put("chunks", state.slab.bytesReserved());
            bytes.put("histograms", state.histograms.bytesReserved());
            bytes.put("late samples", lateRows == null ? 0 : lateRows.bytesReserved());
            bytes.put("labels", state.registry.labelBytes());
            bytes.put("symbols", state.registry.symbolBytes());
            bytes.put("postings", state.registry.postingBytes());
            bytes.put("sender labels", state.registry.senderBytes());
            bytes.put("tables", state.registry.tableBytes());
            bytes.put("exemplars", state.exemplars.bytesReserved());
            bytes.put("metadata", state.metadata.bytesReserved());
            bytes.put("removed series", state.truncation.bytesReserved());
            return new HeadFigures(
                    state.registry.active(),
                    state.registry.created(),
                    state.registry.removed(),
                    totals.of(AppendCount.SAMPLES_APPENDED),
                    totals.of(AppendCount.SAMPLES_LATE),
                    totals.of(AppendCount.SAMPLES_DUPLICATE),
                    totals.of(AppendCount.HISTOGRAMS_APPENDED),
                    totals.of(AppendCount.HISTOGRAMS_LATE),
                    totals.of(AppendCount.HISTOGRAMS_DUPLICATE),
                    rejected,
                    state.exemplars.size(),
                    totals.of(AppendCount.EXEMPLARS_APPENDED),
                    totals.of(AppendCount.EXEMPLARS_DUPLICATE),
                    state.metadata.size(),
                    state.chunks.chunkCount() + (lateRows == null ? 0 : lateRows.chunks.chunkCount()),
                    bytes);
        } finally {
            state.commitLock.unlock();
        }
    }

    public void close() throws IOException {
        state.registry.close();
        mapper.close();
    }
}
