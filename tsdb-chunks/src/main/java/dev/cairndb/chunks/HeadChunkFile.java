package dev.cairndb.chunks;

import dev.cairndb.io.FileHeader;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.Varint;

/**
 * Layout of the files of closed chunks that are not in a block yet: a header, then records as {@code series reference,
 * min time, max time, encoding byte, uvarint data length, data, CRC-32C of all before it}, then perhaps zeros. See
 * {@code docs/format/chunks_head.md}.
 */
final class HeadChunkFile {
    static final int MAGIC = 0x0130BC91;
    static final int VERSION = 1;
    static final int HEADER_BYTES = 8;
    static final FileHeader HEADER = FileHeader.of(MAGIC, VERSION, VERSION, HEADER_BYTES);

    /** Of the encoding byte: the samples came late. */
    static final int OUT_OF_ORDER_BIT = 0x80;

    static final int MIN_TIME_OFFSET = Long.BYTES;
    static final int MAX_TIME_OFFSET = 2 * Long.BYTES;
    static final int ENCODING_OFFSET = 3 * Long.BYTES;
    static final int LENGTH_OFFSET = ENCODING_OFFSET + 1;
    static final int LENGTH_BYTES_MAX = 5;
    static final int CRC_BYTES = 4;

    /** Prometheus takes a shorter record at the end of a file for damage; no chunk with samples makes one. */
    static final int RECORD_BYTES_MIN = LENGTH_OFFSET + LENGTH_BYTES_MAX + CRC_BYTES;

    private HeadChunkFile() {}

    /** Whether not even the header reached the file. */
    static boolean isUnbegun(MappedFile file) {
        return file.size() < HEADER_BYTES || zerosEnd(file, 0) == file.size();
    }

    /** Where the zeros that begin at a position end. */
    static long zerosEnd(MappedFile file, long from) {
        long at = from;
        while (at <= file.size() - Long.BYTES && file.getLong(at) == 0) {
            at += Long.BYTES;
        }
        while (at < file.size() && file.get(at) == 0) {
            at++;
        }
        return at;
    }

    static int recordBytes(int dataLength) {
        return LENGTH_OFFSET + Varint.sizeOfUvarint(dataLength) + dataLength + CRC_BYTES;
    }

    /** Record reference: number of the file, from 1, and offset of the record. */
    static long reference(int fileNumber, long offset) {
        return (long) fileNumber << 32 | offset;
    }

    static int fileNumber(long reference) {
        return (int) (reference >>> 32);
    }

    static long offset(long reference) {
        return reference & 0xFFFFFFFFL;
    }
}
