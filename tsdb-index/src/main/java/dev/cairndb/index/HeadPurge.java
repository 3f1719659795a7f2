package dev.cairndb.index;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One purge of a head's index: takes series that are hidden out of all lists of names and values, a bounded part at a
 * time, while series may be added in between. For the index's writer.
 */
final class HeadPurge {
    private final HeadNames names;
    private final PostingList slots;

    /** The names still to do. */
    private final List<HeadName> rest;

    // Where it stands in the last of them: the tag to go on with, and the place in that tag's segment, if it is still
    // the same one.
    private long nextTag;
    private @Nullable TagSegment nextSegment;
    private int nextIndex;

    /** Of the last name: the log of the values that stay, and whether any goes. */
    private @Nullable ValueLog logToBe;

    private boolean removesValues;

    HeadPurge(HeadNames names, PostingList slots) {
        this.names = names;
        this.slots = slots;
        this.rest = names.all();
    }

    /**
     * Does a part.
     *
     * @param valuesMax after about so many label values the call returns
     * @return true when all is done
     */
    boolean goOn(int valuesMax) {
        long budget = Math.max(1, valuesMax);
        while (!rest.isEmpty()) {
            if (budget <= 0) {
                return false;
            }
            HeadName name = rest.get(rest.size() - 1);
            if (nextTag == 0 && nextSegment == null) {
                logToBe = name.log() == null ? null : names.newLog();
                removesValues = false;
            }
            budget = purge(name, budget);
            if (nextTag == TagTable.TAGS_END) {
                finish(name);
            }
        }
        return true;
    }

    private void finish(HeadName name) {
        rest.remove(rest.size() - 1);
        nextTag = 0;
        if (removesValues) {
            names.account(name.replaceLog(name.valueCount() < HeadNames.LOGGED_VALUES_MIN ? null : logToBe));
        }
        logToBe = null;
        names.account(name.removeSeries(slots));
        names.removeIfEmpty(name);
    }

    /** To be told of a value that is added to a name's log: the log that takes its place has it too. */
    void logged(HeadName name, int symbol) {
        if (logToBe != null && !rest.isEmpty() && rest.get(rest.size() - 1) == name) {
            logToBe.add(symbol);
        }
    }

    /** Goes on in one segment; returns what is left of the budget. */
    private long purge(HeadName name, long budget) {
        TagSegment segment = name.values().segmentFrom(nextTag);
        if (segment != nextSegment) {
            nextSegment = segment;
            nextIndex = 0;
        }
        long left = budget;
        while (left > 0 && nextIndex < segment.slots()) {
            left -= purge(name, segment, nextIndex++);
        }
        if (nextIndex == segment.slots()) {
            nextSegment = null;
            nextTag = segment.tagEnd();
            name.values().shrink(segment);
        }
        return left;
    }

    /** Purges one value; returns what it cost: a long list costs more. */
    private long purge(HeadName name, TagSegment segment, int index) {
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
            names.replaceList(segment, entry, list, next);
            stays = !next.isEmpty();
            names.account(stays ? 0 : -next.sizeBytes());
            cost += list.sizeBytes() >> 8;
        }
        if (!stays) {
            segment.remove(index);
            name.countValues(-1);
            removesValues = true;
        } else if (logToBe != null) {
            logToBe.add(HeadNames.symbolOf(TagSegment.tag(entry)));
        }
        return cost;
    }
}
