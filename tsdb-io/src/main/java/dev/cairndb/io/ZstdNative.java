package dev.cairndb.io;

import com.github.luben.zstd.ZstdException;
import java.io.IOException;

/** All that touches the optional dependency: this class links only where it is there. */
final class ZstdNative {
    private static final int LEVEL = 3;
    private static final int FIRST_GUESS_SIZE_BYTES = 1 << 16;

    private ZstdNative() {}

    /** Throws a LinkageError if the dependency is missing or its native code may not be loaded. */
    static void load() {
        com.github.luben.zstd.Zstd.errDstSizeTooSmall();
    }

    static void compress(byte[] source, int offset, int length, ByteWriter out) throws IOException {
        int room = Math.toIntExact(com.github.luben.zstd.Zstd.compressBound(length));
        out.ensure(room);
        try {
            long written = com.github.luben.zstd.Zstd.compressByteArray(
                    out.array(), out.size(), room, source, offset, length, LEVEL);
            out.size(out.size() + Math.toIntExact(written));
        } catch (ZstdException e) {
            throw new IOException("cannot compress with zstd: " + e.getMessage(), e);
        }
    }

    static int decompress(byte[] source, int offset, int length, ByteWriter out, int sizeBytesMax)
            throws MalformedZstdException {
        int room = firstRoom(source, offset, length, sizeBytesMax);
        while (true) {
            out.ensure(room);
            try {
                long written = com.github.luben.zstd.Zstd.decompressByteArray(
                        out.array(), out.size(), room, source, offset, length);
                int count = Math.toIntExact(written);
                out.size(out.size() + count);
                return count;
            } catch (ZstdException e) {
                if (e.getErrorCode() != com.github.luben.zstd.Zstd.errDstSizeTooSmall()) {
                    throw new MalformedZstdException(String.valueOf(e.getMessage()), false, e);
                }
                if (room == sizeBytesMax) {
                    throw new MalformedZstdException("content exceeds " + sizeBytesMax + " bytes", true, e);
                }
                room = (int) Math.min(sizeBytesMax, Math.max(FIRST_GUESS_SIZE_BYTES, 2L * room));
            }
        }
    }

    /** Negative if nothing is declared. */
    static long declaredSizeBytes(byte[] source, int offset, int length) {
        if (length == 0) {
            return -1;
        }
        try {
            return com.github.luben.zstd.Zstd.getFrameContentSize(source, offset, length);
        } catch (ZstdException e) {
            // Some versions that a host may bring, such as 1.5.7-4, throw for what is no frame; others answer -1 or -2.
            return -1;
        }
    }

    /** What the first frame declares is only a hint: other frames may follow it. */
    private static int firstRoom(byte[] source, int offset, int length, int sizeBytesMax)
            throws MalformedZstdException {
        long declared = declaredSizeBytes(source, offset, length);
        if (declared > sizeBytesMax) {
            throw new MalformedZstdException("declared length " + declared + " exceeds " + sizeBytesMax, true, null);
        }
        return (int) (declared < 0 ? Math.min(FIRST_GUESS_SIZE_BYTES, sizeBytesMax) : declared);
    }
}
