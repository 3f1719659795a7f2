package dev.cairndb.io;

import java.io.IOException;
import java.util.Objects;

/**
 * Zstandard, done by {@code com.github.luben:zstd-jni}: an optional dependency with native code, so that only hosts
 * that need it have it. Without it every call is an IOException that names it. Thread-safe, keeps no buffer.
 */
public final class Zstd {
    private Zstd() {}

    /** Whether the dependency is there and its native code may be loaded. */
    public static boolean isAvailable() {
        try {
            requireAvailable();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Compresses a range into one frame, which is appended to {@code out}. */
    public static void compress(byte[] source, int offset, int length, ByteWriter out) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        requireAvailable();
        ZstdNative.compress(source, offset, length, out);
    }

    /**
     * Decompresses the frames in a range and appends what they hold to {@code out}. A frame need not say how long its
     * content is; room is then found by doubling.
     *
     * @param sizeBytesMax the most that may come out
     * @return how many bytes were appended
     * @throws MalformedZstdException if the range is not whole frames, or holds more than {@code sizeBytesMax}
     */
    public static int decompress(byte[] source, int offset, int length, ByteWriter out, int sizeBytesMax)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        requireAvailable();
        return ZstdNative.decompress(source, offset, length, out, sizeBytesMax);
    }

    /**
     * The size of the content as the first frame declares it; -1 if it does not, if these are no frames, or without the
     * dependency. It is a hint: further frames may follow, and it may be untrue.
     */
    public static long declaredSizeBytes(byte[] source, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, source.length);
        return isAvailable() ? Math.max(-1, ZstdNative.declaredSizeBytes(source, offset, length)) : -1;
    }

    private static void requireAvailable() throws IOException {
        try {
            ZstdNative.load();
        } catch (LinkageError e) {
            throw new IOException(
                    "cannot use zstd: the optional dependency com.github.luben:zstd-jni is missing, or its native code"
                            + " may not be loaded",
                    e);
        }
    }
}
