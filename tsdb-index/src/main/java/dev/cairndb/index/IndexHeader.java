package dev.cairndb.index;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.FileHeader;
import dev.cairndb.io.MappedFile;
import java.io.IOException;

/**
 * The part of a block's index that a reader needs at hand if the index itself lies far away: symbols and the table of
 * label pairs, as they are in the index. The format is Thanos' binary index-header (pkg/block/indexheader of Thanos
 * 0.42), docs/format/index-header.md the long form.
 *
 * <p>Stateless. Whoever opens an index by its header reads the rest of it, series and posting lists, through the mapped
 * file that is given for the index, and nothing else of it.
 */
public final class IndexHeader {
    static final int VERSION = 1;
    static final FileHeader HEADER = FileHeader.of(0xBAAAD792, VERSION, VERSION, 5);
    /** Where the version of the index stands. */
    static final int INDEX_VERSION_OFFSET = 5;
    /** Where the place of the table in the index stands, which is also the end of its posting lists. */
    static final int TABLE_PLACE_OFFSET = 6;

    static final int HEADER_BYTES = TABLE_PLACE_OFFSET + Long.BYTES;
    /** Place of the symbols, place of the table, both in the header itself, and a checksum. */
    static final int TOC_SIZE_BYTES = 2 * Long.BYTES + Integer.BYTES;

    private static final int COPY_BYTES = 1 << 20;

    private IndexHeader() {}

    /**
     * Writes the header of an index. Reads its first bytes and its table of contents, and copies symbols and table.
     *
     * @param name of the index, for error messages
     * @throws CorruptionException if it is no index, or one whose symbols do not lie in front of its series
     */
    public static void write(String name, MappedFile index, AppendFile out) throws IOException {
        int version = IndexFormat.HEADER.check(name, index);
        long tocOffset = index.size() - IndexFormat.TOC_SIZE_BYTES;
        if (tocOffset < IndexFormat.HEADER.sizeBytes()) {
            throw new CorruptionException(name, index.size(), "a table of contents", index.size() + " bytes");
        }
        IndexToc toc = IndexToc.read(name, index, tocOffset);
        ByteWriter bytes = new ByteWriter(HEADER_BYTES);
        HEADER.put(bytes, VERSION);
        bytes.putByte(version);
        bytes.putLong(toc.postingsTable());
        out.write(bytes.array(), 0, bytes.size());
        copy(index, toc.symbols(), toc.series(), out);
        long table = out.size();
        copy(index, toc.postingsTable(), index.size(), out);
        bytes.clear();
        bytes.putLong(HEADER_BYTES);
        bytes.putLong(table);
        bytes.putInt(Crc32c.of(bytes.array(), 0, bytes.size()));
        out.write(bytes.array(), 0, bytes.size());
    }

    private static void copy(MappedFile index, long from, long to, AppendFile out) throws IOException {
        byte[] buffer = new byte[(int) Math.min(COPY_BYTES, to - from)];
        for (long at = from; at < to; at += buffer.length) {
            int length = (int) Math.min(buffer.length, to - at);
            index.get(at, buffer, 0, length);
            out.write(buffer, 0, length);
        }
    }

    /**
     * Opens an index by its header. Both files belong to the reader from now on, also when this fails.
     *
     * @param headerName of the header, for error messages
     * @param name of the index
     * @param fetcher gets posting lists of the index before they are read
     * @throws CorruptionException if the header is not whole, or that of another index
     * @throws dev.cairndb.io.FormatVersionException if its version or that of the index is not known
     */
    public static IndexReader open(
            MappedFile header, String headerName, MappedFile index, String name, RangeFetcher fetcher)
            throws IOException {
        IndexBehindHeader joined = null;
        try {
            joined = join(header, headerName, index, name);
        } finally {
            if (joined == null) {
                header.close();
                index.close();
            }
        }
        return IndexReader.open(joined, name, fetcher);
    }

    private static IndexBehindHeader join(MappedFile header, String headerName, MappedFile index, String name)
            throws IOException {
        HEADER.check(headerName, header);
        long tocOffset = header.size() - TOC_SIZE_BYTES;
        if (tocOffset < HEADER_BYTES) {
            throw new CorruptionException(headerName, header.size(), "a table of contents", header.size() + " bytes");
        }
        byte[] toc = new byte[TOC_SIZE_BYTES];
        header.get(tocOffset, toc, 0, toc.length);
        int checked = toc.length - Integer.BYTES;
        int expected = BigEndian.getInt(toc, checked);
        int found = Crc32c.of(toc, 0, checked);
        if (expected != found) {
            throw IndexSections.checksum(headerName, tocOffset + checked, expected, found);
        }
        long symbols = BigEndian.getLong(toc, 0);
        long table = BigEndian.getLong(toc, Long.BYTES);
        long tablePlace = header.getLong(TABLE_PLACE_OFFSET);
        boolean ordered = symbols == HEADER_BYTES
                && symbols < table
                && table <= tocOffset - IndexFormat.TOC_SIZE_BYTES
                && tablePlace > 0;
        if (!ordered || tablePlace + (tocOffset - table) != index.size()) {
            throw new CorruptionException(
                    headerName,
                    tocOffset,
                    "the header of an index of " + index.size() + " bytes",
                    "symbols at " + symbols + ", a table at " + table + " which is at " + tablePlace + " there");
        }
        IndexBehindHeader joined = new IndexBehindHeader(header, index, tablePlace, table);
        IndexToc indexToc = IndexToc.read(name, joined, index.size() - IndexFormat.TOC_SIZE_BYTES);
        if (indexToc.postingsTable() != tablePlace || indexToc.series() - indexToc.symbols() != table - symbols) {
            throw new CorruptionException(headerName, tocOffset, "the sections of " + indexToc, "others");
        }
        joined.symbolsAt(indexToc.symbols(), indexToc.series(), symbols);
        return joined;
    }
}
