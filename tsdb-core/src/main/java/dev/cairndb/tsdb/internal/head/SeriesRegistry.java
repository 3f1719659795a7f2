package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.HeadPostings;
import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the row of a label set and creates rows: their labels, their place in the hash table, their postings. Looking
 * up takes no lock; creating and removing take {@link #lock}. Whoever looks up holds an epoch pin, so that the slot
 * found is not given to another series meanwhile; it may have been removed, which {@link Rows#DEAD} tells under the
 * commit lock.
 */
final class SeriesRegistry {
    static final int ABSENT = SlotTable.ABSENT;

    private static final int VALUES_PER_STEP = 1024;
    private static final int ROWS_PER_STEP = 256;
    private static final int SYMBOLS_PER_STEP = 2048;

    private final ReentrantLock lock = new ReentrantLock();
    private final Rows rows;
    private final RowLabels labels;
    private final SlotTable table;
    private final HeadPostings postings;
    private final LabelHash hash = new LabelHash();
    private final SenderLabels senderLabels;
    private final KnownLists knownLists;
    private final SeriesPerMetric seriesPerMetric = new SeriesPerMetric();
    private volatile SeriesLimits limits;
    private final AtomicInteger active = new AtomicInteger();
    private long created;
    private long removed;
    private long lastRef;
    /** Only while the series of a log are restored. */
    private @Nullable RestoredLabels restored;

    SeriesRegistry(Rows rows, SeriesLimits limits, CacheBudget cacheBudget) {
        this.rows = rows;
        this.limits = limits;
        labels = new RowLabels(rows);
        table = new SlotTable(rows, labels);
        postings = new HeadPostings(labels.symbols());
        senderLabels = new SenderLabels(cacheBudget);
        knownLists = new KnownLists(cacheBudget);
    }

    long hash(byte[] packed, int offset, int length) {
        return hash.of(packed, offset, length);
    }

    /** The row's slot or {@link #ABSENT}. */
    int find(long labelsHash, byte[] packed, int offset, int length) {
        return table.find(labelsHash, packed, offset, length);
    }

    /** As {@link RowLabels#hasSymbols}. */
    boolean hasSymbols(int slot, byte[] list, int from, int to) {
        return labels.hasSymbols(slot, list, from, to);
    }

    /** Has the row found by its symbols from now on. */
    void rememberSymbols(int slot) {
        knownLists.put(labels.symbolsHash(slot, hash), slot, ref(slot), rows);
    }

    int resolve(byte[] packed, int offset, int length, boolean create) {
        return resolve(hash(packed, offset, length), packed, offset, length, create);
    }

    /** As {@link Samples#resolve}. The caller holds an epoch pin. */
    int resolve(long labelsHash, byte[] packed, int offset, int length, boolean create) {
        int slot = find(labelsHash, packed, offset, length);
        if (slot >= 0 || !create) {
            return slot;
        }
        lock.lock();
        try {
            slot = find(labelsHash, packed, offset, length);
            if (slot >= 0) {
                return slot;
            }
            if (active.get() >= limits.seriesMax() || lastRef >= RecordHandler.SERIES_REF_MAX) {
                return AppendScratch.refusal(Rejection.SERIES_LIMIT);
            }
            if (seriesPerMetric.count(labels.metricNameOf(packed, offset, length)) >= limits.seriesPerMetricMax()) {
                return AppendScratch.refusal(Rejection.METRIC_SERIES_LIMIT);
            }
            return create(labelsHash, packed, offset, length, ++lastRef);
        } finally {
            lock.unlock();
        }
    }

    /**
     * From now on until {@link #endRestoring} series come from {@link #findOrRestore} alone, of one thread, and what
     * they have in labels and postings may be made on another: nobody asks for it before {@link #settleRestored}.
     */
    void beginRestoring(Executor executor) {
        restored = new RestoredLabels(labels, seriesPerMetric, postings, executor);
    }

    /** Has all restored rows have their labels. */
    void settleRestored() {
        RestoredLabels present = restored;
        if (present != null) {
            present.settle();
        }
    }

    void endRestoring() {
        RestoredLabels ended = restored;
        if (ended != null) {
            restored = null;
            ended.finish();
        }
    }

    /** For a registry that is not used any more. */
    void stopRestoring() {
        RestoredLabels ended = restored;
        if (ended != null) {
            restored = null;
            ended.stop();
        }
    }

    /** As {@link #resolve}, with the reference a new row is to have. For replay, which no limit stops. */
    int findOrRestore(byte[] packed, int offset, int length, long ref) {
        RestoredLabels target = restored;
        if (target == null) {
            throw new IllegalStateException("BUG: no series are being restored");
        }
        long labelsHash = hash(packed, offset, length);
        if (table.mayHave(labelsHash)) {
            target.settle();
            int slot = find(labelsHash, packed, offset, length);
            if (slot >= 0) {
                return slot;
            }
        }
        int slot = newRow(labelsHash, ref);
        table.insert(labelsHash, slot);
        target.add(slot, packed, offset, length);
        active.incrementAndGet();
        created++;
        return slot;
    }

    /** Before {@link #restore}, with the seed of the hashes of its rows, in a registry that has none. */
    void beginImage(long hashSeed, int rowCount) {
        hash.seed(hashSeed);
        table.reserve(rowCount);
    }

    /**
     * Adds a row of an image, whose symbols have references for it, and which is in the posting lists of that. It is
     * found by its labels only after {@link #endImage}.
     *
     * @param slot at or behind {@link Rows#limit}
     * @param symbolList of its labels, in the bytes in which rows have them
     * @param metricName the symbol of the metric's name, or none
     */
    void restore(int slot, long ref, long labelsHash, byte[] symbolList, int offset, int length, int metricName) {
        rows.take(slot);
        rows.setLong(slot, Rows.REF, ref);
        rows.setLong(slot, Rows.HASH, labelsHash);
        labels.assign(slot, symbolList, offset, length);
        seriesPerMetric.add(metricName);
        active.incrementAndGet();
        created++;
    }

    /** Puts all rows that were restored into the hash table. */
    void endImage() {
        long[] hashes = new long[ROWS_PER_STEP];
        int[] slots = new int[ROWS_PER_STEP];
        int count = 0;
        int limit = rows.limit();
        for (int slot = 0; slot < limit; slot++) {
            if (ref(slot) != 0) {
                hashes[count] = rows.getLong(slot, Rows.HASH);
                slots[count++] = slot;
            }
            if (count == ROWS_PER_STEP || slot == limit - 1) {
                table.insertAll(hashes, slots, count);
                count = 0;
            }
        }
    }

    /** Those of a head without rows, to be filled from an image. */
    HeadPostings postingsToRestore() {
        return postings;
    }

    /** Shows the lists of all names and values. Under {@link #lockForImage}. */
    void forEachList(HeadPostings.ListVisitor visitor) throws IOException {
        postings.forEachList(visitor);
    }

    /** No series comes or goes until {@link #unlockForImage}. The caller holds the commit lock. */
    void lockForImage() {
        lock.lock();
    }

    void unlockForImage() {
        lock.unlock();
    }

    long hashSeed() {
        return hash.seed();
    }

    private int newRow(long labelsHash, long ref) {
        int slot = rows.take();
        rows.setLong(slot, Rows.REF, ref);
        rows.setLong(slot, Rows.HASH, labelsHash);
        return slot;
    }

    private int create(long labelsHash, byte[] packed, int offset, int length, long ref) {
        int symbolCount = labels.intern(packed, offset, length);
        int block = labels.newBlock();
        int slot = newRow(labelsHash, ref);
        labels.assign(slot, block);
        table.insert(labelsHash, slot);
        postings.add(slot, labels.pairs(), symbolCount / 2);
        seriesPerMetric.add(labels.metricName(symbolCount));
        active.incrementAndGet();
        created++;
        return slot;
    }

    /**
     * Takes rows out of the table and marks them dead; the caller holds the commit lock. {@link #hide} follows, and
     * {@link #dispose} once no reader can hold their slots.
     */
    void unlist(int[] slots, int from, int to) {
        lock.lock();
        try {
            for (int i = from; i < to; i++) {
                rows.setFlag(slots[i], Rows.DEAD);
                table.remove(slots[i]);
                seriesPerMetric.remove(labels.metricName(labels.decode(slots[i])));
            }
            active.addAndGet(from - to);
            removed += to - from;
        } finally {
            lock.unlock();
        }
    }

    /** Takes all rows unlisted since the last time out of the sight of queries that begin from now on. */
    void hide(int[] ascendingSlots) {
        lock.lock();
        try {
            postings.hide(PostingList.ofSorted(ascendingSlots));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Frees the slots and label blocks of removed rows. Returns the symbols that lost their last row: somebody may just
     * have looked one up, so they wait for another epoch until {@link #reclaim}.
     */
    int[] dispose(int[] slots) {
        boolean purged = false;
        while (!purged) {
            lock.lock();
            try {
                purged = postings.purge(VALUES_PER_STEP);
            } finally {
                lock.unlock();
            }
        }
        for (int from = 0; from < slots.length; from += ROWS_PER_STEP) {
            free(slots, from, Math.min(from + ROWS_PER_STEP, slots.length));
        }
        lock.lock();
        try {
            return labels.symbols().takeReleased();
        } finally {
            lock.unlock();
        }
    }

    private void free(int[] slots, int from, int to) {
        lock.lock();
        try {
            for (int i = from; i < to; i++) {
                labels.free(slots[i]);
                rows.giveBack(slots[i]);
            }
        } finally {
            lock.unlock();
        }
    }

    void reclaim(int[] releasedSymbols) {
        for (int from = 0; from < releasedSymbols.length; from += SYMBOLS_PER_STEP) {
            lock.lock();
            try {
                int to = Math.min(from + SYMBOLS_PER_STEP, releasedSymbols.length);
                labels.symbols().reclaim(releasedSymbols, from, to);
            } finally {
                lock.unlock();
            }
        }
    }

    /** One bounded step of making the symbols' memory dense again; false when there is nothing to do. */
    boolean compactSymbols() {
        lock.lock();
        try {
            return labels.symbols().compactStep();
        } finally {
            lock.unlock();
        }
    }

    /** As {@link RowLabels#pack}. */
    void packLabels(int slot, ByteWriter target) {
        labels.pack(slot, target);
    }

    /** As {@link RowLabels#compare}. */
    int compareLabels(int slotA, int slotB) {
        return labels.compare(slotA, slotB);
    }

    /** As {@link #compareLabels(int, int)}, of rows whose symbols have ranks. */
    int compareLabels(int slotA, int slotB, SymbolRanks ranks) {
        return labels.compare(slotA, slotB, ranks);
    }

    /** Whether the slot still belongs to the series with this reference. */
    boolean isAlive(int slot, long ref) {
        return rows.isAlive(slot, ref);
    }

    long ref(int slot) {
        return rows.getLong(slot, Rows.REF);
    }

    /** As {@link RowLabels#forEachSymbol}. */
    void forEachSymbol(int slot, IntConsumer sink) {
        labels.forEachSymbol(slot, sink);
    }

    /** Those of the symbols of some rows. */
    SymbolRanks ranks(PostingList selected) {
        return SymbolRanks.of(selected, labels);
    }

    SeriesLimits limits() {
        return limits;
    }

    /** What further series are judged by; those that are there stay. */
    void limits(SeriesLimits newLimits) {
        limits = newLimits;
    }

    SenderLabels senderLabels() {
        return senderLabels;
    }

    KnownLists knownLists() {
        return knownLists;
    }

    SymbolTable symbols() {
        return labels.symbols();
    }

    /** Memory of what is remembered of senders. */
    long senderBytes() {
        return senderLabels.bytesReserved() + knownLists.bytesReserved();
    }

    /** Gives back what is shared with other stores. */
    void close() {
        senderLabels.close();
        knownLists.close();
    }

    /** Postings as they are now. */
    LabelIndex postings() {
        return postings.snapshot();
    }

    /** Series that can be found now. */
    int active() {
        return active.get();
    }

    long created() {
        return created;
    }

    long removed() {
        return removed;
    }

    /** The largest reference that was given so far. */
    long newestRef() {
        lock.lock();
        try {
            return lastRef;
        } finally {
            lock.unlock();
        }
    }

    /** The references given from now on are larger than this one. */
    void skipRefsUpTo(long ref) {
        lock.lock();
        try {
            lastRef = Math.max(lastRef, ref);
        } finally {
            lock.unlock();
        }
    }

    long postingBytes() {
        return postings.sizeBytes();
    }

    long symbolBytes() {
        return labels.symbolBytes();
    }

    long labelBytes() {
        return labels.blockBytes();
    }

    long tableBytes() {
        return table.sizeBytes() + rows.bytesReserved() + seriesPerMetric.sizeBytes();
    }
}
