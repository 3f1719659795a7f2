package dev.cairndb.chunks;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MappedFile;
import java.util.zip.CRC32C;

/**
 * Steps through the records of one file of {@code chunks_head}, from the first to the end or to damage. Parts of the
 * file are copied: a field of a mapping costs several times as much as one of an array, and there may be millions.
 */
final class HeadChunkScan {
    private static final int WINDOW_BYTES = 1 << 17;
    /** What any record has: its fields up to the number of samples. */
    private static final int FIELDS_BYTES =
            HeadChunkFile.LENGTH_OFFSET + HeadChunkFile.LENGTH_BYTES_MAX + XorChunk.HEADER_BYTES;

    private final HeadChunkSource source;
    private final MappedFile file;
    private final CRC32C crc = new CRC32C();
    private final byte[] window;
    private long windowStart;
    private int windowLength;

    private long position = HeadChunkFile.HEADER_BYTES;
    private long end = position;
    private long seriesReference;
    private long minTimestampMillis;
    private long maxTimestampMillis;
    private int encoding;
    private int sampleCount;

    HeadChunkScan(HeadChunkSource source, MappedFile file) {
        this.source = source;
        this.file = file;
        window = new byte[(int) Math.min(WINDOW_BYTES, file.size())];
    }

    /** Steps to the next record, which is whole; false at the end. */
    boolean next() throws CorruptionException {
        position = end;
        if (file.size() - position < HeadChunkFile.RECORD_BYTES_MIN) {
            checkZeros();
            return false;
        }
        int at = load(FIELDS_BYTES);
        seriesReference = BigEndian.getLong(window, at);
        minTimestampMillis = BigEndian.getLong(window, at + HeadChunkFile.MIN_TIME_OFFSET);
        maxTimestampMillis = BigEndian.getLong(window, at + HeadChunkFile.MAX_TIME_OFFSET);
        if ((seriesReference | minTimestampMillis | maxTimestampMillis) == 0) {
            checkZeros();
            return false;
        }
        encoding = window[at + HeadChunkFile.ENCODING_OFFSET] & 0xFF;
        int dataAt = dataAt(at);
        sampleCount = BigEndian.getUnsignedShort(window, dataAt);
        long checkedBytes = dataAt - at + dataLength(at, dataAt);
        checkLength(dataAt - at, checkedBytes);
        checkCrc(checkedBytes);
        end = position + checkedBytes + HeadChunkFile.CRC_BYTES;
        return true;
    }

    /** Prometheus makes files longer than what is in them, with zeros. */
    private void checkZeros() throws CorruptionException {
        long zerosEnd = HeadChunkFile.zerosEnd(file, position);
        if (zerosEnd < file.size()) {
            throw source.corrupt(position, "a record or zeros to the end", "neither, see offset " + zerosEnd);
        }
    }

    /** Where the data begins of the record that is there in the window. */
    private int dataAt(int at) throws CorruptionException {
        int lengthAt = at + HeadChunkFile.LENGTH_OFFSET;
        for (int i = lengthAt; i < lengthAt + HeadChunkFile.LENGTH_BYTES_MAX; i++) {
            if (window[i] >= 0) {
                return i + 1;
            }
        }
        throw source.corrupt(position, "a data length of at most 32 bits", "a longer one");
    }

    private long dataLength(int at, int dataAt) {
        long length = 0;
        for (int i = dataAt - 1; i >= at + HeadChunkFile.LENGTH_OFFSET; i--) {
            length = length << 7 | window[i] & 0x7F;
        }
        return length;
    }

    private void checkLength(int fieldsBytes, long checkedBytes) throws CorruptionException {
        long length = checkedBytes - fieldsBytes;
        if (length < XorChunk.HEADER_BYTES || checkedBytes + HeadChunkFile.CRC_BYTES > file.size() - position) {
            long left = file.size() - position - fieldsBytes;
            throw source.corrupt(position, "a data length of 2 to " + left, "" + length);
        }
        if (checkedBytes + HeadChunkFile.CRC_BYTES < HeadChunkFile.RECORD_BYTES_MIN) {
            // At the end of a file it would be none: whether it is read must not depend on what follows.
            throw source.corrupt(position, "a record of at least " + HeadChunkFile.RECORD_BYTES_MIN + " bytes", "less");
        }
    }

    private void checkCrc(long checkedBytes) throws CorruptionException {
        int expected;
        int found;
        if (checkedBytes + HeadChunkFile.CRC_BYTES > window.length) {
            expected = file.getInt(position + checkedBytes);
            found = file.crc32c(position, checkedBytes);
        } else {
            int at = load((int) checkedBytes + HeadChunkFile.CRC_BYTES);
            expected = BigEndian.getInt(window, at + (int) checkedBytes);
            crc.reset();
            crc.update(window, at, (int) checkedBytes);
            found = (int) crc.getValue();
        }
        if (expected != found) {
            throw source.corrupt(position, "checksum " + Integer.toHexString(expected), Integer.toHexString(found));
        }
    }

    /** Has so many bytes from the position on in the window, and returns where. */
    private int load(int length) {
        if (position + length > windowStart + windowLength) {
            windowStart = position;
            windowLength = (int) Math.min(window.length, file.size() - position);
            file.get(position, window, 0, windowLength);
        }
        return (int) (position - windowStart);
    }

    /** Where the present record begins, or what is not one: the end, or damage. */
    long position() {
        return position;
    }

    /** Of the present record, as what follows. */
    long seriesReference() {
        return seriesReference;
    }

    long headChunkReference() {
        return HeadChunkFile.reference(source.number(), position);
    }

    long minTimestampMillis() {
        return minTimestampMillis;
    }

    long maxTimestampMillis() {
        return maxTimestampMillis;
    }

    int encodingId() {
        return encoding & ~HeadChunkFile.OUT_OF_ORDER_BIT;
    }

    boolean isOutOfOrder() {
        return (encoding & HeadChunkFile.OUT_OF_ORDER_BIT) != 0;
    }

    /** As the data says; -1 if nobody here knows the encoding. */
    int sampleCount() {
        return ChunkEncoding.ofId(encodingId()) == null ? -1 : sampleCount;
    }
}
