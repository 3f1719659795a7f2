package dev.cairndb.receiver.grpc;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.Snappy;
import dev.cairndb.io.SnappyCompressor;
import java.io.IOException;
import java.io.OutputStream;

/** Compresses into Snappy's framing format. Not thread-safe. */
final class SnappyFrameOutput extends OutputStream {
    private final OutputStream target;
    private final SnappyCompressor compressor = new SnappyCompressor();
    private final byte[] data = new byte[SnappyFrames.DATA_BYTES_MAX];
    private final byte[] frame;
    private int size;
    private boolean begun;

    SnappyFrameOutput(OutputStream target) {
        this.target = target;
        frame = new byte
                [SnappyFrames.HEADER_BYTES
                        + SnappyFrames.CRC_BYTES
                        + Snappy.compressedSizeBytesMax(SnappyFrames.DATA_BYTES_MAX)];
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        for (int at = 0; at < length; ) {
            int count = Math.min(length - at, data.length - size);
            System.arraycopy(source, offset + at, data, size, count);
            size += count;
            at += count;
            if (size == data.length) {
                endFrame();
            }
        }
    }

    /** Frames end when they are full: gRPC flushes once, before it closes. */
    @Override
    public void flush() {}

    @Override
    public void close() throws IOException {
        endFrame();
        target.close();
    }

    private void endFrame() throws IOException {
        if (!begun) {
            target.write(SnappyFrames.MAGIC);
            begun = true;
        }
        if (size == 0) {
            return;
        }
        int dataAt = SnappyFrames.HEADER_BYTES + SnappyFrames.CRC_BYTES;
        int packed = compressor.compress(data, 0, size, frame, dataAt);
        int kind = SnappyFrames.COMPRESSED;
        if (packed >= size) {
            kind = SnappyFrames.UNCOMPRESSED;
            packed = size;
            System.arraycopy(data, 0, frame, dataAt, size);
        }
        BigEndian.putInt(frame, 0, Integer.reverseBytes(kind | packed + SnappyFrames.CRC_BYTES << 8));
        int crc = SnappyFrames.crc(data, 0, size);
        BigEndian.putInt(frame, SnappyFrames.HEADER_BYTES, Integer.reverseBytes(crc));
        target.write(frame, 0, dataAt + packed);
        size = 0;
    }
}
