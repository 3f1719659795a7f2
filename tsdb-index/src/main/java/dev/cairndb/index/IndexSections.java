package dev.cairndb.index;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MappedFile;

/** Sections of an index file that stand between a length and a checksum: {@code length u32, content, crc32c u32}. */
final class IndexSections {
    private IndexSections() {}

    /** A cursor on the content, after its length and checksum were found right. */
    static MappedCursor open(String file, MappedFile mapped, long offset, long fileEnd, int bufferSizeBytes)
            throws CorruptionException {
        long length = length(file, mapped, offset, fileEnd);
        long content = offset + Integer.BYTES;
        checkChecksum(file, mapped, content, length);
        return new MappedCursor(file, mapped, (int) Math.min(bufferSizeBytes, length)).range(content, content + length);
    }

    /** The length of the content, which is at least an int and ends in front of the checksum. */
    static long length(String file, MappedFile mapped, long offset, long fileEnd) throws CorruptionException {
        long contentMax = fileEnd - offset - 2L * Integer.BYTES;
        if (offset < IndexFormat.HEADER.sizeBytes() || contentMax < Integer.BYTES) {
            throw new CorruptionException(
                    file, fileEnd, "a section in front of byte " + fileEnd, "an offset of " + offset);
        }
        return length(file, mapped.getInt(offset), offset, fileEnd);
    }

    /** The same of a section whose length was read from an offset that lies in the file. */
    static long length(String file, int stored, long offset, long fileEnd) throws CorruptionException {
        long contentMax = fileEnd - offset - 2L * Integer.BYTES;
        long length = stored & 0xFFFFFFFFL;
        if (length < Integer.BYTES || length > contentMax) {
            throw new CorruptionException(
                    file, offset, "a section of " + Integer.BYTES + ".." + contentMax + " bytes", length + " bytes");
        }
        return length;
    }

    static void checkChecksum(String file, MappedFile mapped, long content, long length) throws CorruptionException {
        int expected = mapped.getInt(content + length);
        int found = mapped.crc32c(content, length);
        if (expected != found) {
            throw checksum(file, content + length, expected, found);
        }
    }

    static CorruptionException checksum(String file, long offset, int expected, int found) {
        return new CorruptionException(
                file, offset, String.format("checksum %08x", expected), String.format("%08x", found));
    }
}
