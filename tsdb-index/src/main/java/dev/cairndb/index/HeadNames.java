package dev.cairndb.index;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The label names of a head's index, their values, and the lists of both; and the count of the bytes the index takes.
 * One writer; readers at any time. Which series readers may see is not decided here but in {@link HeadPostings}.
 */
final class HeadNames {
    /** A name of so many values has a log of them, and readers sort it. */
    static final int LOGGED_VALUES_MIN = 128;

    /** Multiplying by an odd number turns symbols, which are dense, into tags, which must not be; the inverse, back. */
    private static final int TAG_FACTOR = 0x9E3779B1;

    private static final int TAG_FACTOR_INVERSE = 0xE8B2F51;

    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong sortedBytes = new AtomicLong();
    private final TagTable names = new TagTable(bytes);

    /** The one that was begun and is not done. */
    private @Nullable HeadPurge purge;

    // ---------------------------------------------------------------------------------------------- for any thread

    static int tagOf(int symbol) {
        return symbol * TAG_FACTOR;
    }

    static int symbolOf(int tag) {
        return tag * TAG_FACTOR_INVERSE;
    }

    /** From the names' tags to each {@link HeadName}. */
    TagTable table() {
        return names;
    }

    /** A label name, null if no series has it. */
    @Nullable
    HeadName name(int nameSymbol) {
        int tag = tagOf(nameSymbol);
        TagSegment segment = names.segment(tag);
        int index = segment.indexOf(tag);
        if (index < 0) {
            return null;
        }
        long slot = segment.slot(index);
        return TagSegment.isLive(slot) ? (HeadName) segment.object(slot) : null;
    }

    long sizeBytes() {
        return bytes.getAcquire() + sortedBytes.get();
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    List<HeadName> all() {
        List<HeadName> found = new ArrayList<>();
        TagSegment segment;
        for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
            segment = names.segmentFrom(tag);
            for (int i = 0; i < segment.slots(); i++) {
                if (TagSegment.isLive(segment.slot(i))) {
                    found.add((HeadName) segment.object(segment.slot(i)));
                }
            }
        }
        return found;
    }

    /** A label name; one that is new is not in the index before {@link #addSeries}. */
    HeadName nameOrNew(int nameSymbol) {
        HeadName name = name(nameSymbol);
        return name == null ? newName(nameSymbol, GrowingPostings.empty()) : name;
    }

    /** Adds a name that is not in the index. */
    HeadName addNewName(int nameSymbol, GrowingPostings series) {
        HeadName name = newName(nameSymbol, series);
        account(HeadName.OBJECT_BYTES + name.seriesBytes());
        names.addObject(tagOf(nameSymbol), name);
        return name;
    }

    private HeadName newName(int nameSymbol, GrowingPostings series) {
        return new HeadName(nameSymbol, new TagTable(bytes), series);
    }

    /** Adds series to the list of those with a name, after they were added to those of its values. */
    void addSeries(HeadName name, int[] slots, int count) {
        boolean isNew = !name.hasSeries() && name(name.symbol()) == null;
        if (isNew) {
            account(HeadName.OBJECT_BYTES + name.seriesBytes());
        }
        account(name.addSeries(slots, count));
        if (isNew) {
            names.addObject(tagOf(name.symbol()), name);
        }
    }

    /** Adds the series with slots {@code from} to {@code to} to the list of a value. */
    void addValue(HeadName name, int symbol, int[] slots, int from, int to) {
        TagTable values = name.values();
        int tag = tagOf(symbol);
        TagSegment segment = values.segment(tag);
        int index = segment.indexOf(tag);
        if (index < 0) {
            if (to - from == 1) {
                addNewValue(name, symbol, slots[from]);
            } else {
                addNewValue(name, symbol, GrowingPostings.empty().addAll(slots, from, to));
            }
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

    /** Adds a value that the name does not have. */
    void addNewValue(HeadName name, int symbol, int slot) {
        name.values().add(tagOf(symbol), slot + 1);
        logValue(name, symbol);
    }

    /** Adds a value that the name does not have, of several series. */
    void addNewValue(HeadName name, int symbol, GrowingPostings list) {
        account(list.sizeBytes());
        name.values().addObject(tagOf(symbol), list);
        logValue(name, symbol);
    }

    void replaceList(TagSegment segment, long entry, GrowingPostings list, GrowingPostings next) {
        if (next != list) {
            segment.setObject(entry, next);
            account(next.sizeBytes() - list.sizeBytes());
        }
    }

    private void logValue(HeadName name, int symbol) {
        name.countValues(1);
        ValueLog log = name.log();
        if (log != null) {
            long before = log.sizeBytes();
            log.add(symbol);
            account(log.sizeBytes() - before);
            if (purge != null) {
                purge.logged(name, symbol);
            }
        } else if (name.valueCount() >= LOGGED_VALUES_MIN) {
            log = logOf(name.values());
            account(log.sizeBytes());
            name.startLog(log);
        }
    }

    private ValueLog logOf(TagTable values) {
        ValueLog log = newLog();
        TagSegment segment;
        for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
            segment = values.segmentFrom(tag);
            for (int i = 0; i < segment.slots(); i++) {
                if (TagSegment.isLive(segment.slot(i))) {
                    log.add(symbolOf(TagSegment.tag(segment.slot(i))));
                }
            }
        }
        return log;
    }

    ValueLog newLog() {
        return new ValueLog(sortedBytes);
    }

    /**
     * Does a part of taking series out of all lists, which is gone on with by calls with the same series.
     *
     * @param valuesMax after about so many label values the call returns
     * @return true when all is done
     */
    boolean purge(PostingList slots, int valuesMax) {
        HeadPurge present = purge;
        if (present == null) {
            present = new HeadPurge(this, slots);
            purge = present;
        }
        if (!present.goOn(valuesMax)) {
            return false;
        }
        purge = null;
        return true;
    }

    void removeIfEmpty(HeadName name) {
        if (name.values().isEmpty()) {
            int tag = tagOf(name.symbol());
            TagSegment segment = names.segment(tag);
            segment.remove(segment.indexOf(tag));
            names.shrink(segment);
            name.values().discard();
            account(-HeadName.OBJECT_BYTES - name.seriesBytes());
        }
    }

    void account(long more) {
        bytes.setRelease(bytes.getPlain() + more);
    }
}
