package dev.cairndb.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A hash table from 32-bit tags to non-zero ints or to objects, for one writer at a time and readers at any time that
 * take no lock. A tag is a hash, or an int that was turned around so that its bits are spread; the table does not mind
 * two entries of one tag.
 *
 * <p>It is extendible: a directory indexed by the upper bits of the tag points to segments of at most
 * {@link #SEGMENT_SLOTS_MAX} slots, and a segment that is full is split alone. So a table of millions grows without a
 * pause for rehashing, without humongous arrays, and an empty one takes a few dozen bytes.
 *
 * <p>What readers see: the directory, its elements, and the slots of a segment are written with release and read with
 * acquire. A segment that was replaced is not changed any more, so whoever still reads it sees an older state of the
 * table; entries are in the new segments before these are published, so none is ever missed.
 */
final class TagTable {
    static final int SEGMENT_SLOTS_MAX = 8192;

    /** One more than the largest tag, as an unsigned number. */
    static final long TAGS_END = 1L << 32;

    private static final int DEPTH_MAX = 20;
    private static final int OBJECT_BYTES = 24 + 16;

    private static final VarHandle DIRECTORY;
    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(TagSegment[].class);

    static {
        try {
            DIRECTORY = MethodHandles.lookup().findVarHandle(TagTable.class, "directory", TagSegment[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final AtomicLong bytes;
    private TagSegment[] directory;

    /** @param bytes what the table's size in memory is added to */
    TagTable(AtomicLong bytes) {
        this.bytes = bytes;
        this.directory = new TagSegment[] {new TagSegment(0, 0, 0)};
        account(sizeBytes());
    }

    // ---------------------------------------------------------------------------------------------- for any thread

    /** The segment that has the tag's entries. */
    TagSegment segment(int tag) {
        TagSegment[] present = (TagSegment[]) DIRECTORY.getAcquire(this);
        return (TagSegment) ELEMENT.getAcquire(present, indexIn(present, tag));
    }

    /**
     * The segment that has the given tag and all behind it. To walk the table, start with 0 and go on with
     * {@link TagSegment#tagEnd}, until that is {@link #TAGS_END}: each entry that stays in the table is met once, also
     * while segments are split.
     */
    TagSegment segmentFrom(long tag) {
        return segment((int) tag);
    }

    private static int indexIn(TagSegment[] directory, int tag) {
        return (int) (Integer.toUnsignedLong(tag) * directory.length >>> 32);
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    /** Adds an entry, whether or not the tag has one. */
    void add(int tag, int payload) {
        roomFor(tag).append(tag, payload);
    }

    /** Adds an entry that leads to an object. */
    void addObject(int tag, Object object) {
        TagSegment segment = roomFor(tag);
        long before = segment.sizeBytes();
        segment.append(tag, segment.addObject(object));
        account(segment.sizeBytes() - before);
    }

    /** Puts an object in the place of an entry's int. */
    void replaceByObject(TagSegment segment, int index, Object object) {
        long before = segment.sizeBytes();
        segment.set(index, TagSegment.tag(segment.slot(index)), segment.addObject(object));
        account(segment.sizeBytes() - before);
    }

    /** Exchanges a segment from which most entries were taken for a smaller one. */
    void shrink(TagSegment segment) {
        if (segment.slots() > 8 && segment.live() * 8 < segment.slots()) {
            publish(resized(segment));
        }
    }

    boolean isEmpty() {
        for (TagSegment segment : directory) {
            if (segment.live() > 0) {
                return false;
            }
        }
        return true;
    }

    /** Takes the table out of the count of bytes; it must not be used any more. */
    void discard() {
        account(-sizeBytes());
    }

    long sizeBytes() {
        long sum = OBJECT_BYTES + 4L * directory.length;
        for (int i = 0; i < directory.length; i++) {
            sum += i > 0 && directory[i] == directory[i - 1] ? 0 : directory[i].sizeBytes();
        }
        return sum;
    }

    private TagSegment roomFor(int tag) {
        while (true) {
            TagSegment segment = directory[indexIn(directory, tag)];
            if (!segment.isFull()) {
                return segment;
            }
            if (segment.live() * 2 >= SEGMENT_SLOTS_MAX && segment.depth < DEPTH_MAX) {
                split(segment);
            } else {
                publish(resized(segment));
            }
        }
    }

    private TagSegment resized(TagSegment segment) {
        TagSegment fresh = new TagSegment(segment.tagFirst, segment.depth, segment.live() + 1);
        segment.copyTo(fresh, fresh);
        account(fresh.sizeBytes() - segment.sizeBytes());
        return fresh;
    }

    private void split(TagSegment segment) {
        int ones = segment.liveWithNextBit();
        int depth = segment.depth + 1;
        TagSegment lower = new TagSegment(segment.tagFirst, depth, segment.live() - ones);
        TagSegment upper = new TagSegment(segment.tagFirst | segment.nextBit(), depth, ones);
        segment.copyTo(lower, upper);
        account(lower.sizeBytes() + upper.sizeBytes() - segment.sizeBytes());
        if (directory.length < 1 << depth) {
            doubleDirectory();
        }
        publish(lower);
        publish(upper);
    }

    private void doubleDirectory() {
        TagSegment[] twice = new TagSegment[directory.length * 2];
        for (int i = 0; i < twice.length; i++) {
            twice[i] = directory[i / 2];
        }
        account(4L * directory.length);
        DIRECTORY.setRelease(this, twice);
    }

    /** The tags of a segment lead to neighbouring elements. */
    private void publish(TagSegment segment) {
        int first = indexIn(directory, segment.tagFirst);
        int end = first + (directory.length >>> segment.depth);
        for (int i = first; i < end; i++) {
            ELEMENT.setRelease(directory, i, segment);
        }
    }

    private void account(long more) {
        bytes.setRelease(bytes.getPlain() + more);
    }
}
