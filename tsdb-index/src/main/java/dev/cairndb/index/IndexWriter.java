package dev.cairndb.index;

import dev.cairndb.io.AppendFile;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.BufferedAppends;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.MappedFile;
import dev.cairndb.io.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes the index file of a block, byte for byte what Prometheus writes for the same series. First all symbols in
 * byte order, then all series in label order, then {@link #finish}.
 *
 * <p>Memory does not grow with series or chunks beyond a bound. What the posting lists need is read back from the series just written,
 * in passes of at most the given memory; beside that there are a few bytes for each distinct label pair and every 32nd
 * symbol's place.
 *
 * <p>Not thread-safe. Arrays that are passed in are read during the call only. After an exception only {@link #close}
 * makes sense; the file is then incomplete and belongs to the caller to delete.
 */
public final class IndexWriter implements Closeable {
    /** Memory for sorting posting lists unless another is asked for. */
    public static final int POSTINGS_MEMORY_BYTES_DEFAULT = 128 << 20;

    private static final int BUFFER_SIZE_BYTES = 1 << 16;
    private static final int[] NO_SYMBOLS = {};

    private final Storage storage;
    private final Path path;
    private final String name;
    private final AppendFile file;
    private final BufferedAppends output;
    private final int pairsMax;

    private byte[] lastSymbol = new byte[64];
    private int lastSymbolLength;
    private int symbolCount;
    private long symbolsEnd;
    private boolean firstSymbolIsEmpty;
    private int[] symbolSamples = new int[64];
    private @Nullable SymbolSection symbols;
    private @Nullable MappedFile symbolsMapping;
    private @Nullable SymbolNumbers symbolNumbers;

    private final ByteWriter content = new ByteWriter(1024);
    private long[] numbers = new long[128];
    private final IntCounts seriesByName = new IntCounts();
    private int[] lastLabels = NO_SYMBOLS;
    private int lastLabelCount = -1;
    private long seriesStart;
    private long seriesCount;
    private boolean finished;

    private IndexWriter(Storage storage, Path path, AppendFile file, int pairsMax) {
        this.storage = storage;
        this.path = path;
        this.name = path.toString();
        this.file = file;
        this.output = new BufferedAppends(file, new byte[BUFFER_SIZE_BYTES]);
        this.pairsMax = pairsMax;
    }

    /** Creates the file, which must not exist. */
    public static IndexWriter create(Storage storage, Path file) throws IOException {
        return create(storage, file, POSTINGS_MEMORY_BYTES_DEFAULT);
    }

    /** @param postingsMemoryBytesMax for sorting posting lists, used in {@link #finish} only */
    public static IndexWriter create(Storage storage, Path file, int postingsMemoryBytesMax) throws IOException {
        int pairsMax = Math.max(16, postingsMemoryBytesMax / LabelPairs.BYTES_PER_PAIR);
        IndexWriter writer = new IndexWriter(storage, file, storage.create(file), pairsMax);
        boolean done = false;
        try {
            writer.start();
            done = true;
        } finally {
            if (!done) {
                writer.close();
            }
        }
        return writer;
    }

    private void start() throws IOException {
        byte[] header = new byte[IndexFormat.HEADER.sizeBytes()];
        IndexFormat.HEADER.put(header, 0, IndexFormat.VERSION_WRITTEN);
        output.putBytes(header, 0, header.length);
        output.putInt(0); // length and count of the symbols, known at their end
        output.putInt(0);
    }

    /**
     * Adds a string that names or values use; it may stay unused.
     *
     * @throws IllegalArgumentException if it is not greater than the one before
     */
    public void addSymbol(byte[] bytes, int offset, int length) throws IOException {
        if (symbols != null) {
            throw new IllegalStateException("cannot add a symbol: found=series already, file=" + name);
        }
        int order = symbolCount == 0
                ? -1
                : Arrays.compareUnsigned(lastSymbol, 0, lastSymbolLength, bytes, offset, offset + length);
        if (order >= 0) {
            throw new IllegalArgumentException("cannot add a symbol: expected=one greater than \""
                    + Utf8.decode(lastSymbol, 0, lastSymbolLength) + "\", found=\"" + Utf8.decode(bytes, offset, length)
                    + "\", file=" + name);
        }
        long at = output.position() - symbolsStart();
        if (at + length > IndexFormat.SECTION_SIZE_BYTES_MAX - 16 || symbolCount == Integer.MAX_VALUE - 16) {
            throw new IndexLimitException(
                    "bytes of symbols in " + name, at + length, IndexFormat.SECTION_SIZE_BYTES_MAX - 16);
        }
        if (symbolCount % IndexFormat.SAMPLE_EVERY == 0) {
            int sample = symbolCount / IndexFormat.SAMPLE_EVERY;
            if (sample == symbolSamples.length) {
                symbolSamples = Arrays.copyOf(symbolSamples, sample * 2);
            }
            symbolSamples[sample] = (int) at;
        }
        firstSymbolIsEmpty |= symbolCount == 0 && length == 0;
        symbolCount++;
        output.putString(bytes, offset, length);
        if (length > lastSymbol.length) {
            lastSymbol = new byte[Math.max(length, Math.min(lastSymbol.length, 1 << 29) * 2)];
        }
        System.arraycopy(bytes, offset, lastSymbol, 0, length);
        lastSymbolLength = length;
    }

    /** Adds all strings of a collector. */
    public void addSymbols(SymbolsCollector collector) throws IOException {
        collector.writeTo(this);
    }

    /**
     * Adds a series, its labels given as packed labels (see {@link PackedLabels}) whose strings were added before.
     *
     * @return its reference in the index, an unsigned number
     * @throws IllegalArgumentException if it does not come after the one before, or a string is unknown
     */
    public int addSeries(byte[] packed, int offset, int length, ChunkMetas chunks) throws IOException {
        SymbolNumbers numbers = symbolNumbers;
        if (numbers == null) {
            numbers = new SymbolNumbers(symbols());
            symbolNumbers = numbers;
        }
        int labelCount = numbers.resolve(packed, offset, length);
        return addSeries(numbers.numbers(), labelCount, chunks);
    }

    /**
     * Adds a series.
     *
     * @param labels for each label the numbers (from 0, in the order added) of the symbols of name and value
     * @return its reference in the index, an unsigned number
     * @throws IllegalArgumentException if it does not come after the one before, labels are out of order, a number is
     *     unknown or chunks are out of order
     */
    public int addSeries(int[] labels, int labelCount, ChunkMetas chunks) throws IOException {
        symbols();
        checkLabels(labels, labelCount);
        output.pad(IndexFormat.SERIES_ALIGNMENT_BYTES);
        long at = output.position();
        if (at >= IndexFormat.FILE_SIZE_BYTES_MAX) {
            throw new IndexLimitException(
                    "bytes in front of a series of " + name, at, IndexFormat.FILE_SIZE_BYTES_MAX - 1);
        }
        if (seriesCount == 0) {
            seriesStart = at;
        }
        encode(labels, labelCount, chunks);
        output.putUvarint(content.size());
        output.startCrc();
        output.putBytes(content.array(), 0, content.size());
        output.putCrc();
        keepLast(labels, labelCount);
        seriesCount++;
        for (int i = 0; i < labelCount; i++) {
            seriesByName.add(labels[2 * i]);
        }
        return (int) (at / IndexFormat.SERIES_ALIGNMENT_BYTES);
    }

    /** Number of series added. */
    public long seriesCount() {
        return seriesCount;
    }

    /** Bytes of the file so far. */
    public long sizeBytes() {
        return output.position();
    }

    /** Writes the rest and returns when the file's content is on stable storage (its name is the caller's to sync). */
    public void finish() throws IOException {
        if (finished) {
            throw new IllegalStateException("cannot finish an index twice: file=" + name);
        }
        SymbolSection strings = symbols();
        long seriesSection = symbolsEnd;
        long seriesEnd = output.position();
        output.flush();
        IndexPostings postings = new IndexPostings(name, output, strings, seriesByName, pairsMax);
        try (MappedFile mapped = storage.map(path)) {
            postings.writeLists(mapped, seriesCount == 0 ? seriesEnd : seriesStart, seriesEnd, seriesCount);
        }
        long table = output.position();
        long tableSize = postings.writeTable();
        ByteWriter toc = new ByteWriter(IndexFormat.TOC_SIZE_BYTES);
        new IndexToc(symbolsStart() - 2 * Integer.BYTES, seriesSection, seriesEnd, table, seriesEnd, table).write(toc);
        output.putBytes(toc.array(), 0, toc.size());
        output.flush();
        putIntAt(table, (int) tableSize);
        file.sync();
        finished = true;
    }

    @Override
    public void close() throws IOException {
        MappedFile mapping = symbolsMapping;
        symbolsMapping = null;
        try {
            if (mapping != null) {
                mapping.close();
            }
        } finally {
            file.close();
        }
    }

    private static long symbolsStart() {
        return IndexFormat.HEADER.sizeBytes() + 2L * Integer.BYTES;
    }

    /** Ends the symbols, if that was not done. */
    private SymbolSection symbols() throws IOException {
        SymbolSection section = symbols;
        if (section != null) {
            return section;
        }
        long end = output.position();
        long length = end - symbolsStart() + Integer.BYTES;
        output.flush();
        putIntAt(symbolsStart() - 2 * Integer.BYTES, (int) length);
        putIntAt(symbolsStart() - Integer.BYTES, symbolCount);
        MappedFile mapping = storage.map(path);
        symbolsMapping = mapping;
        output.putInt(mapping.crc32c(symbolsStart() - Integer.BYTES, length));
        output.flush();
        symbolsEnd = output.position();
        section = new SymbolSection(name, mapping, symbolsStart(), end, symbolCount, symbolSamples);
        symbols = section;
        lastSymbol = new byte[0];
        return section;
    }

    private void putIntAt(long position, int value) throws IOException {
        byte[] bytes = new byte[Integer.BYTES];
        BigEndian.putInt(bytes, 0, value);
        file.writeAt(position, bytes, 0, bytes.length);
    }

    private void checkLabels(int[] labels, int labelCount) {
        int lastName = -1;
        for (int i = 0; i < labelCount; i++) {
            int labelName = labels[2 * i];
            int value = labels[2 * i + 1];
            boolean known = labelName >= 0 && labelName < symbolCount && value >= 0 && value < symbolCount;
            boolean empty = firstSymbolIsEmpty && (labelName == 0 || value == 0);
            if (!known || empty || labelName <= lastName) {
                throw new IllegalArgumentException(
                        "cannot add a series: expected=names ascending, numbers of non-empty symbols below "
                                + symbolCount + ", found=" + labelName + "=" + value + " after name " + lastName
                                + ", file=" + name);
            }
            lastName = labelName;
        }
        if (labelCount == 0) {
            throw new IllegalArgumentException("cannot add a series: found=no label, file=" + name);
        }
        // Symbols are in byte order, so numbers compare as the strings do.
        int different = Arrays.mismatch(labels, 0, 2 * labelCount, lastLabels, 0, 2 * Math.max(0, lastLabelCount));
        boolean after = lastLabelCount < 0
                || different >= 0
                        && (different == 2 * lastLabelCount
                                || different < 2 * labelCount && labels[different] > lastLabels[different]);
        if (!after) {
            throw new IllegalArgumentException(
                    "cannot add a series: expected=one after the last in label order, found=another, file=" + name);
        }
    }

    private void keepLast(int[] labels, int labelCount) {
        if (lastLabels.length < 2 * labelCount) {
            lastLabels = new int[Math.max(2 * labelCount, 32)];
        }
        System.arraycopy(labels, 0, lastLabels, 0, 2 * labelCount);
        lastLabelCount = labelCount;
    }

    /** All numbers of an entry are unsigned varints once the signed ones are zigzag-coded: one loop writes them. */
    private void encode(int[] labels, int labelCount, ChunkMetas chunks) {
        int count = chunks.count();
        int size = 0;
        if (numbers.length < 2 * labelCount + 2 + 3 * count) {
            numbers = new long[2 * (2 * labelCount + 2 + 3 * count)];
        }
        long[] target = numbers;
        target[size++] = labelCount;
        for (int i = 0; i < 2 * labelCount; i++) {
            target[size++] = labels[i];
        }
        target[size++] = count;
        long lastMaxTime = 0;
        long lastRef = 0;
        for (int i = 0; i < count; i++) {
            long minTime = chunks.minTimestampMillis(i);
            long maxTime = chunks.maxTimestampMillis(i);
            long ref = chunks.ref(i);
            if (minTime > maxTime || i > 0 && (minTime <= lastMaxTime || ref < lastRef)) {
                throw new IllegalArgumentException(
                        "cannot add a series: expected=chunks ascending in time and place, found=chunk " + i + " of "
                                + minTime + ".." + maxTime + " at " + ref + ", file=" + name);
            }
            target[size++] = i == 0 ? zigzag(minTime) : minTime - lastMaxTime;
            target[size++] = maxTime - minTime;
            target[size++] = i == 0 ? ref : zigzag(ref - lastRef);
            lastMaxTime = maxTime;
            lastRef = ref;
        }
        content.clear();
        for (int i = 0; i < size; i++) {
            content.putUvarint(target[i]);
        }
    }

    private static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }
}
