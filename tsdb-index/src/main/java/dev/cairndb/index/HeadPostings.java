package dev.cairndb.index;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The inverted index of a head: from label name and value, as symbols, to the slots of the series that carry them.
 *
 * <p>Thread-safety: one thread at a time may change it ({@link #add}, {@link #addAll}, {@link #hide}, {@link #purge},
 * and those that restore lists; the caller's lock sees to it), any thread may read at any time without a lock. A
 * {@link #snapshot} is a {@link LabelIndex} that does not change; the index itself answers each call from a new one.
 * Ownership: nothing of a caller's array is kept, but a list that is restored is.
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
    private final SymbolTable symbols;
    private final HeadNames names = new HeadNames();

    private final AtomicLong addsStarted = new AtomicLong();
    private final AtomicLong addsCompleted = new AtomicLong();
    private volatile GrowingPostings all = GrowingPostings.empty();
    private volatile @Nullable PostingList hidden;

    /** The slot of a series that is added alone. */
    private final int[] added = new int[1];

    /** While lists are restored. */
    private @Nullable HeadLists restoring;

    /** What {@link #forEachList} gives the index's lists to. */
    public interface ListVisitor {
        /** A name, and the series that have it; its values come next. */
        void name(int nameSymbol, PostingList series) throws IOException;

        /** A value of the name that came last, and the series that have it. */
        void value(int valueSymbol, PostingList series) throws IOException;
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
        return names.sizeBytes();
    }

    SymbolTable symbols() {
        return symbols;
    }

    HeadNames names() {
        return names;
    }

    /** Whether series were added, or begun to be, since there were so many. */
    boolean hasAddedSince(long completed) {
        return addsStarted.getAcquire() != completed;
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
            HeadName name = names.nameOrNew(labelSymbols[2 * i]);
            names.addValue(name, labelSymbols[2 * i + 1], added, 0, 1);
            names.addSeries(name, added, 1);
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
        LabelRuns runs = new LabelRuns(names);
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

    static void checkSlot(int slot) {
        if (slot < 0 || slot == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("cannot add a series: found=slot " + slot);
        }
    }

    private void setAll(GrowingPostings next) {
        GrowingPostings present = all;
        if (next != present) {
            all = next;
            names.account(next.sizeBytes() - present.sizeBytes());
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
        if (!names.purge(slots, valuesMax)) {
            return false;
        }
        hidden = null;
        return true;
    }

    // ------------------------------------------------------------------------------------- for the writer: as lists

    /**
     * Gives all lists but that of all series: each name and after it each of its values. They are in no order of their
     * bytes, but in one in which an index is filled fast. The lists stay as they are whatever comes; the visitor does
     * not change the index.
     *
     * @throws IllegalStateException if series are hidden and not purged yet
     */
    public void forEachList(ListVisitor visitor) throws IOException {
        if (hidden != null) {
            throw new IllegalStateException("lists cannot be given before hidden series are purged");
        }
        HeadLists.forEach(names, visitor);
    }

    /**
     * Adds a name to an index that is being filled with lists as {@link #forEachList} gave them, at less cost than
     * adding the series again. Bitmaps are kept as they are, without a copy. Readers see nothing before
     * {@link #restoreAll}, up to which no series may be added in another way. An index that was not filled to the end
     * is to be thrown away.
     *
     * @throws IllegalStateException if the index had series before
     * @throws IllegalArgumentException if the name was restored already, or a slot is not one
     */
    public void restoreName(int nameSymbol, PostingList series) {
        restoring().name(nameSymbol, series);
    }

    /**
     * Adds a value to the name restored last.
     *
     * @throws IllegalStateException if there is none
     * @throws IllegalArgumentException if the name's value was restored already, or a slot is not one
     */
    public void restoreValue(int valueSymbol, PostingList series) {
        restoring().value(valueSymbol, series);
    }

    /**
     * Adds the list of all series, after all other lists: the end of filling an index, which may now be used as any.
     *
     * @throws IllegalStateException if the index had series before
     * @throws IllegalArgumentException if a slot is not one
     */
    public void restoreAll(PostingList series) {
        restoring();
        HeadLists.checkSlots(series);
        if (!all.isEmpty()) {
            throw new IllegalStateException("series were added to an index while lists were restored");
        }
        setAll(GrowingPostings.of(series));
        addsCompleted.setRelease(addsStarted.getPlain());
        restoring = null;
    }

    /** To the readers, all that is restored is one addition. */
    private HeadLists restoring() {
        HeadLists present = restoring;
        if (present == null) {
            if (!names.table().isEmpty() || !all.isEmpty() || hidden != null) {
                throw new IllegalStateException("lists can be restored only in an index without series");
            }
            addsStarted.setRelease(addsStarted.getPlain() + 1);
            present = new HeadLists(names);
            restoring = present;
        }
        return present;
    }
}
