package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.HeadPostings;
import dev.cairndb.index.LabelIndex;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.Varint;
import dev.cairndb.tsdb.Rejection;
import dev.cairndb.tsdb.TsdbOptions.SeriesLimits;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds the row of a label set and creates rows: symbols, postings and a hash table of slots. Looking up takes no lock;
 * creating and removing take {@link #lock}. Whoever looks up holds an epoch pin, so that the slot found is not given to
 * another series meanwhile; it may have been removed, which {@link Rows#DEAD} tells under the commit lock.
 *
 * <p>A hash never decides: the label bytes are compared with the row's symbols. Each cell of the table holds the upper
 * half of the hash and the slot plus one; 0 is an empty cell, {@link #REMOVED} one that searches pass over.
 */
final class SeriesRegistry {
    static final int ABSENT = -1;

    private static final int VALUES_PER_STEP = 1024;
    private static final int ROWS_PER_STEP = 256;
    private static final int SYMBOLS_PER_STEP = 2048;

    private static final byte[] NAME_LABEL = "__name__".getBytes(StandardCharsets.UTF_8);

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long SLOT_MASK = 0xFFFFFFFFL;
    private static final long REMOVED = SLOT_MASK;

    private final ReentrantLock lock = new ReentrantLock();
    private final Rows rows;
    private final Slab labelBlocks = new Slab();
    private final SymbolTable symbols = new SymbolTable();
    private final HeadPostings postings = new HeadPostings(symbols);
    private final LabelHash hash = new LabelHash();
    private final SenderLabels senderLabels;
    private final KnownLists knownLists;
    private final SeriesPerMetric seriesPerMetric = new SeriesPerMetric();
    private volatile SeriesLimits limits;
    private final ByteWriter encodedSymbols = new ByteWriter(128);
    private int[] pairs = new int[64];
    private volatile long[] table = new long[64];
    private int cellsTaken;
    private final AtomicInteger active = new AtomicInteger();
    private long created;
    private long removed;
    private long lastRef;

    SeriesRegistry(Rows rows, SeriesLimits limits, CacheBudget cacheBudget) {
        senderLabels = new SenderLabels(cacheBudget);
        knownLists = new KnownLists(cacheBudget);
        this.rows = rows;
        this.limits = limits;
    }

    long hash(byte[] packed, int offset, int length) {
        return hash.of(packed, offset, length);
    }

    /** The row's slot or {@link #ABSENT}. */
    int find(long labelsHash, byte[] packed, int offset, int length) {
        long[] cells = table;
        int mask = cells.length - 1;
        for (int at = (int) labelsHash & mask; ; at = at + 1 & mask) {
            long cell = (long) CELL.getAcquire(cells, at);
            if (cell == 0) {
                return ABSENT;
            }
            if ((cell ^ labelsHash) >>> 32 == 0 && (cell & SLOT_MASK) != REMOVED) {
                int slot = (int) cell - 1;
                if (hasLabels(slot, packed, offset, length)) {
                    return slot;
                }
            }
        }
    }

    /** Whether the row's labels are these, byte for byte. */
    private boolean hasLabels(int slot, byte[] packed, int offset, int length) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        byte[] bytes = labelBlocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        int wanted = offset;
        int wantedEnd = offset + length;
        while (at < end && wanted < wantedEnd) {
            long symbol = Varint.readUvarintInt(bytes, at);
            long text = Varint.readUvarintInt(packed, wanted);
            at = behind(symbol);
            wanted = behind(text);
            if (!symbols.equals((int) symbol, packed, wanted, (int) text)) {
                return false;
            }
            wanted += (int) text;
        }
        return at == end && wanted == wantedEnd;
    }

    /** Whether a row that is alive has these symbols, in the bytes in which rows hold them. Under an epoch pin. */
    boolean hasSymbols(int slot, byte[] list, int from, int to) {
        Rows.Page page = rows.page(slot);
        int length = page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        if (length != to - from) {
            return false;
        }
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        int at = Slab.offset(block);
        return Arrays.equals(labelBlocks.bytes(block), at, at + length, list, from, to);
    }

    /** Has the row found by its symbols from now on. */
    void rememberSymbols(int slot) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        int length = page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        long listHash = hash(labelBlocks.bytes(block), Slab.offset(block), length);
        knownLists.put(listHash, slot, Rows.ref(page, slot), rows);
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
            if (seriesPerMetric.count(metricNameOf(packed, offset, length)) >= limits.seriesPerMetricMax()) {
                return AppendScratch.refusal(Rejection.METRIC_SERIES_LIMIT);
            }
            return create(labelsHash, packed, offset, length, ++lastRef);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #resolve}, with the reference a new row is to have. For replay, which no limit stops. */
    int findOrRestore(byte[] packed, int offset, int length, long ref) {
        long labelsHash = hash(packed, offset, length);
        int slot = find(labelsHash, packed, offset, length);
        if (slot >= 0) {
            return slot;
        }
        lock.lock();
        try {
            return create(labelsHash, packed, offset, length, ref);
        } finally {
            lock.unlock();
        }
    }

    private int create(long labelsHash, byte[] packed, int offset, int length, long ref) {
        int symbolCount = intern(packed, offset, length);
        int block = labelBlocks.allocate(encodedSymbols.size());
        System.arraycopy(
                encodedSymbols.array(), 0, labelBlocks.bytes(block), Slab.offset(block), encodedSymbols.size());
        int slot = rows.take();
        rows.setLong(slot, Rows.REF, ref);
        rows.setLong(slot, Rows.HASH, labelsHash);
        rows.setInt(slot, Rows.LABELS, block);
        rows.setInt(slot, Rows.LABELS_LENGTH, encodedSymbols.size());
        insert(labelsHash, slot);
        postings.add(slot, pairs, symbolCount / 2);
        seriesPerMetric.add(metricName(symbolCount));
        active.incrementAndGet();
        created++;
        return slot;
    }

    /** The symbol of a label set's metric name; {@link SymbolTable#NONE} if it has none, or one that no series has. */
    private int metricNameOf(byte[] packed, int offset, int length) {
        int at = offset;
        while (at < offset + length) {
            long name = Varint.readUvarintInt(packed, at);
            int nameAt = behind(name);
            long value = Varint.readUvarintInt(packed, nameAt + (int) name);
            int valueAt = behind(value);
            if (Arrays.equals(packed, nameAt, nameAt + (int) name, NAME_LABEL, 0, NAME_LABEL.length)) {
                return symbols.find(packed, valueAt, (int) value);
            }
            at = valueAt + (int) value;
        }
        return SymbolTable.NONE;
    }

    /** The symbol of the metric name in {@link #pairs}; {@link SymbolTable#NONE} if there is none. */
    private int metricName(int symbolCount) {
        for (int i = 0; i < symbolCount; i += 2) {
            if (symbols.equals(pairs[i], NAME_LABEL, 0, NAME_LABEL.length)) {
                return pairs[i + 1];
            }
        }
        return SymbolTable.NONE;
    }

    /** Fills {@link #pairs} and {@link #encodedSymbols}; returns the number of symbols. */
    private int intern(byte[] packed, int offset, int length) {
        int count = 0;
        int at = offset;
        encodedSymbols.clear();
        while (at < offset + length) {
            long text = Varint.readUvarintInt(packed, at);
            at = behind(text);
            int symbol = symbols.intern(packed, at, (int) text);
            at += (int) text;
            if (count == pairs.length) {
                pairs = Arrays.copyOf(pairs, count * 2);
            }
            pairs[count++] = symbol;
            encodedSymbols.putUvarint(symbol);
        }
        return count;
    }

    private void insert(long labelsHash, int slot) {
        long[] cells = table;
        if ((cellsTaken + 1) * 5L > cells.length * 3L) {
            cells = rebuilt();
        }
        int mask = cells.length - 1;
        int at = (int) labelsHash & mask;
        while (cells[at] != 0) {
            at = at + 1 & mask;
        }
        CELL.setRelease(cells, at, labelsHash & ~SLOT_MASK | slot + 1);
        cellsTaken++;
    }

    private long[] rebuilt() {
        long[] old = table;
        int size = old.length;
        while ((active.get() + 1) * 5L > size * 2L) {
            size *= 2;
        }
        long[] cells = new long[size];
        int mask = size - 1;
        cellsTaken = 0;
        for (long cell : old) {
            if (cell != 0 && (cell & SLOT_MASK) != REMOVED) {
                int at = (int) rows.getLong((int) cell - 1, Rows.HASH) & mask;
                while (cells[at] != 0) {
                    at = at + 1 & mask;
                }
                cells[at] = cell;
                cellsTaken++;
            }
        }
        table = cells;
        return cells;
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
                unlist(slots[i]);
                seriesPerMetric.remove(metricName(decodeSymbols(slots[i])));
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

    private void unlist(int slot) {
        long[] cells = table;
        int mask = cells.length - 1;
        int at = (int) rows.getLong(slot, Rows.HASH) & mask;
        while ((int) cells[at] - 1 != slot || cells[at] == 0) {
            at = at + 1 & mask;
        }
        CELL.setRelease(cells, at, cells[at] | REMOVED);
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
            return symbols.takeReleased();
        } finally {
            lock.unlock();
        }
    }

    private void free(int[] slots, int from, int to) {
        lock.lock();
        try {
            for (int i = from; i < to; i++) {
                int slot = slots[i];
                int count = decodeSymbols(slot);
                for (int symbol = 0; symbol < count; symbol++) {
                    symbols.release(pairs[symbol]);
                }
                labelBlocks.free(rows.getInt(slot, Rows.LABELS));
                rows.giveBack(slot);
            }
        } finally {
            lock.unlock();
        }
    }

    void reclaim(int[] releasedSymbols) {
        for (int from = 0; from < releasedSymbols.length; from += SYMBOLS_PER_STEP) {
            lock.lock();
            try {
                symbols.reclaim(releasedSymbols, from, Math.min(from + SYMBOLS_PER_STEP, releasedSymbols.length));
            } finally {
                lock.unlock();
            }
        }
    }

    /** One bounded step of making the symbols' memory dense again; false when there is nothing to do. */
    boolean compactSymbols() {
        lock.lock();
        try {
            return symbols.compactStep();
        } finally {
            lock.unlock();
        }
    }

    /** Decodes a row's symbols, name and value in turn, into {@link #pairs}. Under the lock. */
    private int decodeSymbols(int slot) {
        int block = rows.getInt(slot, Rows.LABELS);
        byte[] bytes = labelBlocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + rows.getInt(slot, Rows.LABELS_LENGTH);
        int count = 0;
        while (at < end) {
            long symbol = Varint.readUvarintInt(bytes, at);
            at = behind(symbol);
            if (count == pairs.length) {
                pairs = Arrays.copyOf(pairs, count * 2);
            }
            pairs[count++] = (int) symbol;
        }
        return count;
    }

    /** Writes the row's packed labels to {@code target}. The caller holds a pin that is older than the row's removal. */
    void packLabels(int slot, ByteWriter target) {
        Rows.Page page = rows.page(slot);
        int block = page.ints[Rows.intAt(slot, Rows.LABELS)];
        byte[] bytes = labelBlocks.bytes(block);
        int at = Slab.offset(block);
        int end = at + page.ints[Rows.intAt(slot, Rows.LABELS_LENGTH)];
        while (at < end) {
            long symbol = Varint.readUvarintInt(bytes, at);
            at = behind(symbol);
            int length = symbols.length((int) symbol);
            target.putUvarint(length);
            target.ensure(length);
            symbols.copyTo((int) symbol, target.array(), target.size());
            target.size(target.size() + length);
        }
    }

    /** Prometheus' order of label sets: name, value, pair by pair, by unsigned bytes; a proper prefix first. */
    int compareLabels(int slotA, int slotB) {
        Rows.Page pageA = rows.page(slotA);
        Rows.Page pageB = rows.page(slotB);
        int blockA = pageA.ints[Rows.intAt(slotA, Rows.LABELS)];
        int blockB = pageB.ints[Rows.intAt(slotB, Rows.LABELS)];
        byte[] bytesA = labelBlocks.bytes(blockA);
        byte[] bytesB = labelBlocks.bytes(blockB);
        int atA = Slab.offset(blockA);
        int atB = Slab.offset(blockB);
        int endA = atA + pageA.ints[Rows.intAt(slotA, Rows.LABELS_LENGTH)];
        int endB = atB + pageB.ints[Rows.intAt(slotB, Rows.LABELS_LENGTH)];
        while (atA < endA && atB < endB) {
            long symbolA = Varint.readUvarintInt(bytesA, atA);
            long symbolB = Varint.readUvarintInt(bytesB, atB);
            // A text may have two symbols: one of a removed row that somebody still reads, one of a new row.
            int order = (int) symbolA == (int) symbolB ? 0 : symbols.compare((int) symbolA, (int) symbolB);
            if (order != 0) {
                return order;
            }
            atA = behind(symbolA);
            atB = behind(symbolB);
        }
        return Boolean.compare(atA < endA, atB < endB);
    }

    /** The offset behind what {@link Varint#readUvarintInt} read. */
    private static int behind(long read) {
        return (int) (read >>> 32);
    }

    /** Whether the slot still belongs to the series with this reference. */
    boolean isAlive(int slot, long ref) {
        return rows.isAlive(slot, ref);
    }

    long ref(int slot) {
        return rows.getLong(slot, Rows.REF);
    }

    /** As {@link Head#forEachSymbol}. */
    void forEachSymbol(PostingList selected, Head.SymbolVisitor visitor) throws IOException {
        BitSet used = new BitSet();
        PostingCursor slots = new PostingCursor().reset(selected);
        while (slots.next()) {
            Rows.Page page = rows.page(slots.id());
            int block = page.ints[Rows.intAt(slots.id(), Rows.LABELS)];
            byte[] bytes = labelBlocks.bytes(block);
            int at = Slab.offset(block);
            int end = at + page.ints[Rows.intAt(slots.id(), Rows.LABELS_LENGTH)];
            while (at < end) {
                long symbol = Varint.readUvarintInt(bytes, at);
                used.set((int) symbol);
                at = behind(symbol);
            }
        }
        int[] ids = used.stream().toArray();
        IntOrder.sort(ids, symbols::compare);
        int last = SymbolTable.NONE;
        for (int id : ids) {
            // A text may have two symbols: one of a removed row that is still to be cut, one of a new row.
            if (last == SymbolTable.NONE || symbols.compare(last, id) != 0) {
                byte[] text = symbols.copyOf(id);
                visitor.symbol(text, 0, text.length);
            }
            last = id;
        }
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
        return symbols;
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
        return symbols.sizeBytes();
    }

    long labelBytes() {
        return labelBlocks.bytesReserved();
    }

    long tableBytes() {
        return table.length * 8L + rows.bytesReserved() + seriesPerMetric.sizeBytes();
    }
}
