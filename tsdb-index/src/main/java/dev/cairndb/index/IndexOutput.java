package dev.cairndb.index;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.Varint;
import java.io.IOException;
import java.util.zip.CRC32C;

/** Writes a file from front to back through a buffer and keeps a running checksum. Not thread-safe. */
final class IndexOutput {
    private static final int BUFFER_SIZE_BYTES = 1 << 16;

    private final AppendFile file;
    private final byte[] buffer = new byte[BUFFER_SIZE_BYTES];
    private final CRC32C crc = new CRC32C();
    private int size;
    /** From where in the buffer bytes are not yet in the checksum; -1 while none is kept. */
    private int unsummed = -1;

    IndexOutput(AppendFile file) {
        this.file = file;
    }

    long position() {
        return file.size() + size;
    }

    void startChecksum() {
        crc.reset();
        unsummed = size;
    }

    /** Writes the checksum of all bytes since {@link #startChecksum}. */
    void putChecksum() throws IOException {
        sum();
        unsummed = -1;
        putInt((int) crc.getValue());
    }

    void putByte(int value) throws IOException {
        ensure(1);
        buffer[size++] = (byte) value;
    }

    void putInt(int value) throws IOException {
        ensure(Integer.BYTES);
        BigEndian.putInt(buffer, size, value);
        size += Integer.BYTES;
    }

    void putUvarint(long value) throws IOException {
        ensure(Varint.MAX_BYTES);
        size = Varint.putUvarint(buffer, size, value);
    }

    void putVarint(long value) throws IOException {
        ensure(Varint.MAX_BYTES);
        size = Varint.putVarint(buffer, size, value);
    }

    void putBytes(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            ensure(1);
            int part = Math.min(length - done, buffer.length - size);
            System.arraycopy(bytes, offset + done, buffer, size, part);
            size += part;
            done += part;
        }
    }

    void putString(byte[] bytes, int offset, int length) throws IOException {
        putUvarint(length);
        putBytes(bytes, offset, length);
    }

    /** Writes zeros up to a multiple of {@code alignment}. */
    void pad(int alignment) throws IOException {
        while (position() % alignment != 0) {
            putByte(0);
        }
    }

    /** Hands all bytes to the file. */
    void flush() throws IOException {
        if (size > 0) {
            sum();
            file.write(buffer, 0, size);
            size = 0;
            unsummed = unsummed < 0 ? -1 : 0;
        }
    }

    private void ensure(int count) throws IOException {
        if (buffer.length - size < count) {
            flush();
        }
    }

    private void sum() {
        if (unsummed >= 0) {
            crc.update(buffer, unsummed, size - unsummed);
            unsummed = size;
        }
    }
}
