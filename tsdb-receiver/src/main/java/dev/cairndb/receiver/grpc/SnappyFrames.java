package dev.cairndb.receiver.grpc;

import java.util.zip.CRC32C;

/** What Snappy's framing format is made of. Stateless. */
final class SnappyFrames {
    static final int COMPRESSED = 0x00;
    static final int UNCOMPRESSED = 0x01;
    /** Kinds from here to {@link #PADDING} may be stepped over; those below may not. */
    static final int FIRST_SKIPPABLE = 0x80;

    static final int PADDING = 0xFE;
    static final int IDENTIFIER = 0xFF;
    static final int HEADER_BYTES = 4;
    static final int CRC_BYTES = 4;
    /** What a frame may hold, decompressed. */
    static final int DATA_BYTES_MAX = 1 << 16;

    static final byte[] MAGIC = {(byte) 0xFF, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'};

    private static final int MASK_DELTA = 0xA282EAD8;

    private SnappyFrames() {}

    /** The checksum of decompressed data, masked as in the format. */
    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        int value = (int) crc.getValue();
        return Integer.rotateRight(value, 15) + MASK_DELTA;
    }
}
