package dev.cairndb.index;

import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.util.Arrays;

/**
 * Shows values of a label name whose posting lists lie far away. They are shown in windows that grow; as soon as the
 * list of one is asked for, those of its window are fetched together, as many as there is room for at a time. For one
 * walk, not thread-safe.
 */
final class FarValues implements LabelIndex.PostingSource {
    private static final int VALUES_LEAST = 4096;
    static final int VALUES_MAX = 64 << 10;
    static final int VALUE_BYTES_MAX = 1 << 20;
    private static final long LIST_BYTES_LEAST = 1 << 20;
    static final long LIST_BYTES_MAX = 16 << 20;

    private final PostingsTable.Cursor cursor;
    private final long listsEnd;
    private final PostingsSection section;
    private final RangeFetcher fetcher;

    private int valuesMax = VALUES_LEAST;
    private long listBytesMax = LIST_BYTES_LEAST;
    private final ByteWriter values = new ByteWriter(1024);
    private int[] valueEnds = new int[64];
    private long[] starts = new long[64];
    private long[] ends = new long[64];
    private int count;
    private long listBytes;
    /** Number of the value that is visited. */
    private int at;

    /** The lists in front of this one were fetched. */
    private int fetchedTo;
    /** So many lists are read piece by piece where there was no room for one: whoever asks each time copies each time. */
    private int passedOver = 1;

    /**
     * @param cursor in front of the first value
     * @param listsEnd where the lists of the name end
     */
    FarValues(PostingsTable.Cursor cursor, long listsEnd, PostingsSection section, RangeFetcher fetcher) {
        this.cursor = cursor;
        this.listsEnd = listsEnd;
        this.section = section;
        this.fetcher = fetcher;
    }

    void visit(byte[] prefix, LabelIndex.ValueFilter filter, LabelIndex.ValueVisitor visitor) throws IOException {
        boolean lastIsOpen = false;
        while (cursor.next()) {
            if (lastIsOpen) {
                endLast(cursor.offset());
            }
            lastIsOpen = false;
            if (isFull() && !show(visitor)) {
                return;
            }
            byte[] bytes = cursor.array();
            int from = cursor.valueAt();
            int length = cursor.valueLength();
            if (!Glob.startsWith(bytes, from, from + length, prefix)) {
                break;
            }
            if (filter.accepts(bytes, from, length)) {
                add(bytes, from, length);
                lastIsOpen = true;
            }
        }
        if (lastIsOpen) {
            endLast(listsEnd);
        }
        boolean unused = show(visitor);
    }

    private boolean isFull() {
        return count >= valuesMax || values.size() >= VALUE_BYTES_MAX || listBytes >= listBytesMax;
    }

    private void add(byte[] bytes, int from, int length) {
        if (count == starts.length) {
            valueEnds = Arrays.copyOf(valueEnds, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        values.putBytes(bytes, from, length);
        valueEnds[count] = values.size();
        starts[count++] = cursor.offset();
    }

    /** Lists that do not stand in the order of their values may be fetched in part only. */
    private void endLast(long end) {
        long start = starts[count - 1];
        ends[count - 1] = Math.max(end, start + Integer.BYTES);
        listBytes += Math.min(LIST_BYTES_MAX, ends[count - 1] - start);
    }

    private boolean show(LabelIndex.ValueVisitor visitor) throws IOException {
        fetchedTo = 0;
        int from = 0;
        for (at = 0; at < count; at++) {
            if (!visitor.value(values.array(), from, valueEnds[at] - from, this)) {
                return false;
            }
            from = valueEnds[at];
        }
        values.clear();
        count = 0;
        listBytes = 0;
        valuesMax = Math.min(VALUES_MAX, 2 * valuesMax);
        listBytesMax = Math.min(LIST_BYTES_MAX, 2 * listBytesMax);
        return true;
    }

    private void fetch() throws IOException {
        if (at >= fetchedTo) {
            int fetched = fetcher.fetch(
                    Arrays.copyOfRange(starts, at, count), Arrays.copyOfRange(ends, at, count), count - at);
            fetchedTo = at + (fetched == 0 ? passedOver : fetched);
            passedOver = fetched == 0 ? Math.min(VALUES_MAX, 2 * passedOver) : 1;
        }
    }

    @Override
    public PostingList load() throws IOException {
        fetch();
        return section.read(starts[at]);
    }

    @Override
    public boolean hasAnyOf(PostingList series) throws IOException {
        fetch();
        IdBits bits = series.bits();
        return bits == null ? load().hasAnyOf(series) : section.hasAnyOf(bits, starts[at]);
    }

    @Override
    public PostingList loadAmong(PostingList series) throws IOException {
        fetch();
        return section.readAmong(series, starts[at]);
    }
}
