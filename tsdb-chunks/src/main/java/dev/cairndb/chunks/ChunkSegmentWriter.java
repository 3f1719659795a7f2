package dev.cairndb.chunks;

import dev.cairndb.io.BufferedAppends;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes the chunk files of a block, {@code 000001} and on, in an existing directory. Streaming: nothing is kept but a
 * buffer. Files are cut where Prometheus cuts them, so equal chunks make equal bytes.
 *
 * <p>{@link #startSeries} before the chunks of each series, {@link #write} for each of them, {@link #finish} at the
 * end. {@link #close} without {@link #finish}, or after an exception, gives up files that are not complete. Not
 * thread-safe.
 */
public final class ChunkSegmentWriter implements Closeable {
    /** Prometheus' size for a segment. */
    public static final long DEFAULT_SEGMENT_SIZE_BYTES_MAX = 512L << 20;

    private static final int BUFFER_BYTES = 64 << 10;
    private static final long OFFSET_MAX = 0xFFFFFFFFL;

    private final Storage storage;
    private final Path directory;
    private final long segmentSizeBytesMax;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private @Nullable BufferedAppends segment;
    private int segments;
    private long chunks;

    /** The position the series began at; after a cut, that of an empty segment. */
    private long batchBase;
    /** What the series' chunks in this segment take at the most, length fields counted in full. */
    private long batchBytes;

    public ChunkSegmentWriter(Storage storage, Path directory) {
        this(storage, directory, DEFAULT_SEGMENT_SIZE_BYTES_MAX);
    }

    /** @param segmentSizeBytesMax size of a segment, which a single chunk that is larger may exceed; at most 4 GiB */
    public ChunkSegmentWriter(Storage storage, Path directory, long segmentSizeBytesMax) {
        if (segmentSizeBytesMax <= ChunkSegment.HEADER_BYTES || segmentSizeBytesMax > OFFSET_MAX) {
            throw new IllegalArgumentException("segmentSizeBytesMax=" + segmentSizeBytesMax);
        }
        this.storage = storage;
        this.directory = directory;
        this.segmentSizeBytesMax = segmentSizeBytesMax;
    }

    /** The next chunks are those of another series. */
    public void startSeries() {
        batchBase = segment == null ? ChunkSegment.HEADER_BYTES : segment.position();
        batchBytes = 0;
    }

    /**
     * Writes a chunk and returns its reference: sequence of the segment, counted from 0, in the upper 32 bits, offset
     * of the length field in the lower ones.
     */
    public long write(ChunkEncoding encoding, byte[] data, int offset, int length) throws IOException {
        BufferedAppends target = segmentFor(length);
        long at = target.position();
        target.putUvarint(length);
        target.startCrc();
        target.putByte(encoding.id());
        target.putBytes(data, offset, length);
        target.putCrc();
        chunks++;
        return ChunkSegment.reference(segments - 1, at);
    }

    /**
     * Prometheus places the chunks of a series as a batch before it writes them, with sizes from above: each counts
     * with the longest length field. The first chunk of a series in a segment is never a reason to cut an empty one.
     */
    private BufferedAppends segmentFor(int dataLength) throws IOException {
        long size = dataLength + ChunkSegment.OVERHEAD_BYTES_MAX;
        boolean fits = batchBase + batchBytes + size <= segmentSizeBytesMax;
        boolean firstInSegment = batchBase == ChunkSegment.HEADER_BYTES && batchBytes == 0;
        BufferedAppends current = segment;
        if (current == null || !fits && !firstInSegment) {
            current = cut();
            batchBytes = 0;
        }
        batchBytes += size;
        return current;
    }

    private BufferedAppends cut() throws IOException {
        finishSegment();
        segments++;
        BufferedAppends next = new BufferedAppends(storage.create(NumberedFiles.path(directory, segments)), buffer);
        segment = next;
        next.putHeader(ChunkSegment.HEADER, ChunkSegment.VERSION);
        batchBase = ChunkSegment.HEADER_BYTES;
        return next;
    }

    private void finishSegment() throws IOException {
        BufferedAppends finished = segment;
        if (finished != null) {
            finished.sync();
            segment = null;
            finished.close();
        }
    }

    /** Chunks written so far. */
    public long chunkCount() {
        return chunks;
    }

    /** Files written so far, the open one included. */
    public int segmentCount() {
        return segments;
    }

    /** Makes all files and their names durable; nothing can be written after that. */
    public void finish() throws IOException {
        finishSegment();
        storage.syncDirectory(directory);
    }

    @Override
    public void close() throws IOException {
        BufferedAppends unfinished = segment;
        segment = null;
        if (unfinished != null) {
            unfinished.close();
        }
    }
}
