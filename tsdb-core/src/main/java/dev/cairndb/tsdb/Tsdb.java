package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.LimitExceededException;
import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.remote.KnownLabels;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.tsdb.TsdbOptions.QueryLimits;
import dev.cairndb.tsdb.internal.head.AppendScratch;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.RequestSamples;
import dev.cairndb.tsdb.internal.head.Samples;
import dev.cairndb.tsdb.internal.head.SeriesKey;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A time-series store in a directory that Prometheus and Thanos can read. All methods are thread-safe. A write is
 * answered once it is durable in the sense of {@link TsdbOptions#durability}; what cannot be stored of it is counted in
 * the answer, while an exception means that the store could not take the write at all.
 *
 * <p>Opened with {@link #builder}. {@link #close} waits for what is under way and leaves a directory from which the
 * next open restores everything.
 */
public final class Tsdb implements AutoCloseable {
    private static final long LOG_WAIT_MILLIS_MAX = 5_000;

    private final Store store;
    private final Head head;
    private final WriteAheadLog log;
    private final WriteAheadLog lateLog;

    Tsdb(Store store) {
        this.store = store;
        head = store.head();
        log = store.log();
        lateLog = store.lateLog();
    }

    /** @param directory made if it does not exist */
    public static TsdbBuilder builder(Path directory) {
        return new TsdbBuilder(directory);
    }

    /**
     * Appends what a request brings and returns when it is durable. Of each series floats are stored first, then native
     * histograms. What cannot be stored is counted as rejected, without harm to the rest.
     *
     * @throws StoreUnavailableException if the store cannot take the write now; the same request may succeed later
     * @throws LimitExceededException if the request is over {@link TsdbOptions#writeLimits}, or those of the runtime;
     *     it says when the same request may succeed
     * @throws StoreFailedException if the store takes no writes until it is opened again
     */
    public AppendResult append(RemoteWriteRequest request) throws IOException {
        return append(new RequestSamples(request, store.options().limits()));
    }

    /**
     * Labels of series that are written again and again. A decoder that is given them leaves them unread, which saves
     * much of the work; requests that were decoded without, or for another store, are taken just as well.
     */
    public KnownLabels knownLabels() {
        return head.knownLabels();
    }

    /**
     * As {@link #append(RemoteWriteRequest)}, without waiting: the stage completes when the samples are durable, on a
     * thread of the runtime, or exceptionally with the exception {@code append} would throw. It may have completed when
     * this returns, which is usual with {@link Durability#OS} and {@link Durability#INTERVAL}: if nobody else writes the
     * log, this hands the samples to the system itself (a write to an open file, never a sync). What is attached to it
     * then runs in the caller's thread: who attaches the next append to each one has all of them on one stack, and should
     * use a loop or {@code thenComposeAsync}. What is attached must return soon and not wait for the stage of another write:
     * those of writes that became durable together complete one after the other. The request is not used any more when
     * this returns.
     */
    public CompletionStage<AppendResult> appendAsync(RemoteWriteRequest request) {
        return appendAsync(new RequestSamples(request, store.options().limits()));
    }

    AppendResult append(Samples samples) throws IOException {
        store.checkOpen();
        long bytes = enter(samples);
        try {
            checkWritable(LOG_WAIT_MILLIS_MAX);
            AppendScratch scratch = appendToHead(samples);
            long ticket = scratch.ticket();
            long lateTicket = scratch.lateTicket();
            AppendResult result = resultOf(scratch, samples);
            log.awaitDurable(ticket);
            lateLog.awaitDurable(lateTicket);
            return result;
        } finally {
            store.writes().leave(bytes);
        }
    }

    /** Counts an append in, or refuses it; returns its bytes. */
    private long enter(Samples samples) throws LimitExceededException {
        long bytes = samples.sizeBytes();
        int seriesCount = samples.seriesCount();
        store.writes().enter((long) samples.firstSample(seriesCount) + samples.firstHistogram(seriesCount), bytes);
        return bytes;
    }

    CompletionStage<AppendResult> appendAsync(Samples samples) {
        long bytes;
        try {
            store.checkOpen();
            bytes = enter(samples);
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        boolean landing = false;
        try {
            checkWritable(0);
            AppendScratch scratch = appendToHead(samples);
            long ticket = scratch.ticket();
            long lateTicket = scratch.lateTicket();
            AppendResult result = resultOf(scratch, samples);
            CompletionStage<AppendResult> landed = whenDurable(ticket, lateTicket)
                    .whenComplete((durable, failure) -> store.writes().leave(bytes))
                    .thenApply(durable -> result);
            landing = true;
            return landed;
        } catch (IOException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        } finally {
            if (!landing) {
                store.writes().leave(bytes);
            }
        }
    }

    private void checkWritable(long waitMillisMax) throws IOException {
        log.checkWritable(waitMillisMax);
        lateLog.checkWritable(waitMillisMax);
    }

    private CompletionStage<@Nullable Void> whenDurable(long ticket, long lateTicket) {
        CompletionStage<@Nullable Void> inLog = log.whenDurable(ticket);
        return lateTicket == 0
                ? inLog
                : inLog.thenCombine(lateLog.whenDurable(lateTicket), (written, alsoWritten) -> null);
    }

    private AppendScratch appendToHead(Samples samples) throws StoreFailedException {
        try {
            return head.append(samples);
        } catch (StoreFailedException e) {
            // An append that found the log closed fails those beside it; to them the store is closed, not broken.
            store.checkOpen();
            throw e;
        }
    }

    private AppendResult resultOf(AppendScratch scratch, Samples samples) {
        AppendResult result = new AppendResult(scratch.counts().copy(), scratch.firstRejected(samples));
        head.release(scratch);
        return result;
    }

    /** The series with these labels, to append to through {@link #newBatch}. Nothing is created before a sample is. */
    public SeriesHandle series(Labels labels) {
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("a series needs labels");
        }
        return new HeadSeriesHandle(new SeriesKey(labels, head));
    }

    Head head() {
        return head;
    }

    /** An empty batch of samples for this store. */
    public AppendBatch newBatch() {
        return new HeadAppendBatch(this);
    }

    /** A view of the samples in a range of time; see {@link Querier}. */
    public Querier querier(TimeRange range) throws IOException {
        return querier(range, store.options().queryLimits());
    }

    /** As {@link #querier(TimeRange)}, with other limits than {@link TsdbOptions#queryLimits}. */
    public Querier querier(TimeRange range, QueryLimits limits) throws IOException {
        return store.querier(range, limits);
    }

    /** Names of the labels of all series the matchers select (all if none), in byte order. */
    public List<String> labelNames(Matcher... matchers) throws IOException {
        try (Querier querier = querier(TimeRange.all())) {
            return querier.labelNames(matchers);
        }
    }

    /** Values of a label in all series the matchers select (all if none), in byte order. */
    public List<String> labelValues(String name, Matcher... matchers) throws IOException {
        try (Querier querier = querier(TimeRange.all())) {
            return querier.labelValues(name, matchers);
        }
    }

    /**
     * Counts the labels of the series in the head; looks at every label value.
     *
     * @param listLengthMax entries in each of the lists; with 0 they are empty
     */
    public LabelStats labelStats(int listLengthMax) throws IOException {
        if (listLengthMax < 0) {
            throw new IllegalArgumentException("length of a list: " + listLengthMax);
        }
        return store.labelStats(listLengthMax);
    }

    /**
     * The exemplars in a range of time of the series that all matchers of one of the sets select: series in label
     * order, each with its exemplars in ascending time. Exemplars outlive their series in the head, but not the newer
     * ones of all series that take their place; see {@link TsdbOptions#exemplarsMax}.
     */
    public List<ExemplarSeries> exemplars(TimeRange range, Matcher[]... matcherSets) {
        store.checkOpen();
        return head.exemplars(range, matcherSets);
    }

    /**
     * What senders say of the metric families in the head, by name in byte order. Targets may disagree on a family:
     * then it has several entries, the newest first.
     */
    public List<MetricMetadata> metadata() {
        store.checkOpen();
        return head.metadata();
    }

    public TsdbAdmin admin() {
        return store.admin();
    }

    public TsdbStats stats() {
        return store.stats();
    }

    /** The settings it was opened with, with the limits of now. */
    public TsdbOptions options() {
        return store.options();
    }

    /** Syncs the log and closes all files. Appends and queries that come later fail. Closing again does nothing. */
    @Override
    public void close() throws IOException {
        store.close();
    }
}
