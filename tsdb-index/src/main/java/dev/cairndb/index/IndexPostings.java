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
 * <p>The lists are needed by name and value, the series are there by label set. Each pass over the series collects
 * (value, series) pairs of as many names as fit into memory, sorts and writes them. A name with more pairs than that is
 * taken in several passes, each for a range of values that is narrowed whenever memory is full; a value with more pairs
 * than that needs no sorting and is written while the series are read.
 *
 * <p>The table comes after all lists and repeats in their order what was written: a log of a few bytes for each list
 * ({@link #written}) is kept for it.
 */
final class IndexPostings {
    private static final int SCAN_BUFFER_BYTES = 1 << 18;
    /** Of few series many names are taken in one pass. */
    private static final long PAIRS_OF_PASS_MIN = 1 << 18;

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
        series.start();
        while (series.next()) {
            output.putInt(series.ref());
        }
        output.putCrc();

        int[] names = seriesByName.sortedKeys();
        // A name of all series has that many pairs; more at once would spare little beside what memory it takes.
        int pairsOfPass = (int) Math.min(pairsMax, Math.max(seriesCount, PAIRS_OF_PASS_MIN));
        long all = Arrays.stream(names).mapToLong(seriesByName::count).sum();
        pairs = new LabelPairs(symbols.count(), (int) Math.min(pairsOfPass, all));
        int first = 0;
        while (first < names.length) {
            int behind = first + 1;
            long total = seriesByName.count(names[first]);
            while (behind < names.length && total + seriesByName.count(names[behind]) <= pairsOfPass) {
                total += seriesByName.count(names[behind++]);
            }
            if (total <= pairsOfPass) {
                writeNames(series, Arrays.copyOfRange(names, first, behind));
            } else {
                writeLargeName(series, names[first]);
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
    private void writeNames(SeriesScan series, int[] names) throws IOException {
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

    /** Walks the written series and shows their references and labels. */
    private static final class SeriesScan {
        private final MappedCursor bytes;
        private final long start;
        private final long end;
        private int ref;
        private int labelCount;
        private int[] labels = new int[64];

        SeriesScan(String file, MappedFile mapped, long start, long end) {
            bytes = new MappedCursor(file, mapped, SCAN_BUFFER_BYTES);
            this.start = start;
            this.end = end;
        }

        void start() {
            bytes.range(start, end);
        }

        boolean next() throws IOException {
            long unaligned = bytes.position() % IndexFormat.SERIES_ALIGNMENT_BYTES;
            bytes.skip(unaligned == 0 || bytes.remaining() == 0 ? 0 : IndexFormat.SERIES_ALIGNMENT_BYTES - unaligned);
            if (bytes.remaining() == 0) {
                return false;
            }
            ref = (int) (bytes.position() / IndexFormat.SERIES_ALIGNMENT_BYTES);
            long size = bytes.readUvarint();
            long contentEnd = bytes.position() + size;
            labelCount = (int) bytes.readUvarint();
            if (2 * labelCount > labels.length) {
                labels = new int[4 * labelCount];
            }
            for (int i = 0; i < 2 * labelCount; i++) {
                labels[i] = (int) bytes.readUvarint();
            }
            bytes.skip(contentEnd + Integer.BYTES - bytes.position());
            return true;
        }

        int ref() {
            return ref;
        }

        int labelCount() {
            return labelCount;
        }

        int name(int label) {
            return labels[2 * label];
        }

        int value(int label) {
            return labels[2 * label + 1];
        }

        /** The symbol of the value of a name, -1 if the series does not have it. */
        int valueOf(int name) {
            for (int i = 0; i < labelCount; i++) {
                if (labels[2 * i] == name) {
                    return labels[2 * i + 1];
                }
            }
            return -1;
        }
    }
}
