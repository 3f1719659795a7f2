package dev.cairndb.index;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Fills an empty index of a head with whole lists, and gives the lists of one. For the index's writer. What is filled
 * is as if the series had been added, except that lists have no room for more yet.
 */
final class HeadLists {
    private final HeadNames names;
    private @Nullable HeadName name;

    HeadLists(HeadNames names) {
        this.names = names;
    }

    void name(int nameSymbol, PostingList series) {
        checkNotEmpty(series);
        if (names.name(nameSymbol) != null) {
            throw new IllegalArgumentException(
                    "cannot restore a label name: found=symbol " + nameSymbol + ", which was restored before");
        }
        name = names.addNewName(nameSymbol, GrowingPostings.of(series));
    }

    void value(int valueSymbol, PostingList series) {
        HeadName present = name;
        if (present == null) {
            throw new IllegalStateException("a label value cannot be restored before its name");
        }
        checkNotEmpty(series);
        int tag = HeadNames.tagOf(valueSymbol);
        if (present.values().segment(tag).indexOf(tag) >= 0) {
            throw new IllegalArgumentException("cannot restore a label value: found=symbol " + valueSymbol
                    + ", which was restored before with name symbol " + present.symbol());
        }
        if (series.cardinality() == 1) {
            names.addNewValue(present, valueSymbol, series.first());
        } else {
            names.addNewValue(present, valueSymbol, GrowingPostings.of(series));
        }
    }

    private static void checkNotEmpty(PostingList series) {
        if (series.isEmpty()) {
            throw new IllegalArgumentException("cannot restore a label: found=no series, expected=at least one");
        }
        checkSlots(series);
    }

    /** That the last one, and so each, is a slot. */
    static void checkSlots(PostingList series) {
        if (!series.isEmpty()) {
            HeadPostings.checkSlot(series.last());
        }
    }

    static void forEach(HeadNames names, HeadPostings.ListVisitor visitor) throws IOException {
        for (HeadName name : names.all()) {
            visitor.name(name.symbol(), name.series());
            TagSegment segment;
            for (long tag = 0; tag < TagTable.TAGS_END; tag = segment.tagEnd()) {
                segment = name.values().segmentFrom(tag);
                forEachValue(segment, visitor);
            }
        }
    }

    /**
     * Leaps through the segment. In it entries lie in the order of their hash, and in a table that is filled in this
     * order, and therefore is small at first, they would pile up at its front.
     */
    private static void forEachValue(TagSegment segment, HeadPostings.ListVisitor visitor) throws IOException {
        int slots = segment.slots();
        int leap = leap(slots);
        int at = 0;
        for (int i = 0; i < slots; i++) {
            long entry = segment.slot(at);
            if (TagSegment.isLive(entry)) {
                int valueSymbol = HeadNames.symbolOf(TagSegment.tag(entry));
                visitor.value(valueSymbol, HeadPostingsSnapshot.read(segment, entry));
            }
            at = (at + leap) % slots;
        }
    }

    /** About the golden section of the number, and without a common divisor: so many leaps meet each place once. */
    private static int leap(int slots) {
        int leap = (int) (slots * 0.618);
        while (greatestCommonDivisor(leap, slots) != 1) {
            leap++;
        }
        return leap;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
