package dev.cairndb.remote;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.io.ByteWriter;
import java.util.zip.CRC32C;

/**
 * Builds the frames of {@link ReadRequest.ResponseType#STREAMED_XOR_CHUNKS}: each a length, a CRC-32C and a {@code
 * prometheus.ChunkedReadResponse} with chunks of one series. A series with more chunks than fit a frame goes on in the
 * next one, with its labels again; a frame may exceed the size asked for by less than a chunk.
 *
 * <pre>{@code
 * for each series: encoder.startSeries(query); encoder.label(...)...;
 *     for each chunk: encoder.addChunk(chunk);
 *     encoder.endSeries();
 *     send(encoder.frames()); encoder.frames().clear();     // also between chunks, as soon as there is something
 * }</pre>
 *
 * <p>Thread-safety: none; one for many answers. Ownership: what is given is copied at once.
 */
public final class ChunkedReadResponseEncoder {
    private static final int TAG_SERIES = 0x0A;
    private static final int TAG_QUERY = 0x10;
    private static final int TAG_CHUNK = 0x12;
    private static final int TAG_CHUNK_MIN = 0x08;
    private static final int TAG_CHUNK_MAX = 0x10;
    private static final int TAG_CHUNK_ENCODING = 0x18;
    private static final int TAG_CHUNK_DATA = 0x22;

    private final int frameBytesMax;
    private final ByteWriter frames = new ByteWriter(8192);
    /** Labels and then chunks of the frame being built. */
    private final ByteWriter series = new ByteWriter(8192);

    private final ByteWriter head = new ByteWriter(32);
    private final ByteWriter tail = new ByteWriter(16);
    private final CRC32C crc = new CRC32C();
    private long queryIndex;
    private int labelBytes;
    /** Sizes of the labels' messages, without tag and length: that is how Prometheus counts them. */
    private int countedLabelBytes;

    private int countedChunkBytes;

    /** @param frameBytesMax a frame ends with the chunk that reaches it */
    public ChunkedReadResponseEncoder(int frameBytesMax) {
        this.frameBytesMax = frameBytesMax;
    }

    /** @param newQueryIndex number of the query in the request, from 0 */
    public void startSeries(int newQueryIndex) {
        queryIndex = newQueryIndex;
        series.clear();
        labelBytes = 0;
        countedLabelBytes = 0;
        countedChunkBytes = 0;
    }

    /** Adds a label of the series, before its chunks and in the order of names. */
    public void label(byte[] name, int nameOffset, int nameLength, byte[] value, int valueOffset, int valueLength) {
        countedLabelBytes +=
                ReadResponseEncoder.putLabel(series, name, nameOffset, nameLength, value, valueOffset, valueLength);
        labelBytes = series.size();
    }

    /** Adds a chunk; where the frame is full already, that frame is completed first. */
    public void addChunk(EncodedChunk chunk) {
        if (countedChunkBytes > 0 && countedChunkBytes >= frameBytesMax - countedLabelBytes) {
            endFrame();
        }
        long min = chunk.minTimestampMillis();
        long max = chunk.maxTimestampMillis();
        int id = chunk.encoding().id();
        int size = ProtoFields.sizeOfInteger(min)
                + ProtoFields.sizeOfInteger(max)
                + ProtoFields.sizeOfInteger(id)
                + ProtoFields.sizeOfBytes(chunk.length());
        series.putByte(TAG_CHUNK);
        series.putUvarint(size);
        ProtoFields.putInteger(series, TAG_CHUNK_MIN, min);
        ProtoFields.putInteger(series, TAG_CHUNK_MAX, max);
        ProtoFields.putInteger(series, TAG_CHUNK_ENCODING, id);
        ProtoFields.putBytes(series, TAG_CHUNK_DATA, chunk.array(), chunk.offset(), chunk.length());
        countedChunkBytes += size;
    }

    /** Completes the last frame of the series; a series without chunks has none. */
    public void endSeries() {
        if (countedChunkBytes > 0) {
            endFrame();
        }
    }

    private void endFrame() {
        head.clear();
        head.putByte(TAG_SERIES);
        head.putUvarint(series.size());
        tail.clear();
        ProtoFields.putInteger(tail, TAG_QUERY, queryIndex);
        crc.reset();
        crc.update(head.array(), 0, head.size());
        crc.update(series.array(), 0, series.size());
        crc.update(tail.array(), 0, tail.size());
        frames.putUvarint((long) head.size() + series.size() + tail.size());
        frames.putInt((int) crc.getValue());
        frames.putBytes(head.array(), 0, head.size());
        frames.putBytes(series.array(), 0, series.size());
        frames.putBytes(tail.array(), 0, tail.size());
        series.size(labelBytes);
        countedChunkBytes = 0;
    }

    /** Whole frames, to be sent and cleared by the caller. */
    public ByteWriter frames() {
        return frames;
    }
}
