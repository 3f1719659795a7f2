package dev.cairndb.index;

import dev.cairndb.io.BufferedAppends;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.MappedFile;
import java.io.IOException;
import java.util.Arrays;

/**
 * Writes the posting lists of an index and the table of where they are, from the series section that is already in the
 * file.
 *
 * <p>The lists are needed by name and value, the series are there by label set. A name of many series, as most of a
 * block are, has its values counted, while the series are read for something else; then each series can be put where it
 * belongs ({@link CountedNames}).
 *
 * <p>Of other names each pass over the series collects (value, series) pairs of as many as fit into memory, sorts and
 * writes them. A name with more pairs than that is taken in several passes, each for a range of values that is narrowed
 * whenever memory is full; a value with more pairs than that needs no sorting and is written while the series are read.
 *
 * <p>The table comes after all lists and repeats in their order what was written: a log of a few bytes for each list
 * ({@link #written}) is kept for it.
 */
final class IndexPostings {
    /** Of few series many names are taken in one pass. */
    private static final long PAIRS_OF_PASS_MIN = 1 << 16;

    private static final long LIST_OVERHEAD_BYTES = 3L * Integer.BYTES;
    private static final long LIST_SERIES_MAX = (IndexFormat.SECTION_SIZE_BYTES_MAX - Integer.BYTES) / Integer.BYTES;

    private final String file;
    private final BufferedAppends output;
    private final SymbolSection symbols;
    private final IntCounts seriesByName;
    private final int pairsMax;

    /** For each name its symbol, then for each list the step from the last value (at least 1) and the count, then 0. */
    private final ByteWriter written = new ByteWriter(1024);

    private long listsStart;
    private long listCount;
    private int lastValue;
    private LabelPairs pairs = new LabelPairs(0, 0);

    IndexPostings(String file, BufferedAppends output, SymbolSection symbols, IntCounts seriesByName, int pairsMax) {
        this.file = file;
        this.output = output;
        this.symbols = symbols;
        this.seriesByName = seriesByName;
        this.pairsMax = pairsMax;
    }

    /** Writes the list of all series and one for each label pair. */
    void writeLists(MappedFile mapped, long seriesStart, long seriesEnd, long seriesCount) throws IOException {
        SeriesScan series = new SeriesScan(file, mapped, seriesStart, seriesEnd);
        output.pad(IndexFormat.POSTINGS_ALIGNMENT_BYTES);
        listsStart = output.position();
        startList(seriesCount);
        written.putUvarint(seriesCount);
        int[] names = seriesByName.sortedKeys();
        // A name of all series has that many pairs; more at once would spare little beside what memory it takes.
        int pairsOfPass = (int) Math.min(pairsMax, Math.max(seriesCount, PAIRS_OF_PASS_MIN));
        // More would share a pass with small names only.
        CountedNames counted = CountedNames.of(
                names,
                seriesByName,
                symbols.count(),
                pairsOfPass / 2 + 1,
                (long) pairsMax * LabelPairs.BYTES_PER_PAIR / 2);
        series.start();
        while (series.next()) {
            output.putInt(series.ref());
            counted.count(series);
        }
        output.putCrc();
        int pairsBeside = pairsMax - (int) (counted.sizeBytes() / LabelPairs.BYTES_PER_PAIR);
        writeNames(series, names, counted, Math.min(pairsOfPass, pairsBeside));
    }

    private void writeNames(SeriesScan series, int[] names, CountedNames counted, int pairsOfPass) throws IOException {
        long all = Arrays.stream(names)
                .filter(name -> !counted.has(name))
                .mapToLong(seriesByName::count)
                .sum();
        pairs = new LabelPairs(symbols.count(), (int) Math.min(pairsOfPass, all));
        int first = 0;
        while (first < names.length) {
            int behind = first;
            long total = 0;
            while (behind < names.length
                    && !counted.has(names[behind])
                    && total + seriesByName.count(names[behind]) <= pairsOfPass) {
                total += seriesByName.count(names[behind++]);
            }
            if (behind > first) {
                writeSmallNames(series, Arrays.copyOfRange(names, first, behind));
            } else {
                if (counted.has(names[first])) {
                    writeCounted(series, names[first], counted);
                } else {
                    writeLargeName(series, names[first]);
                }
                behind++;
            }
            first = behind;
        }
        pairs = new LabelPairs(0, 0);
    }

    /** Writes the table; returns its length without the checksum, which the caller puts in front of it. */
    long writeTable() throws IOException {
        output.putInt(0);
        long start = output.position();
        output.startCrc();
        output.putInt((int) listCount);
        long offset = listsStart;
        LogReader log = new LogReader();
        long count = log.next();
        putEntry(new byte[0], 0, 0, new byte[0], 0, 0, offset);
        offset += LIST_OVERHEAD_BYTES + count * Integer.BYTES;
        SymbolSection.Cursor names = symbols.cursor();
        SymbolSection.Cursor values = symbols.cursor();
        while (log.hasMore()) {
            names.seek((int) log.next());
            int value = -1;
            for (long step = log.next(); step != 0; step = log.next()) {
                value += (int) step;
                values.seek(value);
                count = log.next();
                putEntry(
                        names.array(),
                        names.offset(),
                        names.length(),
                        values.array(),
                        values.offset(),
                        values.length(),
                        offset);
                offset += LIST_OVERHEAD_BYTES + count * Integer.BYTES;
            }
        }
        long size = output.position() - start;
        if (size > IndexFormat.SECTION_SIZE_BYTES_MAX || listCount > IndexFormat.SECTION_SIZE_BYTES_MAX) {
            throw new IndexLimitException(
                    "bytes of the table of label pairs in " + file, size, IndexFormat.SECTION_SIZE_BYTES_MAX);
        }
        output.putCrc();
        return size;
    }

    private void putEntry(
            byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength, long offset)
            throws IOException {
        output.putUvarint(IndexFormat.TABLE_KEY_STRINGS);
        output.putString(name, nameAt, nameLength);
        output.putString(value, valueAt, valueLength);
        output.putUvarint(offset);
    }

    /** One pass for names whose pairs all fit. */
    private void writeSmallNames(SeriesScan series, int[] names) throws IOException {
        long[] sorted = pairs.array();
        int[] starts = new int[names.length + 1];
        for (int i = 0; i < names.length; i++) {
            starts[i + 1] = starts[i] + (int) seriesByName.count(names[i]);
        }
        int[] ends = Arrays.copyOf(starts, names.length);
        series.start();
        while (series.next()) {
            int place = 0;
            for (int i = 0; i < series.labelCount() && place < names.length; i++) {
                int name = series.name(i);
                // Both are ascending.
                while (place < names.length && names[place] < name) {
                    place++;
                }
                if (place < names.length && names[place] == name) {
                    sorted[ends[place]++] = LabelPairs.pair(series.value(i), series.ref());
                }
            }
        }
        for (int i = 0; i < names.length; i++) {
            pairs.sort(starts[i], ends[i]);
            startName(names[i]);
            writeSorted(sorted, starts[i], ends[i]);
            endName();
        }
    }

    private void writeCounted(SeriesScan series, int name, CountedNames counted) throws IOException {
        counted.place(series);
        startName(name);
        int from = 0;
        for (int value = 0; value < symbols.count(); value++) {
            int to = counted.end(value);
            if (to > from) {
                startList(to - (long) from);
                log(value, to - (long) from);
                for (; from < to; from++) {
                    output.putInt(counted.refs()[from]);
                }
                output.putCrc();
            }
        }
        endName();
    }

    private void writeLargeName(SeriesScan series, int name) throws IOException {
        startName(name);
        int least = 0;
        while (least >= 0) {
            least = writeRange(series, name, least);
        }
        endName();
    }

    /** Writes as many values from {@code least} on as memory allows; returns the next one, -1 if there is none. */
    private int writeRange(SeriesScan series, int name, int least) throws IOException {
        long[] range = pairs.array();
        int count = 0;
        int most = Integer.MAX_VALUE;
        int large = -1;
        series.start();
        while (series.next()) {
            int value = series.valueOf(name);
            if (value < least || value > most) {
                continue;
            }
            if (count == range.length) {
                pairs.sort(0, count);
                count = keep(range);
                // Where nothing is kept, the least value is too many: it comes behind the range, in passes of its own.
                large = count == 0 ? LabelPairs.value(range[0]) : -1;
                most = count == 0 ? large - 1 : LabelPairs.value(range[count - 1]);
                if (value > most) {
                    continue;
                }
            }
            range[count++] = LabelPairs.pair(value, series.ref());
        }
        pairs.sort(0, count);
        writeSorted(range, 0, count);
        if (large >= 0) {
            writeWhileReading(series, name, large);
            return large + 1;
        }
        return most == Integer.MAX_VALUE ? -1 : most + 1;
    }

    /** How many of the first pairs, whole values and at most half of all, to keep; 0 if the first value has more. */
    private static int keep(long[] sorted) {
        int keep = sorted.length / 2;
        int common = LabelPairs.value(sorted[keep]);
        while (keep > 0 && LabelPairs.value(sorted[keep - 1]) == common) {
            keep--;
        }
        return keep;
    }

    private void writeWhileReading(SeriesScan series, int name, int value) throws IOException {
        long count = 0;
        series.start();
        while (series.next()) {
            count += series.valueOf(name) == value ? 1 : 0;
        }
        startList(count);
        log(value, count);
        series.start();
        while (series.next()) {
            if (series.valueOf(name) == value) {
                output.putInt(series.ref());
            }
        }
        output.putCrc();
    }

    private void writeSorted(long[] sorted, int from, int to) throws IOException {
        int at = from;
        while (at < to) {
            int value = LabelPairs.value(sorted[at]);
            int end = at + 1;
            while (end < to && LabelPairs.value(sorted[end]) == value) {
                end++;
            }
            startList(end - (long) at);
            log(value, end - (long) at);
            for (; at < end; at++) {
                output.putInt(LabelPairs.ref(sorted[at]));
            }
            output.putCrc();
        }
    }

    private void startList(long count) throws IOException {
        if (count > LIST_SERIES_MAX) {
            throw new IndexLimitException("series in a posting list of " + file, count, LIST_SERIES_MAX);
        }
        listCount++;
        output.putInt((int) ((count + 1) * Integer.BYTES));
        output.startCrc();
        output.putInt((int) count);
    }

    private void startName(int name) {
        written.putUvarint(name);
        lastValue = -1;
    }

    private void log(int value, long count) {
        written.putUvarint(value - (long) lastValue);
        written.putUvarint(count);
        lastValue = value;
    }

    private void endName() {
        written.putUvarint(0);
    }

    /** Reads {@link #written}. */
    private final class LogReader {
        private int at;

        boolean hasMore() {
            return at < written.size();
        }

        long next() {
            byte[] bytes = written.array();
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte b = bytes[at++];
                value |= (long) (b & 0x7F) << shift;
                if (b >= 0) {
                    return value;
                }
            }
        }
    }
}
