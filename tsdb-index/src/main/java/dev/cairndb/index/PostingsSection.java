package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import java.nio.ByteBuffer;

/** Reads posting lists of an index file: {@code length u32, count u32, count references u32, crc32c u32}. Not thread-safe. */
final class PostingsSection {
    /** A list that fits is checked and read from here; of a longer one, so much at a time. */
    private static final int BUFFER_SIZE_BYTES_MAX = 1 << 16;

    private final String file;
    private final MappedFile mapped;
    private final long fileEnd;
    private byte[] buffer = new byte[512];

    /** @param fileEnd what lies behind is no list */
    PostingsSection(String file, MappedFile mapped, long fileEnd) {
        this.file = file;
        this.mapped = mapped;
        this.fileEnd = fileEnd;
    }

    PostingList read(long offset) throws CorruptionException {
        long length = IndexSections.length(file, mapped, offset, fileEnd);
        long content = offset + Integer.BYTES;
        boolean fits = length <= BUFFER_SIZE_BYTES_MAX;
        if (fits) {
            fill(content, (int) length);
            int expected = mapped.getInt(content + length);
            int found = Crc32c.of(buffer, 0, (int) length);
            if (expected != found) {
                throw IndexSections.checksum(file, content + length, expected, found);
            }
        } else {
            IndexSections.checkChecksum(file, mapped, content, length);
        }
        long count = (fits ? BigEndian.getInt(buffer, 0) : mapped.getInt(content)) & 0xFFFFFFFFL;
        if (length - Integer.BYTES != count * Integer.BYTES || count > Integer.MAX_VALUE - 16) {
            throw new CorruptionException(
                    file, content, count + " series references", length - Integer.BYTES + " bytes");
        }
        int[] refs = new int[(int) count];
        if (fits) {
            decode(Integer.BYTES, refs, 0, refs.length);
        } else {
            readLong(content + Integer.BYTES, refs);
        }
        if (!SortedIds.ascends(refs, refs.length)) {
            throw new CorruptionException(file, content, "series references in ascending order", "another order");
        }
        return PostingList.ofAscending(refs);
    }

    private void readLong(long position, int[] refs) {
        int done = 0;
        while (done < refs.length) {
            int part = Math.min(refs.length - done, BUFFER_SIZE_BYTES_MAX / Integer.BYTES);
            fill(position + (long) done * Integer.BYTES, part * Integer.BYTES);
            decode(0, refs, done, part);
            done += part;
        }
    }

    private void fill(long position, int size) {
        if (size > buffer.length) {
            buffer = new byte[Math.min(BUFFER_SIZE_BYTES_MAX, Math.max(size, 2 * buffer.length))];
        }
        mapped.get(position, buffer, 0, size);
    }

    private void decode(int at, int[] refs, int from, int count) {
        ByteBuffer.wrap(buffer, at, count * Integer.BYTES).asIntBuffer().get(refs, from, count);
    }
}
