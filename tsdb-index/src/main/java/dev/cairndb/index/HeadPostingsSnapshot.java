package dev.cairndb.index;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The postings of the series that were in a head's index at one moment. Lists are read from the index when they are
 * asked for; if that may have changed since, they are cut down to the series of the moment. Free for any thread.
 */
final class HeadPostingsSnapshot implements LabelIndex {
    /** Most names and values fit in so many bytes. */
    private static final int TEXT_BYTES = 128;

    private final HeadPostings index;
    private final SymbolTable symbols;
    private final PostingList all;
    private final long addsCompleted;
    private final boolean hasHidden;

    /**
     * @param addsCompleted how many series had been added before {@code all} was taken
     * @param hasHidden whether lists may have series that are hidden from {@code all}
     */
    HeadPostingsSnapshot(HeadPostings index, PostingList all, long addsCompleted, boolean hasHidden) {
        this.index = index;
        this.symbols = index.symbols();
        this.all = all;
        this.addsCompleted = addsCompleted;
        this.hasHidden = hasHidden;
    }

    @Override
    public PostingList all() {
        return all;
    }

    @Override
    public PostingList postings(byte[] name, byte[] value) {
        return ofThatMoment(present(name, value));
    }

    @Override
    public int countMax(byte[] name, byte[] value) {
        return present(name, value).cardinality();
    }

    /** The list of a label, which may have series that are not in {@link #all}. */
    private PostingList present(byte[] name, byte[] value) {
        TagTable values = valuesOf(name);
        int valueSymbol = values == null ? SymbolTable.NONE : symbols.find(value, 0, value.length);
        if (values == null || valueSymbol == SymbolTable.NONE) {
            return PostingList.empty();
        }
        return present(values, valueSymbol);
    }

    private static PostingList present(TagTable values, int valueSymbol) {
        int tag = HeadNames.tagOf(valueSymbol);
        TagSegment segment = values.segment(tag);
        int at = segment.indexOf(tag);
        long entry = at < 0 ? 0 : segment.slot(at);
        return TagSegment.isLive(entry) ? read(segment, entry) : PostingList.empty();
    }

    @Override
    public PostingList seriesWith(byte[] name) {
        HeadName found = nameOf(name);
        return found == null ? PostingList.empty() : ofThatMoment(found.series());
    }

    private @Nullable HeadName nameOf(byte[] name) {
        int nameSymbol = symbols.find(name, 0, name.length);
        return nameSymbol == SymbolTable.NONE ? null : index.names().name(nameSymbol);
    }

    private @Nullable TagTable valuesOf(byte[] name) {
        HeadName found = nameOf(name);
        return found == null ? null : found.values();
    }

    /** The list an entry of a table of values stands for. */
    static PostingList read(TagSegment segment, long entry) {
        int payload = TagSegment.payload(entry);
        return payload > 0 ? PostingList.of(payload - 1) : ((GrowingPostings) segment.object(entry)).snapshot();
    }

    private PostingList ofThatMoment(PostingList list) {
        return mayHaveOthers() ? PostingList.intersect(list, all) : list;
    }

    /** To be asked after a list was read: whether it may have series that are not in {@link #all}. */
    private boolean mayHaveOthers() {
        return hasHidden || index.hasAddedSince(addsCompleted);
    }

    /** Whether one of the entry's series belongs to the snapshot. */
    private boolean isInHere(TagSegment segment, long entry) {
        if (!mayHaveOthers()) {
            return true;
        }
        int payload = TagSegment.payload(entry);
        if (payload > 0) {
            return all.contains(payload - 1);
        }
        return read(segment, entry).hasAnyOf(all);
    }

    @Override
    public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
        TagTable values = valuesOf(name);
        if (values == null) {
            return;
        }
        Source source = new Source();
        byte[] value = new byte[TEXT_BYTES];
        for (long tag = 0; tag < TagTable.TAGS_END; tag = source.segment.tagEnd()) {
            source.segment = values.segmentFrom(tag);
            for (int i = 0; i < source.segment.slots(); i++) {
                source.entry = source.segment.slot(i);
                if (TagSegment.isLive(source.entry) && isInHere(source.segment, source.entry)) {
                    int symbol = HeadNames.symbolOf(TagSegment.tag(source.entry));
                    int length = symbols.copyIfFits(symbol, value);
                    if (length > value.length) {
                        value = symbols.copyOf(symbol);
                    }
                    if (!visitor.value(value, 0, length, source)) {
                        return;
                    }
                }
            }
        }
    }

    @Override
    public void forEachValue(byte[] name, byte[] prefix, ValueFilter filter, ValueVisitor visitor) throws IOException {
        HeadName found = nameOf(name);
        ValueLog log = found == null ? null : found.log();
        if (found == null || log == null) {
            LabelIndex.super.forEachValue(name, prefix, filter, visitor);
            return;
        }
        ListLookUps lists = new ListLookUps(found.values());
        SortedValues.Cursor cursor = log.sorted(symbols).cursor();
        cursor.seek(prefix);
        boolean goesOn = true;
        while (goesOn && cursor.next()) {
            byte[] text = cursor.text();
            int start = cursor.start();
            int end = cursor.end();
            if (!Glob.startsWith(text, start, end, prefix)) {
                break;
            }
            if (filter.accepts(text, start, end - start)) {
                lists.add(cursor.symbol(), text, start, end);
                if (lists.isFull()) {
                    goesOn = show(lists, visitor);
                    lists.clear();
                }
            }
        }
        if (goesOn) {
            show(lists, visitor);
        }
    }

    private boolean show(ListLookUps lists, ValueVisitor visitor) throws IOException {
        LookedUpSource source = new LookedUpSource(lists);
        for (int i = 0; i < lists.count(); i++) {
            source.at = i;
            if (source.isInHere()) {
                int start = lists.start(i);
                if (!visitor.value(lists.text(i), start, lists.end(i) - start, source)) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public void forEachName(NameVisitor visitor) throws IOException {
        byte[] name = new byte[TEXT_BYTES];
        TagSegment segment;
        for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
            segment = index.names().table().segmentFrom(tag);
            for (int i = 0; i < segment.slots(); i++) {
                long entry = segment.slot(i);
                if (TagSegment.isLive(entry) && isInHere(((HeadName) segment.object(entry)).values())) {
                    int symbol = HeadNames.symbolOf(TagSegment.tag(entry));
                    int length = symbols.copyIfFits(symbol, name);
                    if (length > name.length) {
                        name = symbols.copyOf(symbol);
                    }
                    if (!visitor.name(name, 0, length)) {
                        return;
                    }
                }
            }
        }
    }

    private boolean isInHere(TagTable values) {
        TagSegment segment;
        for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
            segment = values.segmentFrom(tag);
            for (int i = 0; i < segment.slots(); i++) {
                long entry = segment.slot(i);
                if (TagSegment.isLive(entry) && isInHere(segment, entry)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public boolean valuesAreSorted(byte[] name) {
        HeadName found = nameOf(name);
        return found != null && found.log() != null;
    }

    /** The series of the value being visited. */
    private final class Source implements PostingSource {
        private TagSegment segment = new TagSegment(0, 0, 0);
        private long entry;

        @Override
        public PostingList load() {
            return ofThatMoment(read(segment, entry));
        }
    }

    /** The same where values were found by their symbols. */
    private final class LookedUpSource implements PostingSource {
        private final ListLookUps lists;
        private int at;

        LookedUpSource(ListLookUps lists) {
            this.lists = lists;
        }

        /** Whether one of the value's series belongs to the snapshot. */
        boolean isInHere() {
            return !mayHaveOthers() || lists.list(at).hasAnyOf(all);
        }

        @Override
        public PostingList load() {
            return ofThatMoment(lists.list(at));
        }

        // The given series are of this snapshot: what else the list has by now does not matter.

        @Override
        public boolean hasAnyOf(PostingList series) {
            return lists.list(at).hasAnyOf(series);
        }

        @Override
        public PostingList loadAmong(PostingList series) {
            return lists.list(at).among(series);
        }
    }
}
