package dev.cairndb.receiver;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What an fsync takes on a device, beside whatever else uses it: bytes are appended to a file and synced, as a log
 * does.
 */
final class DeviceSync {
    private static final int PIECE_BYTES = 16 << 10;
    /** Between two, which shall not be a load of their own. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private DeviceSync() {}

    static Latencies measure(Path directory, int seconds) throws IOException {
        Path path = Files.createTempFile(directory, "sync-", ".tmp");
        Latencies latencies = new Latencies();
        byte[] piece = new byte[PIECE_BYTES];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            while (System.nanoTime() < end) {
                file.write(piece);
                long begin = System.nanoTime();
                file.getFD().sync();
                latencies.add(System.nanoTime() - begin);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } finally {
            Files.delete(path);
        }
        return latencies;
    }
}
