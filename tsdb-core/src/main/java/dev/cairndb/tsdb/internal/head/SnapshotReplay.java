package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import dev.cairndb.tsdb.internal.wal.LogPosition;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import dev.cairndb.tsdb.internal.wal.SnapshotHandler;
import dev.cairndb.tsdb.internal.wal.WalRecovery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the rows from a snapshot, in place of the log before it, after chunks_head was scanned. What the snapshot's
 * chunk of a series holds may be in chunks_head as well, if the chunk was completed afterwards; then that is taken.
 */
public final class SnapshotReplay implements SnapshotHandler {
    /** Prometheus' chunks are a few kilobytes at most. */
    private static final int CHUNK_BYTES_MAX = 1 << 24;

    private final HeadState state;
    private final HeadReplay replay;
    private final Storage storage;
    private final Executor executor;
    private @Nullable SnapshotState rest;

    /** @param executor may read ahead of the caller, who does it if not */
    public SnapshotReplay(HeadState state, HeadReplay replay, Storage storage, Executor executor) {
        this.state = state;
        this.replay = replay;
        this.storage = storage;
        this.executor = executor;
    }

    /**
     * What is to be done before {@link #read} or {@link #readImage}.
     *
     * @return whether there is an image to be read
     * @throws CorruptionException if something the snapshot rests on is damaged or lost
     */
    public boolean begin(ChunkSnapshot snapshot) throws IOException {
        byte[] bytes = snapshot.state(storage);
        rest = bytes == null ? null : SnapshotState.read(snapshot.directory().toString(), bytes);
        requireFiles(snapshot.directory(), rest, state.chunkReader, state.bounds.floorMillis());
        if (rest == null) {
            return false;
        }
        replay.keepFromNewSeries(rest.newestSeriesRef());
        return storage.exists(image(snapshot));
    }

    /** The file with the image of a snapshot, if it has one. */
    public static Path image(ChunkSnapshot snapshot) {
        return snapshot.directory().resolve(HeadImage.FILE);
    }

    /**
     * Reads the image in place of the records.
     *
     * @throws CorruptionException if it is damaged; the head is of no use then
     */
    public void readImage(ChunkSnapshot snapshot) throws IOException {
        Path path = image(snapshot);
        try (ReadFile file = storage.open(path)) {
            new HeadImageReplay(state, replay, this, path.toString(), file).read(executor);
        }
    }

    /**
     * @param log directory of the log that goes on behind the snapshot
     * @throws CorruptionException if it is damaged; the head is of no use then
     */
    public void read(ChunkSnapshot snapshot, Path log) throws IOException {
        long records = snapshot.read(storage, this, executor);
        if (rest != null && records != rest.records()) {
            throw new CorruptionException(
                    snapshot.directory().toString(), 0, rest.records() + " records", String.valueOf(records));
        }
        if (rest == null) {
            // Only the log tells which references Prometheus gave to series that are gone.
            readReferences(log, snapshot.position());
        }
    }

    private static void requireFiles(
            Path snapshot, @Nullable SnapshotState rest, HeadChunkReader chunkReader, long floorMillis)
            throws IOException {
        Map<Integer, Long> present = chunkReader.fileSizesBytes();
        if (rest == null && present.isEmpty()) {
            // Prometheus makes a file when it starts. Somebody removed them, and only the log has what they held.
            throw new CorruptionException(snapshot.toString(), 0, "files in chunks_head", "none");
        }
        Map<Integer, SnapshotState.ChunkFile> needed = rest == null ? Map.of() : rest.files();
        for (Map.Entry<Integer, SnapshotState.ChunkFile> entry : needed.entrySet()) {
            SnapshotState.ChunkFile file = entry.getValue();
            long size = present.getOrDefault(entry.getKey(), 0L);
            if (file.maxTimestampMillis() >= floorMillis && size < file.sizeBytes()) {
                throw new CorruptionException(
                        snapshot.toString(),
                        0,
                        "file " + entry.getKey() + " of chunks_head with " + file.sizeBytes() + " bytes",
                        size + " bytes");
            }
        }
    }

    private void readReferences(Path log, LogPosition end) throws IOException {
        RecordHandler references = new RecordHandler() {
            @Override
            public void series(long seriesRef, byte[] labels, int offset, int length) {
                replay.keepFromNewSeries(seriesRef);
            }

            @Override
            public void samples(long[] seriesRefs, long[] times, long[] startTimes, long[] valueBits, int count) {}

            @Override
            public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {}
        };
        WalRecovery.readBefore(storage, log, end, references, executor);
    }

    /**
     * Reads the records of a snapshot to their end for nothing but damage.
     *
     * @param chunkReader of the files it stands on
     * @param floorMillis those that are older may be missing
     * @throws CorruptionException if it is damaged, or a file that it stands on is lost
     */
    public static void check(ChunkSnapshot snapshot, Storage storage, HeadChunkReader chunkReader, long floorMillis)
            throws IOException {
        byte[] bytes = snapshot.state(storage);
        SnapshotState rest =
                bytes == null ? null : SnapshotState.read(snapshot.directory().toString(), bytes);
        requireFiles(snapshot.directory(), rest, chunkReader, floorMillis);
        SnapshotHandler nobody = new SnapshotHandler() {
            @Override
            public void series(long seriesRef, byte[] labels, int offset, int length) {}

            @Override
            public void chunk(
                    long seriesRef,
                    long minTimestampMillis,
                    long maxTimestampMillis,
                    int encodingId,
                    byte[] data,
                    int offset,
                    int length,
                    long lastValueBits,
                    @Nullable HistogramSample lastHistogram) {}

            @Override
            public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {}

            @Override
            public void exemplar(
                    long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {}
        };
        long records = snapshot.read(storage, nobody, Runnable::run);
        if (rest != null && records != rest.records()) {
            throw new CorruptionException(
                    snapshot.directory().toString(), 0, rest.records() + " records", String.valueOf(records));
        }
    }

    /**
     * Reads the image of a snapshot, if it has one, to its end for nothing but damage.
     *
     * @throws CorruptionException if it is damaged
     */
    public static void checkImage(ChunkSnapshot snapshot, Storage storage) throws IOException {
        Path image = image(snapshot);
        if (storage.exists(image)) {
            try (ReadFile file = storage.open(image)) {
                HeadImageReplay.check(image.toString(), file);
            }
        }
    }

    /** Whether so many bytes may be a chunk of this encoding. */
    static boolean isChunk(int encodingId, int length) {
        return ChunkEncoding.ofId(encodingId) != null && length > Short.BYTES && length <= CHUNK_BYTES_MAX;
    }

    @Override
    public void series(long seriesRef, byte[] labels, int offset, int length) {
        replay.series(seriesRef, labels, offset, length);
    }

    @Override
    public void chunk(
            long seriesRef,
            long minTimestampMillis,
            long maxTimestampMillis,
            int encodingId,
            byte[] data,
            int offset,
            int length,
            long lastValueBits,
            @Nullable HistogramSample lastHistogram)
            throws IOException {
        ChunkEncoding encoding = ChunkEncoding.ofId(encodingId);
        if (encoding == null || !isChunk(encodingId, length)) {
            throw new CorruptionException(
                    "snapshot", 0, "a chunk of encoding 1 to 4", "encoding " + encodingId + ", " + length + " bytes");
        }
        int slot = replay.slotOf(seriesRef);
        boolean isMapped = state.rows.has(slot, Rows.HAS_SAMPLE)
                && state.rows.getLong(slot, Rows.LAST_TIMESTAMP) >= minTimestampMillis;
        if (!isMapped && maxTimestampMillis >= state.bounds.floorMillis()) {
            state.chunks.addClosed(
                    slot, minTimestampMillis, maxTimestampMillis, encoding, data, offset, length, lastValueBits);
            state.bounds.include(minTimestampMillis, maxTimestampMillis);
        }
    }

    @Override
    public void tombstone(long seriesRef, long minTimestampMillis, long maxTimestampMillis) {
        replay.tombstone(seriesRef, minTimestampMillis, maxTimestampMillis);
    }

    @Override
    public void exemplar(long seriesRef, long timestampMillis, long valueBits, byte[] labels, int offset, int length)
            throws IOException {
        replay.exemplar(seriesRef, timestampMillis, valueBits, labels, offset, length);
    }
}
