package dev.cairndb.tsdb.internal.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A 64-bit hash of label bytes, seeded per store so that nobody outside can choose label sets that collide. It only
 * finds candidates: the bytes are always compared. Images have hashes of it: another function is another version of
 * {@link HeadImage}.
 */
final class LabelHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MULTIPLIER_A = 0x9E3779B97F4A7C15L;
    private static final long MULTIPLIER_B = 0xD6E8FEB86659FD93L;

    private long seed = ThreadLocalRandom.current().nextLong();

    long seed() {
        return seed;
    }

    /** Has it give the hashes of another one; before the first. */
    void seed(long ofOther) {
        seed = ofOther;
    }

    long of(byte[] bytes, int offset, int length) {
        long hash = seed ^ length * MULTIPLIER_A;
        int at = offset;
        int end = offset + length;
        for (; end - at >= 16; at += 16) {
            hash = mix(hash ^ (long) LONG.get(bytes, at), (long) LONG.get(bytes, at + 8) ^ MULTIPLIER_B);
        }
        if (end - at >= 8) {
            hash = mix(hash ^ (long) LONG.get(bytes, at), MULTIPLIER_B);
            at += 8;
        }
        long rest = 0;
        for (; at < end; at++) {
            rest = rest << 8 | bytes[at] & 0xFF;
        }
        return mix(hash ^ rest, MULTIPLIER_A);
    }

    private static long mix(long a, long b) {
        long odd = b | 1;
        return a * odd ^ Math.multiplyHigh(a, odd) ^ a >>> 29;
    }
}
