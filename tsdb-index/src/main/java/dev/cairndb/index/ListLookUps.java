package dev.cairndb.index;

/**
 * Values of a name of a head, whose lists are looked up many at a time, once one of them is asked for. A list lies
 * behind a cell of a table, a place in an array, an object and an array of its own, all of them anywhere: one by one
 * each value would wait for four loads, together the loads of many values overlap. Not thread-safe.
 */
final class ListLookUps {
    private static final int VALUES_MIN = 4;
    private static final int VALUES_MAX = 128;

    private final TagTable values;
    private int[] symbols = new int[VALUES_MIN];
    private byte[][] texts = new byte[VALUES_MIN][];
    private int[] starts = new int[VALUES_MIN];
    private int[] ends = new int[VALUES_MIN];
    private PostingList[] lists = new PostingList[VALUES_MIN];
    private int count;
    private boolean isLookedUp;

    /** Of no meaning: that it is written keeps a compiler from leaving loads out. */
    @SuppressWarnings("UnusedVariable")
    private int touched;

    ListLookUps(TagTable values) {
        this.values = values;
    }

    boolean isFull() {
        return count == symbols.length;
    }

    int count() {
        return count;
    }

    void add(int symbol, byte[] text, int start, int end) {
        symbols[count] = symbol;
        texts[count] = text;
        starts[count] = start;
        ends[count++] = end;
    }

    /** Begins with the next values; more of them, since so far nobody had enough. */
    void clear() {
        if (symbols.length < VALUES_MAX) {
            int room = 2 * symbols.length;
            symbols = new int[room];
            texts = new byte[room][];
            starts = new int[room];
            ends = new int[room];
            lists = new PostingList[room];
        }
        count = 0;
        isLookedUp = false;
    }

    byte[] text(int index) {
        return texts[index];
    }

    int start(int index) {
        return starts[index];
    }

    int end(int index) {
        return ends[index];
    }

    /** The list of one of the values as it was after all of them were added, or a newer one. */
    PostingList list(int index) {
        if (!isLookedUp) {
            lookUp();
            isLookedUp = true;
        }
        return lists[index];
    }

    /** Step by step, each for all values. */
    private void lookUp() {
        TagSegment[] segments = new TagSegment[count];
        long[] entries = new long[count];
        for (int i = 0; i < count; i++) {
            int tag = HeadNames.tagOf(symbols[i]);
            TagSegment segment = values.segment(tag);
            int at = segment.indexOf(tag);
            segments[i] = segment;
            entries[i] = at < 0 ? 0 : segment.slot(at);
        }
        Object[] objects = new Object[count];
        for (int i = 0; i < count; i++) {
            if (TagSegment.isLive(entries[i]) && TagSegment.payload(entries[i]) < 0) {
                objects[i] = segments[i].object(entries[i]);
            }
        }
        for (int i = 0; i < count; i++) {
            Object object = objects[i];
            if (object != null) {
                lists[i] = ((GrowingPostings) object).snapshot();
            } else if (TagSegment.isLive(entries[i])) {
                lists[i] = PostingList.of(TagSegment.payload(entries[i]) - 1);
            } else {
                lists[i] = PostingList.empty();
            }
        }
        // Also the array of each list: the next to look at it has it in the cache.
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += lists[i].isEmpty() ? 0 : lists[i].first();
        }
        touched = sum;
    }
}
