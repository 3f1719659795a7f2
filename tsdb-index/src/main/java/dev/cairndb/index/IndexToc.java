package dev.cairndb.index;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;

/**
 * The last bytes of an index file: where its sections are. The two fields for label indices belong to sections that
 * nobody writes any more; they hold what Prometheus writes into them since.
 */
record IndexToc(
        long symbols, long series, long labelIndices, long labelIndicesTable, long postings, long postingsTable) {
    static IndexToc read(String file, MappedFile mapped, long offset) throws CorruptionException {
        byte[] bytes = new byte[IndexFormat.TOC_SIZE_BYTES];
        mapped.get(offset, bytes, 0, bytes.length);
        int checked = bytes.length - Integer.BYTES;
        int expected = BigEndian.getInt(bytes, checked);
        int found = Crc32c.of(bytes, 0, checked);
        if (expected != found) {
            throw IndexSections.checksum(file, offset + checked, expected, found);
        }
        IndexToc toc = new IndexToc(
                BigEndian.getLong(bytes, 0),
                BigEndian.getLong(bytes, 8),
                BigEndian.getLong(bytes, 16),
                BigEndian.getLong(bytes, 24),
                BigEndian.getLong(bytes, 32),
                BigEndian.getLong(bytes, 40));
        boolean ordered = IndexFormat.HEADER.sizeBytes() <= toc.symbols
                && toc.symbols < toc.series
                && toc.series <= toc.seriesEnd()
                && toc.seriesEnd() <= toc.postings
                && toc.postings <= toc.postingsTable
                && toc.postingsTable < offset;
        if (!ordered) {
            throw new CorruptionException(
                    file, offset, "sections in their order before byte " + offset, toc.toString());
        }
        return toc;
    }

    /** Older files have label indices between series and postings. */
    long seriesEnd() {
        return labelIndices > series && labelIndices < postings ? labelIndices : postings;
    }

    void write(ByteWriter target) {
        int start = target.size();
        target.putLong(symbols);
        target.putLong(series);
        target.putLong(labelIndices);
        target.putLong(labelIndicesTable);
        target.putLong(postings);
        target.putLong(postingsTable);
        target.putInt(Crc32c.of(target.array(), start, target.size() - start));
    }
}
