package dev.cairndb.io;

import java.io.Closeable;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Collects what goes behind the end of a file, with a running checksum over it. A write that failed may be tried again:
 * the file is cut back to what is known of it and the same bytes are written once more. Not thread-safe.
 *
 * <p>The buffer stays the caller's, who gives it to no one else until this is closed.
 */
public final class BufferedAppends implements Closeable {
    private static final int NO_CRC = -1;

    private final AppendFile file;
    private final byte[] buffer;
    private final CRC32C crc = new CRC32C();
    private int buffered;

    /** From where in the buffer bytes are not yet in the checksum, or {@link #NO_CRC}. */
    private int unsummed = NO_CRC;

    private long written;
    private boolean endUnknown;

    /** @param buffer memory to use until closed */
    public BufferedAppends(AppendFile file, byte[] buffer) {
        this.file = file;
        this.buffer = buffer;
        written = file.size();
    }

    /** Where the next byte goes. */
    public long position() {
        return written + buffered;
    }

    /** Bytes from here on are under the checksum that {@link #putCrc} writes. */
    public void startCrc() {
        crc.reset();
        unsummed = buffered;
    }

    /** Writes the CRC-32C of all bytes since {@link #startCrc}. */
    public void putCrc() throws IOException {
        reserve(Integer.BYTES);
        updateCrc();
        unsummed = NO_CRC;
        putInt((int) crc.getValue());
    }

    public void putByte(int value) throws IOException {
        reserve(1);
        buffer[buffered++] = (byte) value;
    }

    public void putHeader(FileHeader header, int version) throws IOException {
        reserve(header.sizeBytes());
        buffered = header.put(buffer, buffered, version);
    }

    public void putInt(int value) throws IOException {
        reserve(Integer.BYTES);
        BigEndian.putInt(buffer, buffered, value);
        buffered += Integer.BYTES;
    }

    public void putLong(long value) throws IOException {
        reserve(Long.BYTES);
        BigEndian.putLong(buffer, buffered, value);
        buffered += Long.BYTES;
    }

    public void putUvarint(long value) throws IOException {
        reserve(Varint.MAX_BYTES);
        buffered = Varint.putUvarint(buffer, buffered, value);
    }

    public void putVarint(long value) throws IOException {
        reserve(Varint.MAX_BYTES);
        buffered = Varint.putVarint(buffer, buffered, value);
    }

    /** The length as an unsigned varint, and the bytes. */
    public void putString(byte[] source, int offset, int length) throws IOException {
        putUvarint(length);
        putBytes(source, offset, length);
    }

    /** Writes zeros up to a multiple of {@code alignment}. */
    public void pad(int alignment) throws IOException {
        while (position() % alignment != 0) {
            putByte(0);
        }
    }

    public void putBytes(byte[] source, int offset, int length) throws IOException {
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
        if (unsummed != NO_CRC) {
            crc.update(buffer, unsummed, buffered - unsummed);
            unsummed = buffered;
        }
    }

    /** Hands everything to the system; on failure it is all kept for another try. */
    public void flush() throws IOException {
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
        written = file.size();
        buffered = 0;
        unsummed = unsummed == NO_CRC ? NO_CRC : 0;
    }

    /** Forgets what was put behind {@code position}, also if it was written already or half of it, and the checksum. */
    public void rollBack(long position) {
        unsummed = NO_CRC;
        if (position >= written) {
            buffered = (int) (position - written);
        } else {
            written = position;
            buffered = 0;
            endUnknown = true;
        }
    }

    public void sync() throws IOException {
        flush();
        file.sync();
    }

    /** Gives up the file; what was not flushed is lost. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
