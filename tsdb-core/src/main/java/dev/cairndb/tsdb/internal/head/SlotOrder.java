package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import java.util.SplittableRandom;

/**
 * Slots in the order of their labels: {@code while (order.next()) use(order.slot())}. Many slots are divided into parts
 * that follow each other, at labels of a sample of them, and a part is sorted when its turn comes. That takes as many
 * comparisons as sorting all of them, and a byte for each slot where that takes eight: what a collector would find in
 * its old generation after each block. Used under an epoch pin. Not thread-safe.
 */
final class SlotOrder {
    /** A part has about so many slots, or more if there were too many parts: each looks at all slots once. */
    private static final int PART_SLOTS = 1 << 14;

    private static final int PARTS_MAX = 64;
    private static final int SAMPLES_OF_PART = 16;
    private static final byte[] ONE_PART = {};

    private final PostingList slots;
    private final IntOrder.Comparison order;
    private final PostingCursor cursor = new PostingCursor();
    private final int parts;
    /** For each slot the part that it belongs to, if there are several. */
    private final byte[] partOf;

    private final int[] present;
    private final int[] scratch;
    private int count;
    private int at;
    /** Slots of the parts before. */
    private int givenBefore;

    private int nextPart;

    SlotOrder(PostingList slots, IntOrder.Comparison order) {
        this.slots = slots;
        this.order = order;
        int all = slots.cardinality();
        parts = Math.min(PARTS_MAX, all / PART_SLOTS + 1);
        partOf = parts == 1 ? ONE_PART : new byte[all];
        int largest = parts == 1 ? all : divide(bounds());
        present = new int[largest];
        scratch = new int[largest];
    }

    /** The first slot of each part but the first one, as far as a sample tells. */
    private int[] bounds() {
        int[] sample = new int[parts * SAMPLES_OF_PART];
        int step = slots.cardinality() / sample.length;
        // Slots come in the order in which senders name their series, which may be as regular as steps would be.
        SplittableRandom random = new SplittableRandom(slots.cardinality());
        int taken = 0;
        int next = random.nextInt(step);
        cursor.reset(slots);
        for (int place = 0; taken < sample.length && cursor.next(); place++) {
            if (place == next) {
                sample[taken++] = cursor.id();
                next = taken * step + random.nextInt(step);
            }
        }
        IntOrder.sort(sample, order);
        int[] bounds = new int[parts - 1];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = sample[(i + 1) * SAMPLES_OF_PART];
        }
        return bounds;
    }

    /** Tells each slot its part; returns how many the largest part has. */
    private int divide(int[] bounds) {
        int[] counts = new int[parts];
        int largest = 0;
        cursor.reset(slots);
        for (int place = 0; cursor.next(); place++) {
            int part = partOf(cursor.id(), bounds);
            partOf[place] = (byte) part;
            largest = Math.max(largest, ++counts[part]);
        }
        return largest;
    }

    private int partOf(int slot, int[] bounds) {
        int low = 0;
        int high = bounds.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (order.compare(bounds[middle], slot) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    boolean next() {
        while (++at >= count) {
            if (nextPart == parts) {
                at = count;
                return false;
            }
            take(nextPart++);
            at = -1;
        }
        return true;
    }

    private void take(int part) {
        givenBefore += count;
        count = 0;
        cursor.reset(slots);
        for (int place = 0; cursor.next(); place++) {
            if (parts == 1 || partOf[place] == part) {
                present[count++] = cursor.id();
            }
        }
        IntOrder.sort(present, count, scratch, order);
    }

    /** The slot that the last {@link #next} moved to. */
    int slot() {
        return present[at];
    }

    /** How many of all slots {@link #next} has moved to. */
    double partGiven() {
        return (double) (givenBefore + Math.min(at + 1, count)) / slots.cardinality();
    }
}
