package dev.cairndb.receiver.grpc;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.index.Xxh64;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;
import java.util.Arrays;

/**
 * One series as it is sent: its labels, and one or more {@code thanos.Series}, each with the labels and some of the
 * chunks. A message ends with the chunk that makes it a megabyte, as in Thanos. Reused; not thread-safe.
 */
final class SeriesFrames implements Comparable<SeriesFrames> {
    /** What labels and chunks of a message may have, but for its last chunk. */
    static final int FRAME_BYTES_MAX = 1 << 20;

    private static final int FIRST_BYTES = 512;
    private static final int LABELS = 1;
    private static final int CHUNKS = 2;
    private static final int RAW = 3;

    private final ByteWriter labels = new ByteWriter(FIRST_BYTES);
    private final ByteWriter bytes = new ByteWriter(FIRST_BYTES);
    private final LabelWalk walk = new LabelWalk();
    private int[] ends = new int[4];
    private int count;
    private int chunks;
    private int labelBytes;
    private int bytesLeftAfterLabels;
    private int bytesLeft;

    void clear() {
        labels.clear();
        bytes.clear();
        count = 0;
        chunks = 0;
    }

    /** The packed labels; filled by the caller before {@link #start}. */
    ByteWriter labels() {
        return labels;
    }

    void start() {
        bytesLeftAfterLabels = FRAME_BYTES_MAX;
        walk.reset(labels.array(), labels.size());
        while (walk.next()) {
            bytesLeftAfterLabels -= walk.putMessage(bytes, LABELS);
        }
        labelBytes = bytes.size();
        bytesLeft = bytesLeftAfterLabels;
    }

    void addChunk(EncodedChunk chunk) {
        if (bytesLeft <= 0 && frameHasChunks()) {
            endFrame();
            bytes.putBytes(bytes.array(), 0, labelBytes);
            bytesLeft = bytesLeftAfterLabels;
        }
        long type = chunk.encoding().id() - 1L;
        long hash = Xxh64.hash(chunk.array(), chunk.offset(), chunk.length());
        int rawSize = ProtoWriter.sizeOfNumber(type)
                + ProtoWriter.sizeOfBytes(chunk.length())
                + ProtoWriter.sizeOfNumber(hash);
        int size = ProtoWriter.sizeOfNumber(chunk.minTimestampMillis())
                + ProtoWriter.sizeOfNumber(chunk.maxTimestampMillis())
                + ProtoWriter.sizeOfBytes(rawSize);
        bytes.ensure(size + 1 + Varint.MAX_BYTES);
        ProtoWriter.start(bytes, CHUNKS, size);
        ProtoWriter.number(bytes, 1, chunk.minTimestampMillis());
        ProtoWriter.number(bytes, 2, chunk.maxTimestampMillis());
        ProtoWriter.start(bytes, RAW, rawSize);
        ProtoWriter.number(bytes, 1, type);
        ProtoWriter.bytes(bytes, 2, chunk.array(), chunk.offset(), chunk.length());
        ProtoWriter.number(bytes, 3, hash);
        bytesLeft -= size;
        chunks++;
    }

    private boolean frameHasChunks() {
        return bytes.size() - begin(count) > labelBytes;
    }

    void end() {
        endFrame();
    }

    private void endFrame() {
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, 2 * count);
        }
        ends[count++] = bytes.size();
    }

    int count() {
        return count;
    }

    int chunks() {
        return chunks;
    }

    byte[] array() {
        return bytes.array();
    }

    /** Where in {@link #array} a message begins. */
    int begin(int frame) {
        return frame == 0 ? 0 : ends[frame - 1];
    }

    int length(int frame) {
        return ends[frame] - begin(frame);
    }

    @Override
    public int compareTo(SeriesFrames other) {
        return PackedLabels.compare(labels.array(), 0, labels.size(), other.labels.array(), 0, other.labels.size());
    }
}
