package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.MappedFile;
import java.util.zip.CRC32C;

/**
 * An index file some of whose parts are taken from its header, and the others from the file itself. Thread-safe as the
 * two are.
 */
final class IndexBehindHeader implements MappedFile {
    private final MappedFile header;
    private final MappedFile index;
    /** From here on the header has everything. */
    private final long tableFrom;

    private final long tableInHeader;
    private final byte[] fileHeader = new byte[IndexFormat.HEADER.sizeBytes()];
    private long symbolsFrom;
    private long symbolsTo;
    private long symbolsInHeader;

    IndexBehindHeader(MappedFile header, MappedFile index, long tableFrom, long tableInHeader) {
        this.header = header;
        this.index = index;
        this.tableFrom = tableFrom;
        this.tableInHeader = tableInHeader;
        int unused = IndexFormat.HEADER.put(fileHeader, 0, IndexFormat.VERSION_WRITTEN);
        fileHeader[fileHeader.length - 1] = header.get(IndexHeader.INDEX_VERSION_OFFSET);
    }

    /** To be called before it is shared. */
    void symbolsAt(long from, long to, long inHeader) {
        symbolsFrom = from;
        symbolsTo = to;
        symbolsInHeader = inHeader;
    }

    @Override
    public long size() {
        return index.size();
    }

    @Override
    public byte get(long position) {
        if (position >= tableFrom) {
            return header.get(position - tableFrom + tableInHeader);
        }
        if (position >= symbolsFrom && position < symbolsTo) {
            return header.get(position - symbolsFrom + symbolsInHeader);
        }
        return position >= 0 && position < fileHeader.length ? fileHeader[(int) position] : index.get(position);
    }

    @Override
    public int getInt(long position) {
        byte[] bytes = new byte[Integer.BYTES];
        get(position, bytes, 0, bytes.length);
        return BigEndian.getInt(bytes, 0);
    }

    @Override
    public long getLong(long position) {
        byte[] bytes = new byte[Long.BYTES];
        get(position, bytes, 0, bytes.length);
        return BigEndian.getLong(bytes, 0);
    }

    @Override
    public void get(long position, byte[] target, int offset, int length) {
        long at = position;
        int to = offset;
        int left = length;
        while (left > 0) {
            int part = (int) Math.min(left, partEnd(at) - at);
            if (part <= 0) {
                throw new IndexOutOfBoundsException("bytes " + position + " to " + (position + length));
            }
            getPart(at, target, to, part);
            at += part;
            to += part;
            left -= part;
        }
    }

    /** Where the part ends in which a position lies. */
    private long partEnd(long position) {
        if (position >= tableFrom) {
            return size();
        }
        if (position >= symbolsFrom && position < symbolsTo) {
            return symbolsTo;
        }
        if (position < fileHeader.length) {
            return fileHeader.length;
        }
        return position < symbolsFrom ? Math.min(symbolsFrom, tableFrom) : tableFrom;
    }

    private void getPart(long position, byte[] target, int offset, int length) {
        if (position >= tableFrom) {
            header.get(position - tableFrom + tableInHeader, target, offset, length);
        } else if (position >= symbolsFrom && position < symbolsTo) {
            header.get(position - symbolsFrom + symbolsInHeader, target, offset, length);
        } else if (position < fileHeader.length) {
            System.arraycopy(fileHeader, (int) position, target, offset, length);
        } else {
            index.get(position, target, offset, length);
        }
    }

    @Override
    public void getInts(long position, int[] target, int offset, int count) {
        long length = (long) count * Integer.BYTES;
        if (position >= Math.max(symbolsTo, fileHeader.length) && position + length <= tableFrom) {
            index.getInts(position, target, offset, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            target[offset + i] = getInt(position + (long) i * Integer.BYTES);
        }
    }

    @Override
    public int crc32c(long position, long length) {
        if (length <= 0 || partEnd(position) - position < length) {
            return crcOfParts(position, length);
        }
        if (position >= tableFrom) {
            return header.crc32c(position - tableFrom + tableInHeader, length);
        }
        if (position >= symbolsFrom && position < symbolsTo) {
            return header.crc32c(position - symbolsFrom + symbolsInHeader, length);
        }
        return position < fileHeader.length ? crcOfParts(position, length) : index.crc32c(position, length);
    }

    private int crcOfParts(long position, long length) {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[(int) Math.min(1 << 16, Math.max(1, length))];
        for (long at = 0; at < length; at += buffer.length) {
            int part = (int) Math.min(buffer.length, length - at);
            get(position + at, buffer, 0, part);
            crc.update(buffer, 0, part);
        }
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        try (header;
                index) {
            // Both, whatever becomes of the other.
        }
    }
}
