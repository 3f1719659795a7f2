package dev.cairndb.tsdb.internal.exemplar;

import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.index.PackedLabels;
import dev.cairndb.tsdb.Exemplar;
import dev.cairndb.tsdb.ExemplarSeries;
import dev.cairndb.tsdb.TimeRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The newest exemplars of all series together, as Prometheus keeps them: a new one takes the place of the oldest one
 * once there are as many as the host wants. Bounded in number and in bytes, whichever comes first; small while there
 * are few.
 *
 * <p>Exemplars are numbered through; number {@code n} lies in page {@code n >> 8}, and pages whose exemplars are all
 * gone are used again. Each exemplar knows the number of the one before it of its series, so a series is read from its
 * newest one backwards, until a number that has left the ring.
 *
 * <p>Thread-safe. A lock guards everything; queries judge matchers outside of it and hold it for one series at a time.
 */
public final class ExemplarRing {
    /** Characters of an exemplar's labels, names and values together: the bound of OpenMetrics. */
    static final int LABEL_CHARS_MAX = 128;
    /** Memory per exemplar that is wanted, its share of its series' labels included. */
    static final int BYTES_PER_EXEMPLAR_MAX = 512;
    /** What the ring may take beside that: a few pages with the longest labels. */
    static final int BYTES_BASE_MAX = 1 << 20;

    /** What became of an exemplar. */
    public enum Outcome {
        APPENDED,
        /** It is the newest one of its series already. */
        DUPLICATE,
        /** The series has a newer one. */
        OUT_OF_ORDER,
        /** Its labels have more than {@link #LABEL_CHARS_MAX} characters. */
        LABELS_TOO_LONG
    }

    /** Takes exemplars; the arrays are lent during the call. */
    public interface Visitor {
        /** @param series packed labels of the series */
        void exemplar(byte[] series, long timestampMillis, long valueBits, byte[] labels, int offset, int length);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final int exemplarsMax;
    private final long bytesMax;
    private final ExemplarSeriesTable series = new ExemplarSeriesTable();
    /** Page {@code n} is at {@code n} modulo the length, a power of two. */
    private @Nullable ExemplarPage[] pages = new ExemplarPage[4];

    private @Nullable ExemplarPage spare;
    private long pageBytes;
    /** Number of the oldest exemplar that is there. */
    private long first;
    /** Number of the next one. */
    private long next;

    /** @param exemplarsMax 0 if none are to be kept: then nothing may be added */
    public ExemplarRing(int exemplarsMax) {
        this.exemplarsMax = exemplarsMax;
        bytesMax = BYTES_BASE_MAX + (long) BYTES_PER_EXEMPLAR_MAX * exemplarsMax;
    }

    /** Whether exemplars are kept at all. */
    public boolean isOn() {
        return exemplarsMax > 0;
    }

    /**
     * Adds an exemplar. All bytes are copied.
     *
     * @param packedSeries holds the packed labels of the series
     * @param seriesHash of these labels, always the same for the same ones
     * @param labels holds the packed labels of the exemplar, without empty values
     */
    public Outcome add(
            byte[] packedSeries,
            int seriesOffset,
            int seriesLength,
            long seriesHash,
            long timestampMillis,
            long valueBits,
            byte[] labels,
            int labelsOffset,
            int labelsLength) {
        if (labelsLength > LABEL_CHARS_MAX && isTooLong(labels, labelsOffset, labelsLength)) {
            return Outcome.LABELS_TOO_LONG;
        }
        lock.lock();
        try {
            int place = series.find(seriesHash, packedSeries, seriesOffset, seriesLength);
            long before = -1;
            if (place != ExemplarSeriesTable.ABSENT) {
                before = series.newest(place);
                Outcome judged = judge(before, timestampMillis, valueBits, labels, labelsOffset, labelsLength);
                if (judged != Outcome.APPENDED) {
                    return judged;
                }
                series.setNewest(place, next);
            } else {
                place = series.add(seriesHash, packedSeries, seriesOffset, seriesLength, next);
            }
            put(place, before, timestampMillis, valueBits, labels, labelsOffset, labelsLength);
            while (size() > exemplarsMax || size() > 1 && bytesReserved() > bytesMax) {
                removeOldest();
            }
            return Outcome.APPENDED;
        } finally {
            lock.unlock();
        }
    }

    /** The rules of Prometheus' ring, without a window for late exemplars: by time, then value, then hash of labels. */
    private Outcome judge(long newest, long timestampMillis, long valueBits, byte[] labels, int offset, int length) {
        ExemplarPage page = page(newest);
        int place = placeOf(newest);
        long newestMillis = page.timestampsMillis[place];
        if (timestampMillis != newestMillis) {
            return timestampMillis > newestMillis ? Outcome.APPENDED : Outcome.OUT_OF_ORDER;
        }
        double value = Double.longBitsToDouble(valueBits);
        double newestValue = Double.longBitsToDouble(page.valueBits[place]);
        boolean sameValue = valueBits == page.valueBits[place] || value == newestValue;
        if (!sameValue) {
            return value < newestValue ? Outcome.OUT_OF_ORDER : Outcome.APPENDED;
        }
        int newestOffset = page.labelsOffset(place);
        int newestLength = page.labelsLength(place);
        if (Arrays.equals(labels, offset, offset + length, page.labels(), newestOffset, newestOffset + newestLength)) {
            return Outcome.DUPLICATE;
        }
        long hash = PackedLabels.hash(labels, offset, length);
        long newestHash = PackedLabels.hash(page.labels(), newestOffset, newestLength);
        return Long.compareUnsigned(hash, newestHash) < 0 ? Outcome.OUT_OF_ORDER : Outcome.APPENDED;
    }

    private void put(
            int seriesPlace,
            long before,
            long timestampMillis,
            long valueBits,
            byte[] labels,
            int labelsOffset,
            int labelsLength) {
        int place = placeOf(next);
        ExemplarPage page = place == 0 ? newPage() : page(next);
        long bytesBefore = page.bytesReserved();
        page.timestampsMillis[place] = timestampMillis;
        page.valueBits[place] = valueBits;
        page.previous[place] = before;
        page.series[place] = seriesPlace;
        page.putLabels(place, labels, labelsOffset, labelsLength);
        pageBytes += page.bytesReserved() - bytesBefore;
        next++;
    }

    private ExemplarPage newPage() {
        long firstPage = first >>> ExemplarPage.BITS;
        long newPage = next >>> ExemplarPage.BITS;
        if (newPage - firstPage >= pages.length) {
            @Nullable ExemplarPage[] more = new ExemplarPage[pages.length * 2];
            for (long number = firstPage; number < newPage; number++) {
                more[(int) number & more.length - 1] = pages[(int) number & pages.length - 1];
            }
            pages = more;
        }
        ExemplarPage page = spare;
        if (page == null) {
            page = new ExemplarPage();
            pageBytes += page.bytesReserved();
        } else {
            spare = null;
            pageBytes -= page.bytesReserved();
            page.clear();
            pageBytes += page.bytesReserved();
        }
        pages[(int) newPage & pages.length - 1] = page;
        return page;
    }

    private void removeOldest() {
        ExemplarPage page = page(first);
        int seriesPlace = page.series[placeOf(first)];
        if (series.newest(seriesPlace) == first) {
            series.remove(seriesPlace);
        }
        first++;
        if (placeOf(first) == 0) {
            pages[(int) (first - 1 >>> ExemplarPage.BITS) & pages.length - 1] = null;
            if (spare == null) {
                spare = page;
            } else {
                pageBytes -= page.bytesReserved();
            }
        }
    }

    private ExemplarPage page(long number) {
        ExemplarPage page = pages[(int) (number >>> ExemplarPage.BITS) & pages.length - 1];
        if (page == null) {
            throw new IllegalStateException("BUG: exemplar " + number + " is not in the ring");
        }
        return page;
    }

    private static int placeOf(long number) {
        return (int) number & ExemplarPage.SIZE - 1;
    }

    private static boolean isTooLong(byte[] labels, int offset, int length) {
        int chars = 0;
        int end = offset + length;
        for (int at = offset; at < end; ) {
            int size = 0;
            int shift = 0;
            byte b;
            do {
                b = labels[at++];
                size |= (b & 0x7F) << shift;
                shift += 7;
            } while (b < 0);
            for (int stop = at + size; at < stop; at++) {
                // All bytes of a character but its first begin with 10.
                chars += (labels[at] & 0xC0) == 0x80 ? 0 : 1;
            }
        }
        return chars > LABEL_CHARS_MAX;
    }

    /**
     * The exemplars in a range whose series all matchers of one of the sets accept: series in label order, exemplars in
     * ascending time. Each series is read at one moment of its own.
     */
    public List<ExemplarSeries> select(TimeRange range, Matcher[]... matcherSets) {
        byte[] @Nullable [] candidates;
        lock.lock();
        try {
            candidates = series.allLabels();
        } finally {
            lock.unlock();
        }
        List<ExemplarSeries> selected = new ArrayList<>();
        for (int place = 0; place < candidates.length; place++) {
            byte[] packed = candidates[place];
            if (packed == null || !isWanted(packed, matcherSets)) {
                continue;
            }
            List<Exemplar> exemplars = read(place, packed, range);
            if (!exemplars.isEmpty()) {
                selected.add(new ExemplarSeries(Labels.ofPacked(packed, 0, packed.length), exemplars));
            }
        }
        selected.sort(Comparator.comparing(ExemplarSeries::labels));
        return selected;
    }

    private static boolean isWanted(byte[] packed, Matcher[]... matcherSets) {
        for (Matcher[] matchers : matcherSets) {
            boolean all = true;
            for (int i = 0; i < matchers.length && all; i++) {
                all = matchers[i].matchesSeries(packed, 0, packed.length);
            }
            if (all) {
                return true;
            }
        }
        return false;
    }

    private List<Exemplar> read(int seriesPlace, byte[] packed, TimeRange range) {
        List<Exemplar> found = new ArrayList<>();
        lock.lock();
        try {
            long number = series.holds(seriesPlace, packed) ? series.newest(seriesPlace) : -1;
            while (number >= first) {
                ExemplarPage page = page(number);
                int place = placeOf(number);
                long t = page.timestampsMillis[place];
                if (t < range.minTimestampMillis()) {
                    break;
                }
                if (t <= range.maxTimestampMillis()) {
                    Labels labels = Labels.ofPacked(page.labels(), page.labelsOffset(place), page.labelsLength(place));
                    found.add(new Exemplar(labels, t, Double.longBitsToDouble(page.valueBits[place])));
                }
                number = page.previous[place];
            }
        } finally {
            lock.unlock();
        }
        Collections.reverse(found);
        return found;
    }

    /**
     * Shows all exemplars in the order in which they came. Misses what is added meanwhile, and what that pushes out.
     */
    public void forEach(Visitor visitor) {
        long from = 0;
        for (long end = Long.MAX_VALUE; from < end; ) {
            // A page at a time, so that appends wait for no more than that.
            lock.lock();
            try {
                // Not what comes from now on, or this might never end.
                end = Math.min(end, next);
                long start = Math.max(from, first);
                long stop = Math.min((start >>> ExemplarPage.BITS) + 1 << ExemplarPage.BITS, end);
                for (long number = start; number < stop; number++) {
                    show(number, visitor);
                }
                from = Math.max(start, stop);
            } finally {
                lock.unlock();
            }
        }
    }

    private void show(long number, Visitor visitor) {
        ExemplarPage page = page(number);
        int place = placeOf(number);
        visitor.exemplar(
                series.labels(page.series[place]),
                page.timestampsMillis[place],
                page.valueBits[place],
                page.labels(),
                page.labelsOffset(place),
                page.labelsLength(place));
    }

    /** Exemplars that are there now. */
    public int size() {
        lock.lock();
        try {
            return (int) (next - first);
        } finally {
            lock.unlock();
        }
    }

    /** Memory of the ring. */
    public long bytesReserved() {
        lock.lock();
        try {
            return pageBytes + series.bytesReserved() + 4L * pages.length;
        } finally {
            lock.unlock();
        }
    }
}
