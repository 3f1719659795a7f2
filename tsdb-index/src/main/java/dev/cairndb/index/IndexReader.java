package dev.cairndb.index;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Crc32c;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The index file of a block: which series it has, by which labels they are found, and where their chunks are.
 *
 * <p>Opening it checks and reads through the symbols and the table of label pairs; of both, every 32nd place is kept in
 * memory. Checksums of series and of posting lists are checked each time they are read; that of a long list in which
 * few series are looked up, the first time. Ids in posting lists are the
 * series references of the file (its offset divided by 16, unsigned).
 *
 * <p>Thread-safe until closed. Closing unmaps the file: whoever shares a reader closes it after the last use.
 */
public final class IndexReader implements LabelIndex, Closeable {
    /** A series reference, unsigned, times this is the offset of its entry in the file. */
    public static final int SERIES_REF_BYTES = IndexFormat.SERIES_ALIGNMENT_BYTES;

    private static final byte[] NO_BYTES = {};
    /** What is kept of {@link #seriesWith} takes at most this part of the file's size. */
    private static final int SERIES_BY_NAME_SHARE = 64;

    private static final int SERIES_LENGTH_BYTES_MAX = 10;
    /** More series than this take longer to read than the lists of values; about a tenth of a second. */
    private static final int NAMES_BY_SERIES_MAX = 100_000;

    private final String file;
    private final MappedFile mapped;
    private final IndexToc toc;
    private final SymbolSection symbols;
    private final PostingsTable table;
    private final long tocOffset;
    /** Of names that were asked for: the file has no such lists, and to join those of all values takes long. */
    private final Map<ByteBuffer, PostingList> seriesByName = new ConcurrentHashMap<>();

    private final AtomicLong seriesByNameBytes = new AtomicLong();
    private final CheckedLists checkedLists = new CheckedLists();
    /** Null if the lists are at hand. */
    private final @Nullable RangeFetcher fetcher;

    private IndexReader(
            String file,
            MappedFile mapped,
            IndexToc toc,
            SymbolSection symbols,
            PostingsTable table,
            long tocOffset,
            @Nullable RangeFetcher fetcher) {
        this.file = file;
        this.mapped = mapped;
        this.toc = toc;
        this.symbols = symbols;
        this.table = table;
        this.tocOffset = tocOffset;
        this.fetcher = fetcher;
    }

    /**
     * Opens an index file.
     *
     * @throws CorruptionException if it is not a whole index file
     * @throws dev.cairndb.io.FormatVersionException if its version is not 2 or 3
     */
    public static IndexReader open(Storage storage, Path file) throws IOException {
        return open(storage.map(file), file.toString());
    }

    /**
     * Opens a mapped index file, which belongs to the reader from now on, also when this fails.
     *
     * @param file name for error messages
     */
    public static IndexReader open(MappedFile mapped, String file) throws IOException {
        return open(mapped, file, null);
    }

    /** @param fetcher gets posting lists before they are read, if they are not at hand */
    static IndexReader open(MappedFile mapped, String file, @Nullable RangeFetcher fetcher) throws IOException {
        boolean done = false;
        try {
            IndexFormat.HEADER.check(file, mapped);
            long tocOffset = mapped.size() - IndexFormat.TOC_SIZE_BYTES;
            if (tocOffset < IndexFormat.HEADER.sizeBytes()) {
                throw new CorruptionException(file, mapped.size(), "a table of contents", mapped.size() + " bytes");
            }
            IndexToc toc = IndexToc.read(file, mapped, tocOffset);
            SymbolSection symbols = SymbolSection.read(file, mapped, toc.symbols(), tocOffset);
            PostingsTable table = PostingsTable.read(file, mapped, toc.postingsTable(), tocOffset);
            IndexReader reader = new IndexReader(file, mapped, toc, symbols, table, tocOffset, fetcher);
            done = true;
            return reader;
        } finally {
            if (!done) {
                mapped.close();
            }
        }
    }

    /** Bytes of the file. */
    public long sizeBytes() {
        return mapped.size();
    }

    /** Number of strings that names and values are made of; some may be unused. */
    public int symbolCount() {
        return symbols.count();
    }

    /** A walk over the strings in byte order, for merging several indexes. */
    public SymbolCursor symbols() {
        return new SymbolCursor(symbols);
    }

    /** Appends the string of a number to {@code target}. */
    public void symbol(int number, ByteWriter target) throws CorruptionException {
        SymbolSection.Cursor cursor = symbols.cursor();
        cursor.seek(number);
        target.putBytes(cursor.array(), cursor.offset(), cursor.length());
    }

    /**
     * Reads a series.
     *
     * @param ref an id from a posting list of this index
     */
    public void series(int ref, SeriesEntry entry) throws CorruptionException {
        long offset = Integer.toUnsignedLong(ref) * IndexFormat.SERIES_ALIGNMENT_BYTES;
        if (offset < toc.series() || offset >= toc.seriesEnd()) {
            throw new CorruptionException(
                    file,
                    offset,
                    "a series in bytes " + toc.series() + ".." + toc.seriesEnd(),
                    "reference " + Integer.toUnsignedString(ref));
        }
        long unused = seriesAt(offset, entry);
    }

    /** Reads the series that begins at an offset in the section of series; returns the offset behind it. */
    long seriesAt(long offset, SeriesEntry entry) throws CorruptionException {
        long at = offset;
        long size = 0;
        for (int shift = 0; ; shift += 7) {
            if (at >= toc.seriesEnd() || shift >= 7 * SERIES_LENGTH_BYTES_MAX) {
                throw new CorruptionException(file, offset, "the length of a series", "no whole varint");
            }
            byte b = mapped.get(at++);
            size |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                break;
            }
        }
        long max = Math.min(toc.seriesEnd() - at - Integer.BYTES, Integer.MAX_VALUE - 16);
        if (size < 0 || size > max) {
            throw new CorruptionException(
                    file, offset, "a series of at most " + max + " bytes", Long.toUnsignedString(size) + " bytes");
        }
        byte[] content = entry.content((int) size);
        mapped.get(at, content, 0, (int) size);
        int expected = mapped.getInt(at + size);
        int found = Crc32c.of(content, 0, (int) size);
        if (expected != found) {
            throw IndexSections.checksum(file, at + size, expected, found);
        }
        entry.read(file, symbols, (int) size, at);
        return at + size + Integer.BYTES;
    }

    String file() {
        return file;
    }

    @Override
    public PostingList all() throws IOException {
        return postings(NO_BYTES, NO_BYTES);
    }

    @Override
    public PostingList postings(byte[] name, byte[] value) throws IOException {
        if (fetcher == null) {
            long offset = table.find(name, value);
            return offset == PostingsTable.ABSENT
                    ? PostingList.empty()
                    : postingsSection().read(offset);
        }
        long[] range = table.range(name, value, toc.postingsTable());
        if (range == null) {
            return PostingList.empty();
        }
        int unused = fetcher.fetch(new long[] {range[0]}, new long[] {range[1]}, 1);
        return postingsSection().read(range[0]);
    }

    @Override
    public void willLookUp(List<Matcher> matchers) throws IOException {
        if (fetcher == null) {
            return;
        }
        TreeMap<Long, Long> ranges = new TreeMap<>();
        for (Matcher matcher : matchers) {
            byte[][] literals = matcher.literals();
            for (byte[] literal : literals == null ? new byte[0][] : literals) {
                long[] range =
                        literal.length == 0 ? null : table.range(matcher.nameBytes(), literal, toc.postingsTable());
                // What was checked once is no longer read as a whole.
                if (range != null && !checkedLists.hasChecksum(range[0])) {
                    ranges.put(range[0], range[1]);
                }
            }
        }
        if (!ranges.isEmpty()) {
            int unused = fetcher.fetch(longs(ranges.keySet()), longs(ranges.values()), ranges.size());
        }
    }

    private static long[] longs(Collection<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public boolean has(byte[] name, byte[] value) throws IOException {
        return table.find(name, value) != PostingsTable.ABSENT;
    }

    @Override
    public int countMax(byte[] name, byte[] value) throws IOException {
        if (fetcher == null) {
            long offset = table.find(name, value);
            return offset == PostingsTable.ABSENT ? 0 : postingsSection().count(offset);
        }
        // Told without a look at the list.
        long[] range = table.range(name, value, toc.postingsTable());
        return range == null
                ? 0
                : (int) Math.max(1, Math.min(Integer.MAX_VALUE, (range[1] - range[0]) / Integer.BYTES));
    }

    @Override
    public PostingList filter(PostingList series, byte[] name, byte[] value, boolean carrying) throws IOException {
        long offset = table.find(name, value);
        if (offset == PostingsTable.ABSENT) {
            return carrying ? PostingList.empty() : series;
        }
        return postingsSection().filter(series, offset, carrying);
    }

    @Override
    public PostingList seriesWith(byte[] name) throws IOException {
        ByteBuffer key = ByteBuffer.wrap(name.clone());
        PostingList known = seriesByName.get(key);
        if (known != null) {
            return known;
        }
        PostingsUnion union = new PostingsUnion();
        forEachValue(name, (bytes, offset, length, postings) -> {
            if (length > 0) {
                union.add(postings.load());
            }
            return true;
        });
        PostingList found = union.finish().compact();
        long size = found.sizeBytes();
        if (seriesByNameBytes.addAndGet(size) <= mapped.size() / SERIES_BY_NAME_SHARE) {
            seriesByName.put(key, found);
        } else {
            seriesByNameBytes.addAndGet(-size);
        }
        return found;
    }

    @Override
    public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
        forEachValue(name, NO_BYTES, (bytes, offset, length) -> true, visitor);
    }

    @Override
    public void forEachValue(byte[] name, byte[] prefix, ValueFilter filter, ValueVisitor visitor) throws IOException {
        PostingsTable.Cursor cursor = name.length == 0 ? null : table.values(name, prefix);
        if (cursor == null) {
            return;
        }
        PostingsSection section = postingsSection();
        if (fetcher != null) {
            long listsEnd = table.endOfLists(name, toc.postingsTable());
            new FarValues(cursor, listsEnd, section, fetcher).visit(prefix, filter, visitor);
            return;
        }
        PostingSource source = new ValueSeries(cursor, section);
        while (cursor.next()) {
            byte[] bytes = cursor.array();
            int at = cursor.valueAt();
            int length = cursor.valueLength();
            if (!Glob.startsWith(bytes, at, at + length, prefix)
                    || filter.accepts(bytes, at, length) && !visitor.value(bytes, at, length, source)) {
                return;
            }
        }
    }

    /** The series of the value that a cursor is on. */
    private record ValueSeries(PostingsTable.Cursor cursor, PostingsSection section) implements PostingSource {
        @Override
        public PostingList load() throws CorruptionException {
            return section.read(cursor.offset());
        }

        @Override
        public boolean hasAnyOf(PostingList series) throws CorruptionException {
            IdBits bits = series.bits();
            return bits == null ? load().hasAnyOf(series) : section.hasAnyOf(bits, cursor.offset());
        }

        @Override
        public PostingList loadAmong(PostingList series) throws CorruptionException {
            return section.readAmong(series, cursor.offset());
        }
    }

    @Override
    public void forEachName(NameVisitor visitor) throws IOException {
        table.forEachName(visitor);
    }

    @Override
    public boolean valuesAreSorted(byte[] name) {
        return true;
    }

    @Override
    public boolean forEachNameOf(PostingList series, NameVisitor visitor) throws IOException {
        if (series.cardinality() > NAMES_BY_SERIES_MAX) {
            return false;
        }
        SeriesEntry entry = new SeriesEntry();
        IntCounts seen = new IntCounts();
        PostingCursor cursor = series.cursor();
        while (cursor.next()) {
            series(cursor.id(), entry);
            for (int i = 0; i < entry.labelCount(); i++) {
                seen.add(entry.symbols()[2 * i]);
            }
        }
        SymbolSection.Cursor names = symbols.cursor();
        for (int name : seen.sortedKeys()) {
            names.seek(name);
            if (!visitor.name(names.array(), names.offset(), names.length())) {
                break;
            }
        }
        return true;
    }

    @Override
    public void close() {
        mapped.close();
    }

    IndexToc toc() {
        return toc;
    }

    private PostingsSection postingsSection() {
        return new PostingsSection(file, mapped, tocOffset, checkedLists, fetcher == null);
    }

    /** A walk over the strings of an index in byte order. Not thread-safe; its bytes are valid until the next step. */
    public static final class SymbolCursor {
        private final SymbolSection.Cursor cursor;
        private final int count;
        private int number = -1;

        private SymbolCursor(SymbolSection section) {
            cursor = section.cursor();
            count = section.count();
        }

        public boolean next() throws CorruptionException {
            if (number + 1 >= count) {
                return false;
            }
            cursor.seek(++number);
            return true;
        }

        /** The number of the string; series refer to it. */
        public int number() {
            return number;
        }

        public byte[] array() {
            return cursor.array();
        }

        public int offset() {
            return cursor.offset();
        }

        public int length() {
            return cursor.length();
        }
    }
}
