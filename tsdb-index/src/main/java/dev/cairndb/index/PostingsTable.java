package dev.cairndb.index;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.MappedFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The table of an index file that says where the series of a label are: label pairs in byte order, each with an offset.
 * The file stays mapped; in memory are the names and where every 32nd value of a name stands. Immutable, thread-safe.
 */
final class PostingsTable {
    private static final int SCAN_BUFFER_BYTES = 1 << 16;
    private static final int LOOKUP_BUFFER_BYTES = 512;
    static final long ABSENT = -1;
    private static final byte[] NO_BYTES = {};

    /** So much of an entry is looked for in the buffer; */
    private static final int ENTRY_BYTES_USUAL = 128;
    /** with an offset of so many bytes. */
    private static final int OFFSET_BYTES_MAX = 8;

    private final String file;
    private final MappedFile mapped;
    private final long start;
    private final long end;
    private final byte[][] names;
    /** For each name the place of its first sample, and one more for the end. */
    private final int[] firstSamples;
    /** Offsets from {@link #start}, unsigned. */
    private final int[] samples;

    private PostingsTable(
            String file, MappedFile mapped, long start, long end, byte[][] names, int[] firstSamples, int[] samples) {
        this.file = file;
        this.mapped = mapped;
        this.start = start;
        this.end = end;
        this.names = names;
        this.firstSamples = firstSamples;
        this.samples = samples;
    }

    /** Reads and checks the whole table: length, checksum, order. */
    static PostingsTable read(String file, MappedFile mapped, long offset, long fileEnd) throws CorruptionException {
        MappedCursor cursor = IndexSections.open(file, mapped, offset, fileEnd, SCAN_BUFFER_BYTES);
        long count = cursor.readUnsignedInt();
        long start = cursor.position();
        long end = start + cursor.remaining();
        Scan scan = new Scan(start);
        for (long i = 0; i < count; i++) {
            scan.entry(cursor);
        }
        if (cursor.remaining() > 0) {
            throw cursor.corrupt(count + " table entries and the end", cursor.remaining() + " bytes more");
        }
        return new PostingsTable(
                file, mapped, start, end, scan.names.toArray(new byte[0][]), scan.firstSamples(), scan.samples());
    }

    /** The offset of the series of a label, or {@link #ABSENT}. */
    long find(byte[] name, byte[] value) throws CorruptionException {
        int place = Glob.indexOf(names, name, 0, name.length);
        if (place < 0) {
            return ABSENT;
        }
        Cursor cursor = new Cursor(place);
        cursor.seek(value);
        return cursor.next() && cursor.order(value) == 0 ? cursor.offset : ABSENT;
    }

    /**
     * Where the series of a label are in the file, from and to; null if there are none. The end is where the next list of
     * the table begins, as lists stand in its order.
     *
     * @param listsEnd where the last list ends
     */
    long @Nullable [] range(byte[] name, byte[] value, long listsEnd) throws CorruptionException {
        int place = Glob.indexOf(names, name, 0, name.length);
        if (place < 0) {
            return null;
        }
        Cursor cursor = new Cursor(place);
        cursor.seek(value);
        if (!cursor.next() || cursor.order(value) != 0) {
            return null;
        }
        long start = cursor.offset;
        return new long[] {start, cursor.next() ? cursor.offset : endOfLists(place, listsEnd)};
    }

    /** Where the lists of a name that the table has end. */
    long endOfLists(byte[] name, long listsEnd) throws CorruptionException {
        return endOfLists(Glob.indexOf(names, name, 0, name.length), listsEnd);
    }

    private long endOfLists(int place, long listsEnd) throws CorruptionException {
        if (place + 1 == names.length) {
            return listsEnd;
        }
        Cursor next = new Cursor(place + 1);
        next.seek(NO_BYTES);
        return next.next() ? next.offset : listsEnd;
    }

    /**
     * Walks the values of a name from the first one that is not less than {@code from}; null if there is no such name.
     */
    @Nullable
    Cursor values(byte[] name, byte[] from) throws CorruptionException {
        int place = Glob.indexOf(names, name, 0, name.length);
        if (place < 0) {
            return null;
        }
        Cursor cursor = new Cursor(place);
        cursor.seek(from);
        return cursor;
    }

    void forEachName(LabelIndex.NameVisitor visitor) throws IOException {
        for (byte[] name : names) {
            // The empty name stands for all series.
            if (name.length > 0 && !visitor.name(name, 0, name.length)) {
                return;
            }
        }
    }

    /** Collects names and samples while the table is read. */
    private static final class Scan {
        private final long start;
        private final List<byte[]> names = new ArrayList<>();
        private int[] firstSamples = new int[16];
        private int[] samples = new int[64];
        private int sampleCount;
        private int valuesOfName;
        private byte[] lastValue = new byte[64];
        private int lastValueLength;

        Scan(long start) {
            this.start = start;
        }

        void entry(MappedCursor cursor) throws CorruptionException {
            long entry = cursor.position();
            long strings = cursor.readUvarint();
            if (strings != IndexFormat.TABLE_KEY_STRINGS) {
                throw cursor.corrupt("a key of two strings", strings + " strings");
            }
            int nameLength = cursor.readStringLength();
            int name = cursor.take(nameLength);
            name(cursor, name, nameLength);
            int valueLength = cursor.readStringLength();
            int value = cursor.take(valueLength);
            value(cursor, value, valueLength);
            cursor.readUvarint();
            if (valuesOfName++ % IndexFormat.SAMPLE_EVERY == 0) {
                if (sampleCount == samples.length) {
                    samples = Arrays.copyOf(samples, sampleCount * 2);
                }
                samples[sampleCount++] = (int) (entry - start);
            }
        }

        private void name(MappedCursor cursor, int at, int length) throws CorruptionException {
            if (!names.isEmpty()) {
                byte[] last = names.get(names.size() - 1);
                int order = Arrays.compareUnsigned(last, 0, last.length, cursor.array(), at, at + length);
                if (order == 0) {
                    return;
                }
                if (order > 0) {
                    throw cursor.corrupt("label names in ascending order", "another order");
                }
            }
            if (names.size() == firstSamples.length) {
                firstSamples = Arrays.copyOf(firstSamples, firstSamples.length * 2);
            }
            firstSamples[names.size()] = sampleCount;
            names.add(cursor.copy(at, length));
            valuesOfName = 0;
        }

        private void value(MappedCursor cursor, int at, int length) throws CorruptionException {
            if (valuesOfName > 0
                    && Arrays.compareUnsigned(lastValue, 0, lastValueLength, cursor.array(), at, at + length) >= 0) {
                throw cursor.corrupt("label values in ascending order", "another order");
            }
            if (length > lastValue.length) {
                lastValue = new byte[Math.max(length, lastValue.length * 2)];
            }
            System.arraycopy(cursor.array(), at, lastValue, 0, length);
            lastValueLength = length;
        }

        int[] firstSamples() {
            int[] all = Arrays.copyOf(firstSamples, names.size() + 1);
            all[names.size()] = sampleCount;
            return all;
        }

        int[] samples() {
            return Arrays.copyOf(samples, sampleCount);
        }
    }

    /** Walks values of one name: {@link #next}, then the value and its offset. Not thread-safe. */
    final class Cursor {
        private final MappedCursor bytes = new MappedCursor(file, mapped, LOOKUP_BUFFER_BYTES);
        private final int firstSample;
        private final int samplesEnd;
        private final long nameEnd;
        /** -1 if it is too long for one byte. */
        private final int nameLength;

        private boolean pending;
        private int valueAt;
        private int valueLength;
        private long offset;

        private Cursor(int name) {
            nameLength = names[name].length <= Byte.MAX_VALUE ? names[name].length : -1;
            firstSample = firstSamples[name];
            samplesEnd = firstSamples[name + 1];
            nameEnd = samplesEnd < samples.length ? position(samplesEnd) : end;
        }

        private long position(int sample) {
            return start + (samples[sample] & 0xFFFFFFFFL);
        }

        /** Goes in front of the first value that is not less. */
        private void seek(byte[] value) throws CorruptionException {
            int low = firstSample;
            int high = samplesEnd - 1;
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                bytes.range(position(middle), nameEnd);
                read();
                if (order(value) <= 0) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            bytes.range(position(low), nameEnd);
            while (next()) {
                if (order(value) >= 0) {
                    pending = true;
                    return;
                }
            }
        }

        boolean next() throws CorruptionException {
            if (pending) {
                pending = false;
                return true;
            }
            if (bytes.remaining() == 0) {
                return false;
            }
            read();
            return true;
        }

        byte[] array() {
            return bytes.array();
        }

        int valueAt() {
            return valueAt;
        }

        int valueLength() {
            return valueLength;
        }

        /** Where the series of the value are. */
        long offset() {
            return offset;
        }

        private int order(byte[] value) {
            return Arrays.compareUnsigned(bytes.array(), valueAt, valueAt + valueLength, value, 0, value.length);
        }

        private void read() throws CorruptionException {
            if (!readAhead()) {
                readSlowly();
            }
        }

        /** The usual entry: lengths of one byte, and all of it in the buffer. */
        private boolean readAhead() throws CorruptionException {
            int ahead = bytes.ahead(ENTRY_BYTES_USUAL);
            int from = bytes.index();
            byte[] array = bytes.array();
            int lengthAt = 2 + nameLength;
            if (ahead <= lengthAt
                    || array[from] != IndexFormat.TABLE_KEY_STRINGS
                    || array[from + 1] != nameLength
                    || array[from + lengthAt] < 0) {
                return false;
            }
            int length = array[from + lengthAt];
            int offsetAt = lengthAt + 1 + length;
            if (ahead < offsetAt + OFFSET_BYTES_MAX) {
                return false;
            }
            long value = 0;
            int at = from + offsetAt;
            for (int shift = 0; shift < 7 * OFFSET_BYTES_MAX; shift += 7) {
                byte b = array[at++];
                value |= (long) (b & 0x7F) << shift;
                if (b >= 0) {
                    valueAt = from + lengthAt + 1;
                    valueLength = length;
                    offset = value;
                    bytes.advance(at - from);
                    return true;
                }
            }
            return false;
        }

        private void readSlowly() throws CorruptionException {
            bytes.readUvarint();
            bytes.skip(bytes.readStringLength());
            valueLength = bytes.readStringLength();
            valueAt = bytes.takeKeeping(valueLength);
            offset = bytes.readUvarint();
        }
    }
}
