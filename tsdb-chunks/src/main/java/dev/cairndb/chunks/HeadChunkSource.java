package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One file of {@code chunks_head} to read from: mapped if it is complete, through a descriptor while it is being
 * written. Counts its users, of whom the reader's list of files is the first, and closes the file after the last one.
 * Thread-safe.
 */
final class HeadChunkSource {
    /** Nearly every record is shorter: Prometheus closes a chunk of floats at about a thousand bytes. */
    private static final int USUAL_RECORD_BYTES_MAX = 1100;

    private final int number;
    private final Path path;
    private final @Nullable MappedFile mapped;
    private final @Nullable ReadFile growing;
    private final AtomicInteger users = new AtomicInteger(1);

    private HeadChunkSource(int number, Path path, @Nullable MappedFile mapped, @Nullable ReadFile growing) {
        this.number = number;
        this.path = path;
        this.mapped = mapped;
        this.growing = growing;
    }

    static HeadChunkSource map(Storage storage, Path directory, int number) throws IOException {
        Path path = NumberedFiles.path(directory, number);
        return new HeadChunkSource(number, path, storage.map(path), null);
    }

    static HeadChunkSource openGrowing(Storage storage, Path directory, int number) throws IOException {
        Path path = NumberedFiles.path(directory, number);
        return new HeadChunkSource(number, path, null, storage.open(path));
    }

    int number() {
        return number;
    }

    Path path() {
        return path;
    }

    String name() {
        return path.toString();
    }

    /** The mapping; null if the file is still growing. */
    @Nullable
    MappedFile mapped() {
        return mapped;
    }

    boolean isUnbegun() {
        return mapped != null && HeadChunkFile.isUnbegun(mapped);
    }

    /** False if the file is closed already; otherwise to be followed by {@link #release}. */
    boolean acquire() {
        int now = users.get();
        while (now > 0 && !users.compareAndSet(now, now + 1)) {
            now = users.get();
        }
        return now > 0;
    }

    void release() throws IOException {
        if (users.decrementAndGet() == 0) {
            Closeable file = mapped != null ? mapped : growing;
            if (file != null) {
                file.close();
            }
        }
    }

    /** Whether a read is under way. */
    boolean inUse() {
        return users.get() > 1;
    }

    void read(long offset, EncodedChunk target) throws IOException {
        int wanted = USUAL_RECORD_BYTES_MAX;
        byte[] bytes = target.ownBuffer(wanted);
        int available = read(offset, bytes, wanted);
        int dataAt = dataOffset(bytes, available, offset);
        int dataLength = dataLength(bytes, dataAt, offset);
        int checksummed = dataAt + dataLength;
        if (checksummed + HeadChunkFile.CRC_BYTES > available) {
            wanted = checksummed + HeadChunkFile.CRC_BYTES;
            if (wanted > size() - offset) {
                throw corrupt(offset, "a record of " + wanted + " bytes", (size() - offset) + " bytes");
            }
            bytes = target.ownBuffer(wanted);
            available = read(offset, bytes, wanted);
        }
        if (checksummed + HeadChunkFile.CRC_BYTES > available) {
            throw corrupt(offset, "a record of " + wanted + " bytes", available + " bytes");
        }
        int expected = BigEndian.getInt(bytes, checksummed);
        int found = Crc32c.of(bytes, 0, checksummed);
        if (expected != found) {
            throw corrupt(offset, "checksum " + Integer.toHexString(expected), Integer.toHexString(found));
        }
        int encodingId = bytes[HeadChunkFile.ENCODING_OFFSET] & 0xFF & ~HeadChunkFile.OUT_OF_ORDER_BIT;
        ChunkEncoding encoding = ChunkEncoding.ofId(encodingId);
        if (encoding == null) {
            throw new UnsupportedChunkException(encodingId);
        }
        long minTimestampMillis = BigEndian.getLong(bytes, HeadChunkFile.MIN_TIME_OFFSET);
        long maxTimestampMillis = BigEndian.getLong(bytes, HeadChunkFile.MAX_TIME_OFFSET);
        target.wrap(encoding, minTimestampMillis, maxTimestampMillis, bytes, dataAt, dataLength);
        target.origin(name(), offset + dataAt);
    }

    /** Index behind the length field. */
    private int dataOffset(byte[] bytes, int available, long offset) throws CorruptionException {
        int at = HeadChunkFile.LENGTH_OFFSET;
        while (at < Math.min(available, HeadChunkFile.LENGTH_OFFSET + HeadChunkFile.LENGTH_BYTES_MAX)) {
            if (bytes[at++] >= 0) {
                return at;
            }
        }
        throw corrupt(offset, "a record", available + " bytes without a data length");
    }

    private int dataLength(byte[] bytes, int dataAt, long offset) throws CorruptionException {
        long length = 0;
        for (int at = dataAt - 1; at >= HeadChunkFile.LENGTH_OFFSET; at--) {
            length = length << 7 | bytes[at] & 0x7F;
        }
        if (length < XorChunk.HEADER_BYTES || length > EncodedChunk.LENGTH_MAX) {
            throw corrupt(offset, "a data length of 2 to " + EncodedChunk.LENGTH_MAX, "" + length);
        }
        return (int) length;
    }

    private int read(long position, byte[] target, int length) throws IOException {
        if (growing != null) {
            return growing.read(position, target, 0, length);
        }
        int available = (int) Math.max(0, Math.min(length, size() - position));
        if (mapped != null && available > 0) {
            mapped.get(position, target, 0, available);
        }
        return available;
    }

    private long size() throws IOException {
        if (mapped != null) {
            return mapped.size();
        }
        return growing == null ? 0 : growing.size();
    }

    CorruptionException corrupt(long offset, String expected, String found) {
        return new CorruptionException(name(), offset, expected, found);
    }
}
