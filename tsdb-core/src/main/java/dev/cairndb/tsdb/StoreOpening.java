package dev.cairndb.tsdb;

import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HeadChunkWriter;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.block.BlockDirectory;
import dev.cairndb.tsdb.internal.block.ToldWork;
import dev.cairndb.tsdb.internal.head.Epochs;
import dev.cairndb.tsdb.internal.head.Head;
import dev.cairndb.tsdb.internal.head.HeadSettings;
import dev.cairndb.tsdb.internal.head.HeadState;
import dev.cairndb.tsdb.internal.wal.LogCompression;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import dev.cairndb.tsdb.internal.wal.RecordType;
import dev.cairndb.tsdb.internal.wal.WalRecovery;
import dev.cairndb.tsdb.internal.wal.WriteAheadLog;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Opens a store: lock, blocks, head from chunks_head and log, then the log for writing. What was opened is closed again
 * if a later step fails.
 */
final class StoreOpening {
    private static final long LOG_PENDING_BYTES_MAX = 64 << 20;
    private static final long LOG_RETRY_MILLIS = 1_000;

    private final TsdbBuilder builder;
    private final Storage storage;
    private final Path directory;
    private final StoreFiles files;
    private final TsdbListener listener;
    private final DamageLog damages;
    private final Deque<Closeable> opened = new ArrayDeque<>();

    private StoreOpening(TsdbBuilder builder) {
        this.builder = builder;
        storage = builder.storage;
        directory = builder.directory;
        files = new StoreFiles(directory);
        listener = builder.listener;
        damages = new DamageLog(files, listener);
    }

    static Tsdb open(TsdbBuilder builder) throws IOException {
        return run(builder, StoreOpening::openAndMaintain);
    }

    /** A store that nobody maintains: no block is cut, merged, shipped or deleted, and no snapshot is written. */
    static Store openUnmaintained(TsdbBuilder builder) throws IOException {
        return run(builder, opening -> opening.openParts().store);
    }

    private interface Work<T> {
        T of(StoreOpening opening) throws IOException;
    }

    private static <T> T run(TsdbBuilder builder, Work<T> work) throws IOException {
        StoreOpening opening = new StoreOpening(builder);
        boolean done = false;
        try {
            T opened = work.of(opening);
            done = true;
            return opened;
        } finally {
            if (!done) {
                opening.closeAll();
            }
        }
    }

    /** What maintenance needs of an opening. */
    private record Parts(Store store, BlockDirectory blocks, LogSettings logSettings, HeadRecovery.Recovered head) {}

    private Parts openParts() throws IOException {
        TsdbOptions options = builder.options;
        storage.createDirectories(directory);
        Closeable lock = opened(storage.lock(files.lock()));
        TsdbRuntime given = builder.runtime;
        TsdbRuntime runtime = given != null ? given : TsdbRuntime.create();
        if (given == null) {
            opened.push(runtime::close);
        }
        BlockDirectory blocks = opened(BlockDirectory.open(storage, directory, new BlockEvents(listener, damages)));
        long headFromMillis = blocks.inOrderMaxTimestampMillis();

        Epochs epochs = new Epochs();
        HeadSettings headSettings = new HeadSettings(
                options.blockRange().toMillis(),
                options.futureGuard().toMillis(),
                options.outOfOrderWindow().toMillis(),
                options.limits(),
                options.floatEncoding(),
                options.exemplarsMax(),
                options.metadataBytesMax());
        HeadChunkReader chunkReader = opened(HeadChunkReader.open(storage, files.chunksHead()));
        HeadRecovery.Recovered recovered = new HeadRecovery(
                        storage,
                        files,
                        damages,
                        chunkReader,
                        () -> new HeadState(headSettings, epochs, chunkReader, runtime.cacheBudget(), damages::met),
                        headFromMillis,
                        runtime.maintenanceExecutor())
                .run();
        HeadChunkWriter chunkWriter = opened(HeadChunkWriter.open(storage, files.chunksHead(), chunkReader.scanned()));

        LogSettings logSettings = logSettings(options);
        LogHealth health = new LogHealth(listener);
        WriteAheadLog log = opened(WriteAheadLog.open(
                storage, files.wal(), logSettings, runtime.logPool(), runtime.logTasks(), health.ofLog()));
        WriteAheadLog lateLog = opened(WriteAheadLog.openLazily(
                storage, files.wbl(), logSettings, runtime.logPool(), runtime.logTasks(), health.ofLog()));
        Head head = new Head(recovered.state(), builder.clock, log, lateLog, chunkWriter);
        StoreView view = new StoreView(blocks.snapshot(), headFromMillis, 0);
        OpeningFigures figures = new OpeningFigures(
                recordsUnknown(recovered.log(), recovered.lateLog()),
                recovered.log().damages().size(),
                recovered.lateLog().damages().size(),
                damages);
        Store store = new Store(
                options,
                builder.clock,
                runtime,
                given == null ? runtime : null,
                lock,
                blocks,
                epochs,
                head,
                log,
                lateLog,
                view,
                figures,
                builder.bucketReader);
        return new Parts(store, blocks, logSettings, recovered);
    }

    private Tsdb openAndMaintain() throws IOException {
        Parts parts = openParts();
        Store store = parts.store;
        BlockHousekeeping housekeeping = new BlockHousekeeping(store, builder, parts.blocks, damages);
        StoreTruncation truncation = new StoreTruncation(
                store, storage, files.wal(), parts.logSettings, parts.head.lateLogOutdated(), damages);
        HeadBlockWriter writer = new HeadBlockWriter(builder, parts.blocks);
        BlockCutter cutter = new BlockCutter(store, writer, truncation);
        LateBlockCutter lateCutter = new LateBlockCutter(store, builder.clock, writer, truncation);
        StoreSnapshot snapshot = new StoreSnapshot(
                storage, files, parts.logSettings, store.head(), store.log(), truncation, parts.head.snapshot());
        store.start(new StoreMaintenance(
                store,
                listener,
                builder.clock,
                writer,
                cutter,
                lateCutter,
                truncation,
                housekeeping,
                snapshot,
                new SampleDeletion(store, parts.blocks, damages),
                new StoreBackup(store, storage, builder.clock, ToldWork.NOBODY, 0)));
        return new Tsdb(store);
    }

    private static Map<String, Long> recordsUnknown(WalRecovery.Result... logs) {
        Map<String, Long> unknown = new TreeMap<>();
        for (WalRecovery.Result log : logs) {
            for (Map<Integer, Long> records : List.of(log.checkpointRecords(), log.segmentRecords())) {
                records.forEach((type, count) -> {
                    if (!RecordType.isReplayed(type)) {
                        unknown.merge(RecordType.describe(type), count, Long::sum);
                    }
                });
            }
            if (log.histogramsSkipped() > 0) {
                unknown.merge("histograms of an unknown schema", log.histogramsSkipped(), Long::sum);
            }
        }
        return Map.copyOf(unknown);
    }

    private static LogSettings logSettings(TsdbOptions options) {
        return new LogSettings(
                options.walSegmentBytesMax(),
                LogCompression.SNAPPY,
                options.durability(),
                options.syncInterval().toMillis(),
                LOG_PENDING_BYTES_MAX,
                LOG_RETRY_MILLIS);
    }

    private <T extends Closeable> T opened(T part) {
        opened.push(part);
        return part;
    }

    private void closeAll() {
        for (Closeable part : opened) {
            try {
                part.close();
            } catch (IOException | RuntimeException e) {
                listener.backgroundFailure("cannot close " + directory, e);
            }
        }
    }

    /** Passes on what is found among the blocks. */
    private record BlockEvents(TsdbListener listener, DamageLog damages) implements BlockDirectory.Listener {
        @Override
        public void blockDamaged(Path directory, IOException reason) {
            damages.found(directory, reason);
        }

        @Override
        public void leftoverRemoved(Path directory) {
            // What a crash leaves; nobody was told of it.
        }

        @Override
        public void removalFailed(Path directory, IOException reason) {
            listener.backgroundFailure("cannot delete " + directory, reason);
        }
    }
}
