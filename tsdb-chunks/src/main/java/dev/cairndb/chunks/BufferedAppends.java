package dev.cairndb.chunks;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.FileHeader;
import dev.cairndb.io.Varint;
import java.io.Closeable;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Collects what goes behind the end of a file, with a running checksum over it. A write that failed may be tried again: the
 * file is cut back to what is known of it and the same bytes are written once more. Not thread-safe.
 */
final class BufferedAppends implements Closeable {
    private final AppendFile file;
    private final byte[] buffer;
    private final CRC32C crc = new CRC32C();
    private int buffered;
    private int checksummed;
    private long written;
    private boolean endUnknown;

    /** @param buffer memory to use until closed */
    BufferedAppends(AppendFile file, byte[] buffer) {
        this.file = file;
        this.buffer = buffer;
        written = file.size();
    }

    /** Where the next byte goes. */
    long position() {
        return written + buffered;
    }

    /** Bytes from here on are under the checksum that {@link #putCrc} writes. */
    void startCrc() {
        crc.reset();
        checksummed = buffered;
    }

    void putCrc() throws IOException {
        reserve(Integer.BYTES);
        updateCrc();
        BigEndian.putInt(buffer, buffered, (int) crc.getValue());
        buffered += Integer.BYTES;
        checksummed = buffered;
    }

    void putByte(int value) throws IOException {
        reserve(1);
        buffer[buffered++] = (byte) value;
    }

    void putHeader(FileHeader header, int version) throws IOException {
        reserve(header.sizeBytes());
        buffered = header.put(buffer, buffered, version);
    }

    void putLong(long value) throws IOException {
        reserve(Long.BYTES);
        BigEndian.putLong(buffer, buffered, value);
        buffered += Long.BYTES;
    }

    void putUvarint(long value) throws IOException {
        reserve(Varint.MAX_BYTES);
        buffered = Varint.putUvarint(buffer, buffered, value);
    }

    void putBytes(byte[] source, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            reserve(1);
            int part = Math.min(length - done, buffer.length - buffered);
            System.arraycopy(source, offset + done, buffer, buffered, part);
            buffered += part;
            done += part;
        }
    }

    private void reserve(int count) throws IOException {
        if (buffer.length - buffered < count) {
            flush();
        }
    }

    private void updateCrc() {
        crc.update(buffer, checksummed, buffered - checksummed);
        checksummed = buffered;
    }

    /** Hands everything to the system; on failure it is all kept for another try. */
    void flush() throws IOException {
        if (endUnknown) {
            file.truncate(written);
            endUnknown = false;
        }
        if (buffered == 0) {
            return;
        }
        endUnknown = true;
        file.write(buffer, 0, buffered);
        endUnknown = false;
        updateCrc();
        written += buffered;
        buffered = 0;
        checksummed = 0;
    }

    /** Forgets what was put behind {@code position}, also if it was written already or half of it. */
    void rollBack(long position) {
        if (position >= written) {
            buffered = (int) (position - written);
        } else {
            written = position;
            buffered = 0;
            endUnknown = true;
        }
    }

    void sync() throws IOException {
        flush();
        file.sync();
    }

    /** Gives up the file; what was not flushed is lost. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
