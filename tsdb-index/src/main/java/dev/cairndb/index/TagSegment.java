package dev.cairndb.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@link TagTable}: open addressing with linear probing in one long[], the tag in the upper half of a slot
 * and the entry's payload in the lower. A positive payload means itself, a negative one leads to an object of this
 * segment. Places in the object array are never used twice, so a reader that read a slot before its entry went away
 * does not find an object of another entry there.
 */
final class TagSegment {
    /** The payload of an entry that was taken out; probing goes on behind it. */
    private static final int REMOVED = Integer.MIN_VALUE;

    private static final int SLOTS_MIN = 4;
    private static final int OBJECT_BYTES = 48;
    private static final Object[] NO_OBJECTS = new Object[0];

    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OBJECT = MethodHandles.arrayElementVarHandle(Object[].class);

    /** The lowest tag that belongs here. */
    final int tagFirst;

    /** How many upper bits all tags of the segment have in common. */
    final int depth;

    private final long[] slots;
    private int used;
    private int removed;

    private volatile @Nullable Object[] objects = NO_OBJECTS;
    private int objectCount;

    TagSegment(int tagFirst, int depth, int liveExpected) {
        this.tagFirst = tagFirst;
        this.depth = depth;
        this.slots = new long[Math.max(SLOTS_MIN, 2 * liveExpected)];
    }

    // ---------------------------------------------------------------------------------------------- for any thread

    static int tag(long slot) {
        return (int) (slot >>> 32);
    }

    static int payload(long slot) {
        return (int) slot;
    }

    /** One more than the highest tag that belongs here, as an unsigned number. */
    long tagEnd() {
        return Integer.toUnsignedLong(tagFirst) + (TagTable.TAGS_END >>> depth);
    }

    int slots() {
        return slots.length;
    }

    /** Where to look for a tag first. */
    int firstIndex(int tag) {
        long spread = tag * 0x9E3779B1L & 0xFFFF_FFFFL;
        return (int) (spread * slots.length >>> 32);
    }

    int indexAfter(int index) {
        return index + 1 == slots.length ? 0 : index + 1;
    }

    /** The slot at a place, 0 if it was never used. */
    long slot(int index) {
        return (long) SLOT.getAcquire(slots, index);
    }

    /** Whether a slot holds an entry. */
    static boolean isLive(long slot) {
        return slot != 0 && payload(slot) != REMOVED;
    }

    /** The place of the tag's entry, or -1; for tables in which a tag has one entry at most. */
    int indexOf(int tag) {
        int index = firstIndex(tag);
        for (long slot = slot(index); slot != 0; slot = slot(index)) {
            if (tag(slot) == tag && payload(slot) != REMOVED) {
                return index;
            }
            index = indexAfter(index);
        }
        return -1;
    }

    /** The object that a slot with a negative payload leads to. */
    Object object(long slot) {
        return Objects.requireNonNull(OBJECT.getAcquire(objects, ~payload(slot)));
    }

    // ---------------------------------------------------------------------------------------------- for the writer

    boolean isFull() {
        return (used + 1) * 4 > slots.length * 3;
    }

    int live() {
        return used - removed;
    }

    void append(int tag, int payload) {
        int index = firstIndex(tag);
        while (slots[index] != 0) {
            index = indexAfter(index);
        }
        used++;
        set(index, tag, payload);
    }

    void set(int index, int tag, int payload) {
        SLOT.setRelease(slots, index, (long) tag << 32 | Integer.toUnsignedLong(payload));
    }

    void remove(int index) {
        removed++;
        set(index, tag(slots[index]), REMOVED);
    }

    /** Keeps an object and returns the payload that leads to it. */
    int addObject(Object object) {
        if (objectCount == objects.length) {
            objects = Arrays.copyOf(objects, Math.max(2, objectCount + (objectCount >> 1)));
        }
        OBJECT.setRelease(objects, objectCount, object);
        return ~objectCount++;
    }

    /** Exchanges the object a slot leads to. */
    void setObject(long slot, Object object) {
        OBJECT.setRelease(objects, ~payload(slot), object);
    }

    /** The bit of the tag that decides between the two halves of a split. */
    int nextBit() {
        return Integer.MIN_VALUE >>> depth;
    }

    int liveWithNextBit() {
        int count = 0;
        for (long slot : slots) {
            count += isLive(slot) && (tag(slot) & nextBit()) != 0 ? 1 : 0;
        }
        return count;
    }

    /** Adds all entries to two other segments, according to the next bit. */
    void copyTo(TagSegment zeros, TagSegment ones) {
        for (long slot : slots) {
            if (isLive(slot)) {
                TagSegment target = (tag(slot) & nextBit()) == 0 ? zeros : ones;
                boolean leadsToObject = payload(slot) < 0;
                target.append(tag(slot), leadsToObject ? target.addObject(object(slot)) : payload(slot));
            }
        }
    }

    long sizeBytes() {
        return OBJECT_BYTES + 16 + 8L * slots.length + (objects.length == 0 ? 0 : 16 + 4L * objects.length);
    }
}
