package dev.cairndb.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The inverted index of a head: from label name and value, as symbols, to the slots of the series that carry them.
 *
 * <p>Thread-safety: one thread at a time may change it ({@link #add}, {@link #hide}, {@link #purge}; the caller's lock
 * sees to it), any thread may read at any time without a lock. A {@link #snapshot} is a {@link LabelIndex} that does
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
    private static final int NAME_OBJECT_BYTES = 24;

    private final SymbolTable symbols;
    private final AtomicLong bytes = new AtomicLong();
    private final TagTable names = new TagTable(bytes);

    private final AtomicLong addsStarted = new AtomicLong();
    private final AtomicLong addsCompleted = new AtomicLong();
    private volatile GrowingPostings all = GrowingPostings.empty();
    private volatile @Nullable PostingList hidden;

    // Where a purge stands: the names still to do; in the last of them the tag to go on with; and the place in that
    // tag's segment, if it is still the same one.
    private @Nullable List<Name> namesToPurge;
    private long tagToPurge;
    private @Nullable TagSegment segmentToPurge;
    private int indexToPurge;

    /** A label name, its values, and the series that have any. */
    static final class Name {
        private final int symbol;
        private final TagTable values;
        private volatile GrowingPostings series = GrowingPostings.empty();

        private Name(int symbol, TagTable values) {
            this.symbol = symbol;
            this.values = values;
        }

        TagTable values() {
            return values;
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
    public boolean valuesAreSorted() {
        return false;
    }

    /** Bytes of heap the index takes, roughly; all of it, with room not used yet, without the symbols. */
    public long sizeBytes() {
        return bytes.getAcquire();
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

    /** The values of a label name, null if no series has it. */
    @Nullable
    TagTable valuesOf(int nameSymbol) {
        Name name = name(nameSymbol);
        return name == null ? null : name.values;
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
        if (slot < 0 || slot == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("cannot add a series: found=slot " + slot);
        }
        addsStarted.setRelease(addsStarted.getPlain() + 1);
        for (int i = 0; i < labelCount; i++) {
            addLabel(labelSymbols[2 * i], labelSymbols[2 * i + 1], slot);
        }
        setAll(all.add(slot));
        addsCompleted.setRelease(addsCompleted.getPlain() + 1);
    }

    private void addLabel(int nameSymbol, int valueSymbol, int slot) {
        Name name = name(nameSymbol);
        if (name != null) {
            addValue(name.values, tagOf(valueSymbol), slot);
            setSeries(name, name.series.add(slot));
            return;
        }
        name = new Name(nameSymbol, new TagTable(bytes));
        account(NAME_OBJECT_BYTES + name.series.sizeBytes());
        addValue(name.values, tagOf(valueSymbol), slot);
        setSeries(name, name.series.add(slot));
        names.addObject(tagOf(nameSymbol), name);
    }

    private void setSeries(Name name, GrowingPostings next) {
        GrowingPostings present = name.series;
        if (next != present) {
            name.series = next;
            account(next.sizeBytes() - present.sizeBytes());
        }
    }

    private void addValue(TagTable values, int tag, int slot) {
        TagSegment segment = values.segment(tag);
        int index = segment.indexOf(tag);
        if (index < 0) {
            values.add(tag, slot + 1);
            return;
        }
        long entry = segment.slot(index);
        int payload = TagSegment.payload(entry);
        if (payload > 0) {
            GrowingPostings pair = GrowingPostings.of(payload - 1, slot);
            account(pair.sizeBytes());
            values.replaceByObject(segment, index, pair);
            return;
        }
        GrowingPostings list = (GrowingPostings) segment.object(entry);
        replaceList(segment, entry, list, list.add(slot));
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
            budget = purge(name.values, slots, budget);
            if (tagToPurge == TagTable.TAGS_END) {
                rest.remove(rest.size() - 1);
                tagToPurge = 0;
                setSeries(name, name.series.minus(slots));
                dropIfEmpty(name);
            }
        }
        namesToPurge = null;
        hidden = null;
        return true;
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
    private long purge(TagTable values, PostingList slots, long budget) {
        TagSegment segment = values.segmentFrom(tagToPurge);
        if (segment != segmentToPurge) {
            segmentToPurge = segment;
            indexToPurge = 0;
        }
        long rest = budget;
        while (rest > 0 && indexToPurge < segment.slots()) {
            rest -= purge(segment, indexToPurge++, slots);
        }
        if (indexToPurge == segment.slots()) {
            segmentToPurge = null;
            tagToPurge = segment.tagEnd();
            values.shrink(segment);
        }
        return rest;
    }

    /** Purges one value; returns what it cost: a long list costs more. */
    private long purge(TagSegment segment, int index, PostingList slots) {
        long entry = segment.slot(index);
        if (!TagSegment.isLive(entry)) {
            return 0;
        }
        int payload = TagSegment.payload(entry);
        if (payload > 0) {
            if (slots.contains(payload - 1)) {
                segment.remove(index);
            }
            return 1;
        }
        GrowingPostings list = (GrowingPostings) segment.object(entry);
        GrowingPostings next = list.minus(slots);
        replaceList(segment, entry, list, next);
        if (next.isEmpty()) {
            account(-next.sizeBytes());
            segment.remove(index);
        }
        return 1 + (list.sizeBytes() >> 8);
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
