package dev.cairndb.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The inverted index of a head: from label name and value, as symbols, to the slots of the series that carry them.
 *
 * <p>Thread-safety: one thread at a time may change it ({@link #add}, {@link #addAll}, {@link #hide}, {@link #purge}; the
 * caller's lock sees to it), any thread may read at any time without a lock. A {@link #snapshot} is a {@link LabelIndex} that does
 * not change; the index itself answers each call from a new one. Ownership: nothing of a caller's array is kept.
 *
 * <p><b>How a series comes in.</b> Its slot is added to the list of each of its labels and last to the list of all
 * series. A snapshot takes the list of all series first and cuts every other list down to it, unless nothing was added
 * in between. So a snapshot has a series under all its labels or under none.
 *
 * <p><b>How series go.</b> In four steps, so that nobody has to wait for a reader and no step is long:
 * <ol>
 *   <li>{@code hide(slots)} takes them out of the list of all series: no new snapshot has them.
 *   <li>The caller waits until every snapshot taken before is gone.
 *   <li>{@code purge} is called until it returns true: takes them out of the lists; values and names without a series
 *       disappear. Series may be added between the calls.
 *   <li>The caller releases the symbols of the rows and may give the slots to other series.
 * </ol>
 * Symbols are therefore released after their last label left this index; the index takes no references of its own. A
 * reader keeps a snapshot no longer than it keeps the caller from giving slots and symbols to others.
 *
 * <p><b>In memory.</b> A value that one series has costs a table slot of eight bytes and no object; from two series on
 * there is a {@link GrowingPostings}.
 */
public final class HeadPostings implements LabelIndex {
    /** Multiplying by an odd number turns symbols, which are dense, into tags, which must not be; the inverse, back. */
    private static final int TAG_FACTOR = 0x9E3779B1;

    private static final int TAG_FACTOR_INVERSE = 0xE8B2F51;
    private static final int NAME_OBJECT_BYTES = 32;

    /** A name of so many values has a log of them, and readers sort it. */
    private static final int LOGGED_VALUES_MIN = 128;

    private final SymbolTable symbols;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong sortedBytes = new AtomicLong();
    private final TagTable names = new TagTable(bytes);

    private final AtomicLong addsStarted = new AtomicLong();
    private final AtomicLong addsCompleted = new AtomicLong();
    private volatile GrowingPostings all = GrowingPostings.empty();
    private volatile @Nullable PostingList hidden;

    /** The slot of a series that is added alone. */
    private final int[] added = new int[1];

    // Where a purge stands: the names still to do; in the last of them the tag to go on with; and the place in that
    // tag's segment, if it is still the same one.
    private @Nullable List<Name> namesToPurge;
    private long tagToPurge;
    private @Nullable TagSegment segmentToPurge;
    private int indexToPurge;
    /** Of the last name: the log of the values that stay, and whether any goes. */
    private @Nullable ValueLog logToBe;

    private boolean removesValues;

    /** A label name, its values, and the series that have any. */
    static final class Name {
        private final int symbol;
        private final TagTable values;
        private volatile GrowingPostings series = GrowingPostings.empty();
        private volatile @Nullable ValueLog log;
        private int valueCount;

        private Name(int symbol, TagTable values) {
            this.symbol = symbol;
            this.values = values;
        }

        int symbol() {
            return symbol;
        }

        TagTable values() {
            return values;
        }

        /** All its values, and perhaps some that are gone; null if they are few. */
        @Nullable
        ValueLog log() {
            return log;
        }

        /** May have series that the list of all series does not have, or not any more. */
        PostingList series() {
            return series.snapshot();
        }
    }

    /** An index of series whose labels are symbols of the table. */
    public HeadPostings(SymbolTable symbols) {
        this.symbols = symbols;
    }

    // ---------------------------------------------------------------------------------------------- for any thread

    @Override
    public LabelIndex snapshot() {
        long completed = addsCompleted.getAcquire();
        PostingList present = all.snapshot();
        return new HeadPostingsSnapshot(this, present, completed, hidden != null);
    }

    @Override
    public PostingList all() {
        return all.snapshot();
    }

    @Override
    public PostingList postings(byte[] name, byte[] value) throws IOException {
        return snapshot().postings(name, value);
    }

    @Override
    public void forEachValue(byte[] name, ValueVisitor visitor) throws IOException {
        snapshot().forEachValue(name, visitor);
    }

    @Override
    public void forEachName(NameVisitor visitor) throws IOException {
        snapshot().forEachName(visitor);
    }

    @Override
    public void forEachValue(byte[] name, byte[] prefix, ValueFilter filter, ValueVisitor visitor) throws IOException {
        snapshot().forEachValue(name, prefix, filter, visitor);
    }

    @Override
    public boolean valuesAreSorted(byte[] name) {
        return snapshot().valuesAreSorted(name);
    }

    /** Bytes of heap the index takes, roughly; all of it, with room not used yet, without the symbols. */
    public long sizeBytes() {
        return bytes.getAcquire() + sortedBytes.get();
    }

    SymbolTable symbols() {
        return symbols;
    }

    TagTable names() {
        return names;
    }

    /** Whether series were added, or begun to be, since there were so many. */
    boolean hasAddedSince(long completed) {
        return addsStarted.getAcquire() != completed;
    }

    /** A label name, null if no series has it. */
    @Nullable
    Name name(int nameSymbol) {
        int tag = tagOf(nameSymbol);
        TagSegment segment = names.segment(tag);
        int index = segment.indexOf(tag);
        if (index < 0) {
            return null;
        }
        long slot = segment.slot(index);
        return TagSegment.isLive(slot) ? (Name) segment.object(slot) : null;
    }

    static int tagOf(int symbol) {
        return symbol * TAG_FACTOR;
    }

    static int symbolOf(int tag) {
        return tag * TAG_FACTOR_INVERSE;
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    /**
     * Adds a series.
     *
     * @param slot its slot, which no series of this index has
     * @param labelSymbols name and value of each label, names all different
     * @param labelCount number of labels; twice as many symbols are read
     */
    public void add(int slot, int[] labelSymbols, int labelCount) {
        checkSlot(slot);
        addsStarted.setRelease(addsStarted.getPlain() + 1);
        added[0] = slot;
        for (int i = 0; i < labelCount; i++) {
            Name name = nameOrNew(labelSymbols[2 * i]);
            addValue(name, labelSymbols[2 * i + 1], added, 0, 1);
            addSeries(name, added, 1);
        }
        setAll(all.add(slot));
        addsCompleted.setRelease(addsCompleted.getPlain() + 1);
    }

    /**
     * Adds series, as {@link #add} does each, at less cost the more labels those in turn have in common.
     *
     * @param slots of the series, which no others of this index have
     * @param labelSymbols name and value of each label of the first series, then those of the next
     * @param ends where those of each series end
     * @param count number of series, of which the arrays may have more
     */
    public void addAll(int[] slots, int[] labelSymbols, int[] ends, int count) {
        addsStarted.setRelease(addsStarted.getPlain() + count);
        LabelRuns runs = new LabelRuns(this);
        int start = 0;
        for (int i = 0; i < count; i++) {
            checkSlot(slots[i]);
            runs.add(slots[i], labelSymbols, start, ends[i]);
            start = ends[i];
        }
        runs.finish();
        setAll(all.addAll(slots, 0, count));
        addsCompleted.setRelease(addsCompleted.getPlain() + count);
    }

    private static void checkSlot(int slot) {
        if (slot < 0 || slot == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("cannot add a series: found=slot " + slot);
        }
    }

    /** A label name; one that is new is not in the index before {@link #addSeries}. */
    Name nameOrNew(int nameSymbol) {
        Name name = name(nameSymbol);
        return name == null ? new Name(nameSymbol, new TagTable(bytes)) : name;
    }

    /** Adds series to the list of those with a name, after they were added to those of its values. */
    void addSeries(Name name, int[] slots, int count) {
        boolean isNew = name.series.isEmpty() && name(name.symbol) == null;
        if (isNew) {
            account(NAME_OBJECT_BYTES + name.series.sizeBytes());
        }
        setSeries(name, name.series.addAll(slots, 0, count));
        if (isNew) {
            names.addObject(tagOf(name.symbol), name);
        }
    }

    private void setSeries(Name name, GrowingPostings next) {
        GrowingPostings present = name.series;
        if (next != present) {
            name.series = next;
            account(next.sizeBytes() - present.sizeBytes());
        }
    }

    /** Adds the series with slots {@code from} to {@code to} to the list of a value. */
    void addValue(Name name, int symbol, int[] slots, int from, int to) {
        TagTable values = name.values;
        int tag = tagOf(symbol);
        TagSegment segment = values.segment(tag);
        int index = segment.indexOf(tag);
        if (index < 0) {
            if (to - from == 1) {
                values.add(tag, slots[from] + 1);
            } else {
                GrowingPostings list = GrowingPostings.empty().addAll(slots, from, to);
                account(list.sizeBytes());
                values.addObject(tag, list);
            }
            logValue(name, symbol);
            return;
        }
        long entry = segment.slot(index);
        int payload = TagSegment.payload(entry);
        if (payload > 0) {
            GrowingPostings list = GrowingPostings.of(payload - 1, slots[from]).addAll(slots, from + 1, to);
            account(list.sizeBytes());
            values.replaceByObject(segment, index, list);
            return;
        }
        GrowingPostings list = (GrowingPostings) segment.object(entry);
        replaceList(segment, entry, list, list.addAll(slots, from, to));
    }

    private void logValue(Name name, int symbol) {
        name.valueCount++;
        ValueLog log = name.log;
        if (log != null) {
            long before = log.sizeBytes();
            log.add(symbol);
            account(log.sizeBytes() - before);
            if (logToBe != null && isPurging(name)) {
                logToBe.add(symbol);
            }
        } else if (name.valueCount >= LOGGED_VALUES_MIN) {
            log = new ValueLog(sortedBytes);
            TagSegment segment;
            for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
                segment = name.values.segmentFrom(tag);
                for (int i = 0; i < segment.slots(); i++) {
                    if (TagSegment.isLive(segment.slot(i))) {
                        log.add(symbolOf(TagSegment.tag(segment.slot(i))));
                    }
                }
            }
            account(log.sizeBytes());
            name.log = log;
        }
    }

    private boolean isPurging(Name name) {
        List<Name> rest = namesToPurge;
        return rest != null && !rest.isEmpty() && rest.get(rest.size() - 1) == name;
    }

    private void replaceList(TagSegment segment, long entry, GrowingPostings list, GrowingPostings next) {
        if (next != list) {
            segment.setObject(entry, next);
            account(next.sizeBytes() - list.sizeBytes());
        }
    }

    private void setAll(GrowingPostings next) {
        GrowingPostings present = all;
        if (next != present) {
            all = next;
            account(next.sizeBytes() - present.sizeBytes());
        }
    }

    /** The first step of removing series: snapshots taken from now on do not have them. */
    public void hide(PostingList slots) {
        if (hidden != null) {
            throw new IllegalStateException("series cannot be hidden before those hidden last are purged");
        }
        // A bitmap if that pays: each value's series are looked up in it.
        PostingList compact = slots.compact();
        hidden = compact;
        setAll(all.minus(compact));
    }

    /**
     * A bounded part of taking hidden series out of the lists. No snapshot taken before {@link #hide} may be in use.
     *
     * @param valuesMax after about so many label values the call returns
     * @return true when all is done
     */
    public boolean purge(int valuesMax) {
        PostingList slots = hidden;
        if (slots == null) {
            return true;
        }
        List<Name> rest = namesToPurge;
        if (rest == null) {
            rest = allNames();
            namesToPurge = rest;
        }
        long budget = Math.max(1, valuesMax);
        while (!rest.isEmpty()) {
            if (budget <= 0) {
                return false;
            }
            Name name = rest.get(rest.size() - 1);
            if (tagToPurge == 0 && segmentToPurge == null) {
                logToBe = name.log == null ? null : new ValueLog(sortedBytes);
                removesValues = false;
            }
            budget = purge(name, slots, budget);
            if (tagToPurge == TagTable.TAGS_END) {
                rest.remove(rest.size() - 1);
                tagToPurge = 0;
                if (removesValues) {
                    replaceLog(name, name.valueCount < LOGGED_VALUES_MIN ? null : logToBe);
                }
                logToBe = null;
                setSeries(name, name.series.minus(slots));
                dropIfEmpty(name);
            }
        }
        namesToPurge = null;
        hidden = null;
        return true;
    }

    /** Before the symbols of the values that went are released: they may come back as other values. */
    private void replaceLog(Name name, @Nullable ValueLog next) {
        ValueLog present = name.log;
        if (present != null) {
            name.log = next;
            present.close();
            account((next == null ? 0 : next.sizeBytes()) - present.sizeBytes());
        }
    }

    private List<Name> allNames() {
        List<Name> found = new ArrayList<>();
        TagSegment segment;
        for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
            segment = names.segmentFrom(tag);
            for (int i = 0; i < segment.slots(); i++) {
                if (TagSegment.isLive(segment.slot(i))) {
                    found.add((Name) segment.object(segment.slot(i)));
                }
            }
        }
        return found;
    }

    /** Goes on in one segment; returns what is left of the budget. */
    private long purge(Name name, PostingList slots, long budget) {
        TagSegment segment = name.values.segmentFrom(tagToPurge);
        if (segment != segmentToPurge) {
            segmentToPurge = segment;
            indexToPurge = 0;
        }
        long rest = budget;
        while (rest > 0 && indexToPurge < segment.slots()) {
            rest -= purge(name, segment, indexToPurge++, slots);
        }
        if (indexToPurge == segment.slots()) {
            segmentToPurge = null;
            tagToPurge = segment.tagEnd();
            name.values.shrink(segment);
        }
        return rest;
    }

    /** Purges one value; returns what it cost: a long list costs more. */
    private long purge(Name name, TagSegment segment, int index, PostingList slots) {
        long entry = segment.slot(index);
        if (!TagSegment.isLive(entry)) {
            return 0;
        }
        int payload = TagSegment.payload(entry);
        long cost = 1;
        boolean stays;
        if (payload > 0) {
            stays = !slots.contains(payload - 1);
        } else {
            GrowingPostings list = (GrowingPostings) segment.object(entry);
            GrowingPostings next = list.minus(slots);
            replaceList(segment, entry, list, next);
            stays = !next.isEmpty();
            account(stays ? 0 : -next.sizeBytes());
            cost += list.sizeBytes() >> 8;
        }
        if (!stays) {
            segment.remove(index);
            name.valueCount--;
            removesValues = true;
        } else if (logToBe != null) {
            logToBe.add(symbolOf(TagSegment.tag(entry)));
        }
        return cost;
    }

    private void dropIfEmpty(Name name) {
        if (name.values.isEmpty()) {
            int tag = tagOf(name.symbol);
            TagSegment segment = names.segment(tag);
            segment.remove(segment.indexOf(tag));
            names.shrink(segment);
            name.values.discard();
            account(-NAME_OBJECT_BYTES - name.series.sizeBytes());
        }
    }

    private void account(long more) {
        bytes.setRelease(bytes.getPlain() + more);
    }
}
