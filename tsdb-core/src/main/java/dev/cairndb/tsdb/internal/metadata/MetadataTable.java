package dev.cairndb.tsdb.internal.metadata;

import dev.cairndb.remote.MetricType;
import dev.cairndb.tsdb.MetricMetadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of metric families. The log, and version 2 of remote_write, know it per series; so does this: each
 * series of the head may have an entry, which all series that say the same of a family share, and an entry goes with
 * its last series. Targets that disagree on a family thus all have their say. Version 1 tells metadata without a
 * series: it is given to one of the family's ({@link #seriesFor}), and kept aside while there is none.
 *
 * <p>Bounded in bytes. When it is full, entries kept aside make room, oldest first; what still does not fit is dropped.
 *
 * <p>Methods that change it, and {@link #isCurrent}, are for the holder of the commit lock, except {@link #forget}; the
 * others are for everybody. A lock of its own guards what both use.
 */
public final class MetadataTable {
    private static final int PAGE_BITS = 10;
    private static final int PAGE_BYTES = 16 + (4 << PAGE_BITS);

    /** What became of metadata. */
    public enum Outcome {
        /** It was there already. */
        UNCHANGED,
        /** It is now that of the series, and has to be logged. */
        UPDATED,
        /** It is new and has no series yet: there is nothing it could be logged with. */
        KEPT_ASIDE,
        /** There is no room for it. */
        DROPPED
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final long bytesMax;
    private final Map<MetadataEntry, MetadataEntry> entries = new HashMap<>();
    /** Entries no series has, oldest first. */
    private final LinkedHashSet<MetadataEntry> aside = new LinkedHashSet<>();
    /** By slot. */
    private @Nullable MetadataEntry[] @Nullable [] pages = new MetadataEntry[0][];

    private long bytes;
    private long assignments;

    /** @param bytesMax 0 if none is to be kept: then nothing may be set */
    public MetadataTable(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Whether metadata is kept at all. */
    public boolean isOn() {
        return bytesMax > 0;
    }

    /** Whether this is the metadata of a series already. Makes no garbage, takes no lock. */
    public boolean isCurrent(int slot, MetadataText text) {
        MetadataEntry present = of(slot);
        return present != null && present.says(text);
    }

    /**
     * Sets the metadata of a series. All bytes are copied.
     *
     * @param text of the series' name
     */
    public Outcome set(int slot, MetadataText text) {
        if (isCurrent(slot, text)) {
            return Outcome.UNCHANGED;
        }
        MetadataEntry wanted = text.toEntryOfSeries();
        lock.lock();
        try {
            return assign(slot, wanted) ? Outcome.UPDATED : Outcome.DROPPED;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sets the metadata of a family: of the series that {@link #seriesFor} found for it, or of none yet.
     *
     * @param slot of that series, negative if there is none
     * @param text of the family's name
     */
    public Outcome setFamily(int slot, MetadataText text) {
        MetadataEntry wanted = text.toEntry();
        lock.lock();
        try {
            MetadataEntry known = entries.get(wanted);
            if (known != null && known.seriesCount > 0) {
                return Outcome.UNCHANGED;
            }
            if (slot < 0) {
                boolean isNew = known == null;
                return !keepAside(known == null ? wanted : known)
                        ? Outcome.DROPPED
                        : isNew ? Outcome.KEPT_ASIDE : Outcome.UNCHANGED;
            }
            MetadataEntry present = of(slot);
            boolean isLogged = present != null && present.saysTheSameAs(wanted);
            if (!assign(slot, wanted)) {
                return Outcome.DROPPED;
            }
            // The log does not hold the family's name.
            return isLogged ? Outcome.UNCHANGED : Outcome.UPDATED;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a series has this metadata of a family, whose name it is of. */
    public boolean isAssigned(MetadataText text) {
        MetadataEntry wanted = text.toEntry();
        lock.lock();
        try {
            MetadataEntry known = entries.get(wanted);
            return known != null && known.seriesCount > 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Which of a family's series is to have metadata that was told without a series: one that says the same under
     * another family name, else one that has none, else the first. Negative if there is none.
     */
    public int seriesFor(int[] slots, int count, MetadataText text) {
        int best = count == 0 ? -1 : slots[0];
        boolean isFree = false;
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                MetadataEntry present = of(slots[i]);
                if (present == null && !isFree) {
                    best = slots[i];
                    isFree = true;
                } else if (present != null && present.says(text)) {
                    return slots[i];
                }
            }
            return best;
        } finally {
            lock.unlock();
        }
    }

    /** Series left the head; their slots may be given to others. */
    public void forget(int[] slots) {
        lock.lock();
        try {
            for (int slot : slots) {
                MetadataEntry present = of(slot);
                if (present != null) {
                    put(slot, null);
                    release(present);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. Returns false if there is no room. */
    private boolean assign(int slot, MetadataEntry wanted) {
        MetadataEntry entry = entries.get(wanted);
        boolean isNew = entry == null;
        if (entry == null) {
            entry = wanted;
        }
        // First, so that making room does not throw out the entry that is about to be used.
        boolean wasAside = aside.remove(entry);
        if (!makeRoom((isNew ? entry.bytes() : 0) + pageBytesFor(slot))) {
            if (wasAside) {
                aside.add(entry);
            }
            return false;
        }
        if (isNew) {
            entries.put(entry, entry);
            bytes += entry.bytes();
        }
        MetadataEntry present = of(slot);
        put(slot, entry);
        entry.seriesCount++;
        entry.assigned = ++assignments;
        if (present != null) {
            release(present);
        }
        return true;
    }

    private boolean keepAside(MetadataEntry entry) {
        if (aside.remove(entry)) {
            // Told again: it is not the oldest any more.
            aside.add(entry);
            return true;
        }
        if (!makeRoom(entry.bytes())) {
            return false;
        }
        entries.put(entry, entry);
        aside.add(entry);
        bytes += entry.bytes();
        return true;
    }

    private boolean makeRoom(long wantedBytes) {
        Iterator<MetadataEntry> oldest = aside.iterator();
        while (bytes + wantedBytes > bytesMax && oldest.hasNext()) {
            MetadataEntry entry = oldest.next();
            oldest.remove();
            drop(entry);
        }
        return bytes + wantedBytes <= bytesMax;
    }

    private void release(MetadataEntry entry) {
        if (--entry.seriesCount == 0) {
            drop(entry);
        }
    }

    private void drop(MetadataEntry entry) {
        entries.remove(entry);
        bytes -= entry.bytes();
    }

    private @Nullable MetadataEntry of(int slot) {
        int page = slot >>> PAGE_BITS;
        @Nullable MetadataEntry[] @Nullable [] seen = pages;
        if (page >= seen.length) {
            return null;
        }
        @Nullable MetadataEntry[] rows = seen[page];
        return rows == null ? null : rows[slot & (1 << PAGE_BITS) - 1];
    }

    private long pageBytesFor(int slot) {
        int page = slot >>> PAGE_BITS;
        return page < pages.length && pages[page] != null ? 0 : PAGE_BYTES;
    }

    private void put(int slot, @Nullable MetadataEntry entry) {
        int page = slot >>> PAGE_BITS;
        if (page >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(page + 1, pages.length * 2));
        }
        @Nullable MetadataEntry[] rows = pages[page];
        if (rows == null) {
            rows = new MetadataEntry[1 << PAGE_BITS];
            pages[page] = rows;
            bytes += PAGE_BYTES;
        }
        rows[slot & (1 << PAGE_BITS) - 1] = entry;
    }

    /** All metadata by family in byte order; of one family what was given to a series last comes first. */
    public List<MetricMetadata> list() {
        record Ranked(MetadataEntry entry, long assigned) {}
        List<Ranked> ranked;
        lock.lock();
        try {
            ranked = new ArrayList<>(entries.size());
            // Ranks may change as soon as the lock is gone.
            entries.values().forEach(entry -> ranked.add(new Ranked(entry, entry.assigned)));
        } finally {
            lock.unlock();
        }
        ranked.sort(Comparator.<Ranked, byte[]>comparing(each -> each.entry.family, Arrays::compareUnsigned)
                .thenComparing(Comparator.comparingLong(Ranked::assigned).reversed()));
        List<MetricMetadata> list = new ArrayList<>(ranked.size());
        for (Ranked each : ranked) {
            list.add(each.entry.toMetadata());
        }
        return list;
    }

    /** Takes what is known, with one of the series it is known of. */
    public interface Visitor {
        void metadata(int slot, MetricType type, byte[] unit, byte[] help);
    }

    /** Shows each entry that a series has, in the order in which {@link #set} would make the same table. */
    public void forEach(Visitor visitor) {
        Map<MetadataEntry, Integer> slots = new HashMap<>();
        List<MetadataEntry> ordered;
        lock.lock();
        try {
            for (int page = 0; page < pages.length; page++) {
                @Nullable MetadataEntry[] rows = pages[page];
                for (int row = 0; rows != null && row < rows.length; row++) {
                    MetadataEntry entry = rows[row];
                    if (entry != null) {
                        slots.putIfAbsent(entry, page << PAGE_BITS | row);
                    }
                }
            }
            ordered = new ArrayList<>(slots.keySet());
            ordered.sort(Comparator.comparingLong(entry -> entry.assigned));
        } finally {
            lock.unlock();
        }
        for (MetadataEntry entry : ordered) {
            visitor.metadata(slots.getOrDefault(entry, 0), entry.type, entry.unit, entry.help);
        }
    }

    /** Entries that are there now. */
    public int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }

    /** Memory of entries and of the series' places. */
    public long bytesReserved() {
        lock.lock();
        try {
            return bytes + 4L * pages.length;
        } finally {
            lock.unlock();
        }
    }
}
