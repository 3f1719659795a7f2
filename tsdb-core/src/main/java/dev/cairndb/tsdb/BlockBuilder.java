package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.io.Clock;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.internal.block.Block;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.BlockMeta;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.block.Ulid;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Makes blocks of samples that are in no store, for example of a history that is imported. Samples come in any order;
 * of each block range that has some there will be a block, in a directory that may be that of a store or of a
 * Prometheus: they show the blocks when they are opened next, a Prometheus within a minute. To them they are blocks of
 * late samples: they may overlap what the store has in blocks or in its head, and nothing of that is lost. Memory grows
 * with what was added since the last {@link #write}.
 *
 * <p>All blocks come into the directory at once. Until {@link #finish} they are in a folder there that no store reads;
 * of a process that was killed it stays until the next of these is made, or a store opens the directory. Not
 * thread-safe.
 */
public final class BlockBuilder implements AutoCloseable {
    private static final String STAGING = Ulid.ZERO + BlockDirectory.CREATION_SUFFIX;
    private static final int BATCH_SAMPLES = 5_000;
    private static final Duration FOR_EVER = Duration.ofMillis(Long.MAX_VALUE);
    private static final SeriesLimits NO_LIMITS = new SeriesLimits(
            Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    private final Storage storage;
    private final Path directory;
    private final Path staging;
    private final Closeable stagingLock;
    private final List<BlockMeta> written = new ArrayList<>();
    private final TsdbOptions options;
    private final TsdbRuntime runtime;
    private final SeriesBlockWriter writer;
    private final Map<Labels, SeriesHandle> series = new HashMap<>();
    private Store store;
    private Tsdb db;
    private AppendBatch batch;
    private int batchSamples;
    private long samplesNotWritten;

    private BlockBuilder(
            Storage storage, Path directory, Closeable stagingLock, Duration blockRange, TsdbRuntime runtime)
            throws IOException {
        this.storage = storage;
        this.directory = directory;
        this.stagingLock = stagingLock;
        staging = directory.resolve(STAGING);
        this.runtime = runtime;
        options = TsdbOptions.defaults()
                .withBlockRange(blockRange)
                .withDurability(Durability.OS)
                .withFutureGuard(FOR_EVER)
                .withOutOfOrderWindow(FOR_EVER)
                .withLimits(NO_LIMITS)
                .withExemplarsMax(0)
                .withMetadataBytesMax(0);
        writer = new SeriesBlockWriter(storage, staging, Clock.system());
        store = openEmpty();
        db = new Tsdb(store);
        batch = db.newBatch();
    }

    /**
     * @param directory is made if it does not exist
     * @param blockRange length of the blocks, whose borders are multiples of it
     * @throws IOException also if another one of these works there
     */
    public static BlockBuilder create(Path directory, Duration blockRange) throws IOException {
        Storage storage = FileStorage.instance();
        storage.createDirectories(directory);
        return create(storage, directory, blockRange, TsdbRuntime.create(1, 1));
    }

    /** @param runtime is closed with the builder, or if there will be none */
    static BlockBuilder create(Storage storage, Path directory, Duration blockRange, TsdbRuntime runtime)
            throws IOException {
        Closeable lock = null;
        boolean done = false;
        try {
            lock = lockStaging(storage, directory.resolve(STAGING));
            BlockBuilder builder = new BlockBuilder(storage, directory, lock, blockRange, runtime);
            done = true;
            return builder;
        } finally {
            if (!done) {
                runtime.close();
                if (lock != null) {
                    lock.close();
                }
            }
        }
    }

    /** Takes away what one that was killed left behind. */
    private static Closeable lockStaging(Storage storage, Path staging) throws IOException {
        StoreFiles files = new StoreFiles(staging);
        storage.createDirectories(staging);
        Closeable lock = storage.lock(files.lock());
        boolean done = false;
        try {
            files.deleteAllButLock(storage);
            done = true;
            return lock;
        } finally {
            if (!done) {
                lock.close();
            }
        }
    }

    /** A store that is nowhere but in memory. */
    private Store openEmpty() throws IOException {
        TsdbBuilder builder = new TsdbBuilder(staging)
                .storage(new ReadOnlyStorage(storage, List.of(staging), ToldWork.NOBODY))
                .runtime(runtime)
                .options(options);
        return StoreOpening.openUnmaintained(builder);
    }

    /**
     * Adds a sample. Of two that a series has at one time one is stored: another value at the newest time of the series
     * is refused, and of those at an older time any one is kept.
     *
     * @throws IOException if this sample or one of those before it cannot be stored: its labels are invalid, or its
     *     series has another value at the same time, and no newer one
     */
    public void add(Labels labels, long timestampMillis, double value) throws IOException {
        SeriesHandle handle = series.get(labels);
        if (handle == null) {
            handle = db.series(labels);
            series.put(labels, handle);
        }
        batch.add(handle, timestampMillis, value);
        batchSamples++;
        samplesNotWritten++;
        if (batchSamples == BATCH_SAMPLES) {
            commit();
        }
    }

    private void commit() throws IOException {
        if (batchSamples == 0) {
            return;
        }
        batchSamples = 0;
        AppendResult result = batch.commit();
        if (result.rejectedTotal() > 0) {
            throw new IOException("cannot add samples: " + result);
        }
    }

    /** Writes blocks of what was added since the last call, and forgets it. They are seen after {@link #finish}. */
    public void write() throws IOException {
        write(ToldWork.NOBODY);
    }

    /**
     * As {@link #write()}, and tells how far it is.
     *
     * @param samplesWritten hears of about how many more samples were written; in the end as many as were added
     */
    public void write(LongConsumer samplesWritten) throws IOException {
        commit();
        written.addAll(HeadBlocks.writeLate(store, writer, new ToldWork(samplesWritten, samplesNotWritten, 1)));
        samplesNotWritten = 0;
        store.close();
        series.clear();
        store = openEmpty();
        db = new Tsdb(store);
        batch = db.newBatch();
    }

    /**
     * Writes what is not written yet, brings all blocks into the directory and returns them, oldest first, when they
     * are durable. Then it can be added to again.
     */
    public List<BlockInfo> finish() throws IOException {
        write();
        List<BlockInfo> infos = new ArrayList<>();
        for (BlockMeta meta : written) {
            Block block = Block.open(storage, staging.resolve(meta.ulid().toString()));
            infos.add(BlockHousekeeping.infoOf(block));
            block.release();
        }
        for (BlockMeta meta : written) {
            String name = meta.ulid().toString();
            storage.rename(staging.resolve(name), directory.resolve(name));
        }
        storage.syncDirectory(directory);
        written.clear();
        infos.sort(Comparator.comparingLong(BlockInfo::minTimestampMillis));
        return infos;
    }

    /** Forgets what is not finished. */
    @Override
    public void close() throws IOException {
        Steps.runAll(
                List.of(store::close, runtime::close, () -> storage.deleteRecursively(staging), stagingLock::close));
    }
}
