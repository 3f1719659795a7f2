package dev.cairndb.receiver.grpc;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MalformedSnappyException;
import dev.cairndb.io.Snappy;
import java.io.IOException;
import java.io.InputStream;

/** Decompresses Snappy's framing format, one frame at a time. Not thread-safe. */
final class SnappyFrameInput extends InputStream {
    private static final int FRAME_BYTES_MAX =
            SnappyFrames.CRC_BYTES + Snappy.compressedSizeBytesMax(SnappyFrames.DATA_BYTES_MAX);

    private static final int SKIP_BYTES = 512;

    private final InputStream framed;
    private byte[] frame = {};
    private byte[] data = {};
    private int position;
    private int end;
    private long offset;
    private boolean identified;

    SnappyFrameInput(InputStream framed) {
        this.framed = framed;
    }

    @Override
    public int read() throws IOException {
        return fill() ? data[position++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int targetOffset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, end - position);
        System.arraycopy(data, position, target, targetOffset, count);
        position += count;
        return count;
    }

    @Override
    public int available() {
        return end - position;
    }

    @Override
    public void close() throws IOException {
        framed.close();
    }

    /** Returns whether there is a byte at the position; reads frames until there is. */
    private boolean fill() throws IOException {
        while (position == end) {
            if (!nextFrame()) {
                return false;
            }
        }
        return true;
    }

    private boolean nextFrame() throws IOException {
        int kind = framed.read();
        if (kind < 0) {
            return false;
        }
        offset++;
        byte[] size = readFully(new byte[SnappyFrames.HEADER_BYTES - 1], SnappyFrames.HEADER_BYTES - 1);
        int length = (size[0] & 0xFF) | (size[1] & 0xFF) << 8 | (size[2] & 0xFF) << 16;
        if (!identified && kind != SnappyFrames.IDENTIFIER) {
            throw corrupt("a stream identifier first", "a frame of kind " + kind);
        }
        switch (kind) {
            case SnappyFrames.IDENTIFIER -> identify(length);
            case SnappyFrames.COMPRESSED, SnappyFrames.UNCOMPRESSED -> data(kind, length);
            default -> {
                if (kind < SnappyFrames.FIRST_SKIPPABLE) {
                    throw corrupt("a known kind of frame", Integer.toString(kind));
                }
                skip(length);
            }
        }
        return true;
    }

    private void identify(int length) throws IOException {
        int magicLength = SnappyFrames.MAGIC.length - SnappyFrames.HEADER_BYTES;
        if (length != magicLength) {
            throw corrupt("an identifier of " + magicLength + " bytes", length + " bytes");
        }
        byte[] found = readFully(new byte[magicLength], magicLength);
        for (int i = 0; i < magicLength; i++) {
            if (found[i] != SnappyFrames.MAGIC[SnappyFrames.HEADER_BYTES + i]) {
                throw corrupt("sNaPpY", "other bytes");
            }
        }
        identified = true;
    }

    private void data(int kind, int length) throws IOException {
        if (length < SnappyFrames.CRC_BYTES || length > FRAME_BYTES_MAX) {
            throw corrupt("a frame of " + SnappyFrames.CRC_BYTES + " to " + FRAME_BYTES_MAX + " bytes", "" + length);
        }
        if (frame.length < length) {
            frame = new byte[length];
        }
        readFully(frame, length);
        int crc = Integer.reverseBytes(BigEndian.getInt(frame, 0));
        int packed = length - SnappyFrames.CRC_BYTES;
        int size = kind == SnappyFrames.COMPRESSED ? uncompressedSize(packed) : packed;
        if (size > SnappyFrames.DATA_BYTES_MAX) {
            throw corrupt("at most " + SnappyFrames.DATA_BYTES_MAX + " bytes in a frame", "" + size);
        }
        if (data.length < size) {
            data = new byte[size];
        }
        if (kind == SnappyFrames.COMPRESSED) {
            decompress(packed, size);
        } else {
            System.arraycopy(frame, SnappyFrames.CRC_BYTES, data, 0, size);
        }
        if (SnappyFrames.crc(data, 0, size) != crc) {
            throw corrupt("the checksum " + Integer.toHexString(crc), "another");
        }
        position = 0;
        end = size;
    }

    private int uncompressedSize(int packed) throws IOException {
        try {
            return Snappy.uncompressedSizeBytes(frame, SnappyFrames.CRC_BYTES, packed);
        } catch (MalformedSnappyException e) {
            throw corrupt("a Snappy block", String.valueOf(e.getMessage()));
        }
    }

    private void decompress(int packed, int size) throws IOException {
        try {
            int unused = Snappy.decompress(frame, SnappyFrames.CRC_BYTES, packed, data, 0, size);
        } catch (MalformedSnappyException e) {
            throw corrupt("a Snappy block", String.valueOf(e.getMessage()));
        }
    }

    private byte[] readFully(byte[] target, int length) throws IOException {
        int count = framed.readNBytes(target, 0, length);
        offset += count;
        if (count < length) {
            throw corrupt(length + " more bytes", count + " bytes");
        }
        return target;
    }

    private void skip(int length) throws IOException {
        if (frame.length == 0) {
            frame = new byte[SKIP_BYTES];
        }
        for (int left = length; left > 0; ) {
            int step = Math.min(frame.length, left);
            readFully(frame, step);
            left -= step;
        }
    }

    private CorruptionException corrupt(String expected, String found) {
        return new CorruptionException("snappy message", offset, expected, found);
    }
}
