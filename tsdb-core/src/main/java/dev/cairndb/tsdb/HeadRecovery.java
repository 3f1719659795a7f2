package dev.cairndb.tsdb;

import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HeadFileList;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.DamagedFiles;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.head.HeadReplay;
import dev.cairndb.tsdb.internal.head.HeadState;
import dev.cairndb.tsdb.internal.head.LateReplay;
import dev.cairndb.tsdb.internal.head.SnapshotReplay;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import dev.cairndb.tsdb.internal.wal.WalRecovery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the head when a store is opened: from chunks_head, a snapshot and the log behind it; without a snapshot, or
 * if something is wrong with it, from the whole log; then late samples from their log.
 */
final class HeadRecovery {
    private final Storage storage;
    private final StoreFiles files;
    private final DamageLog damages;
    private final HeadChunkReader chunkReader;
    private final Supplier<HeadState> newState;
    private final long headFromMillis;
    private final Executor executor;
    private boolean chunksDamaged;
    private HeadState state;
    private HeadReplay replay;

    /**
     * @param newState makes the head that is filled; the last one made is that of the store
     * @param headFromMillis everything before is in blocks
     * @param executor for a part of the work: what has begun there is waited for, what has not is done by the caller
     */
    HeadRecovery(
            Storage storage,
            StoreFiles files,
            DamageLog damages,
            HeadChunkReader chunkReader,
            Supplier<HeadState> newState,
            long headFromMillis,
            Executor executor) {
        this.storage = storage;
        this.files = files;
        this.damages = damages;
        this.chunkReader = chunkReader;
        this.newState = newState;
        this.headFromMillis = headFromMillis;
        this.executor = executor;
        state = newState.get();
        replay = new HeadReplay(state, headFromMillis, executor);
    }

    /**
     * A head, and what was found in the log behind {@code snapshot}, if that was used.
     *
     * @param lateLogOutdated whether the late log has markers of chunks that are not there
     */
    record Recovered(
            HeadState state,
            WalRecovery.Result log,
            WalRecovery.Result lateLog,
            boolean lateLogOutdated,
            @Nullable ChunkSnapshot snapshot) {}

    Recovered run() throws IOException {
        readFileList();
        ChunkSnapshot snapshot = usableSnapshot();
        scanChunks();
        if (snapshot != null && !load(snapshot)) {
            startAgain();
            snapshot = null;
        }
        Path wal = files.wal();
        WalRecovery.RecoveryListener events = new LogEvents(damages, wal);
        WalRecovery.Result log = snapshot == null
                ? WalRecovery.open(storage, wal, replay, events, executor)
                : WalRecovery.openBehind(storage, wal, snapshot.position(), replay, events, executor);
        LateReplay late = new LateReplay(state, replay);
        Path wbl = files.wbl();
        WalRecovery.Result lateLog =
                WalRecovery.openWithoutCheckpoints(storage, wbl, late, new LogEvents(damages, wbl), executor);
        replay.finish(log.lastSegment());
        return new Recovered(state, log, lateLog, late.chunksLost() > 0, snapshot);
    }

    private void readFileList() throws IOException {
        try {
            chunkReader.expect(HeadFileList.read(storage, files.chunksHead()), headFromMillis);
        } catch (CorruptionException | FormatVersionException e) {
            damages.found(files.headFileList(), e);
            Path unused = DamagedFiles.moveAside(storage, files.headFileList());
        }
    }

    /** With an empty head. */
    private void startAgain() throws IOException {
        state.discard();
        state = newState.get();
        replay = new HeadReplay(state, headFromMillis, executor);
        scanChunks();
    }

    private void scanChunks() throws IOException {
        try {
            chunkReader.scan(replay);
        } catch (CorruptionException e) {
            // What is behind the damage is not used: the log has the samples.
            chunksDamaged = true;
            damages.found(files.chunksHead(), e);
            chunkReader.setDamagedAside();
        }
    }

    /** The newest snapshot, if all of the log behind it is there. Others are of no use any more. */
    private @Nullable ChunkSnapshot usableSnapshot() throws IOException {
        ChunkSnapshot newest = ChunkSnapshot.newest(storage, files.directory());
        boolean usable = newest != null && WalRecovery.reaches(storage, files.wal(), newest.position());
        ChunkSnapshot.deleteOthers(storage, files.directory(), usable ? newest : null);
        return usable ? newest : null;
    }

    private boolean load(ChunkSnapshot snapshot) throws IOException {
        if (chunksDamaged) {
            // Only the whole log has what was in the damaged chunks.
            ChunkSnapshot.deleteOthers(storage, files.directory(), null);
            return false;
        }
        try {
            SnapshotReplay reader = new SnapshotReplay(state, replay, storage, executor);
            if (reader.begin(snapshot)) {
                if (loadImage(snapshot, reader)) {
                    return true;
                }
                startAgain();
                if (chunksDamaged) {
                    ChunkSnapshot.deleteOthers(storage, files.directory(), null);
                    return false;
                }
                reader = new SnapshotReplay(state, replay, storage, executor);
                boolean unused = reader.begin(snapshot);
            }
            reader.read(snapshot, files.wal());
            return true;
        } catch (CorruptionException | FormatVersionException e) {
            damages.found(snapshot.directory(), e);
            snapshot.setAside(storage);
            return false;
        }
    }

    private boolean loadImage(ChunkSnapshot snapshot, SnapshotReplay reader) throws IOException {
        try {
            reader.readImage(snapshot);
            return true;
        } catch (IOException e) {
            // Also if it cannot be read: the records beside it say the same.
            Path image = SnapshotReplay.image(snapshot);
            damages.found(image, e);
            // The snapshot's own directory goes with it.
            Path unused = DamagedFiles.moveAside(storage, image, files.directory());
            return false;
        }
    }

    /** Passes on what is wrong with the log. */
    private record LogEvents(DamageLog damages, Path directory) implements WalRecovery.RecoveryListener {
        @Override
        public void logDamaged(CorruptionException damage) {
            damages.found(directory, damage);
        }

        @Override
        public void logTailCut(Path segment, long sizeBytes, long cutBytes) {
            // What an interrupted write leaves; it was never answered.
        }
    }
}
