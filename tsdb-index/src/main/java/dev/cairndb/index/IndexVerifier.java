package dev.cairndb.index;

import dev.cairndb.io.CorruptionException;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads an index file that could be opened to its end: every series as it lies in the file, past those that are
 * damaged, and every posting list, and compares the two. Not thread-safe; for one pass.
 */
public final class IndexVerifier {
    private static final int NEXT_PLACE_BYTES = IndexFormat.SERIES_ALIGNMENT_BYTES;

    private final IndexReader index;
    private final Listener listener;
    private final SeriesEntry entry = new SeriesEntry();

    private int[] refs = new int[64];
    private int seriesCount;
    private long labelsOfSeries;
    private long labelsInLists;
    private long pairHashOfSeries;
    private long pairHashInLists;
    private boolean damaged;
    private byte[] lastLabels = new byte[256];
    private int lastLabelsLength = -1;

    private IndexVerifier(IndexReader index, Listener listener) {
        this.index = index;
        this.listener = listener;
    }

    /** Hears what is found. */
    public interface Listener {
        /** Something cannot be read, or contradicts the rest of the file. */
        void damaged(CorruptionException damage);

        /** A series whose checksum is right; the entry is lent. In the order of the file. */
        void series(int ref, SeriesEntry entry) throws IOException;
    }

    /** Reads series and posting lists. */
    public static void verify(IndexReader index, Listener listener) throws IOException {
        IndexVerifier verifier = new IndexVerifier(index, listener);
        verifier.readSeries();
        verifier.readPostings();
    }

    /** Reads the series alone. */
    public static void forEachSeries(IndexReader index, Listener listener) throws IOException {
        new IndexVerifier(index, listener).readSeries();
    }

    private void readSeries() throws IOException {
        IndexToc toc = index.toc();
        long at = aligned(toc.series());
        boolean lost = false;
        while (at < toc.seriesEnd()) {
            long end;
            try {
                end = index.seriesAt(at, entry);
            } catch (CorruptionException e) {
                if (!lost) {
                    damaged(e);
                }
                // Where the next one begins is not known; its checksum will tell.
                lost = true;
                at += NEXT_PLACE_BYTES;
                continue;
            }
            lost = false;
            series((int) (at / NEXT_PLACE_BYTES), at);
            at = aligned(end);
        }
    }

    private void series(int ref, long at) throws IOException {
        if (lastLabelsLength >= 0
                && PackedLabels.compare(lastLabels, 0, lastLabelsLength, entry.labels(), 0, entry.labelsLength())
                        >= 0) {
            damaged(new CorruptionException(index.file(), at, "series in the order of their labels", "another order"));
        }
        if (entry.labelsLength() > lastLabels.length) {
            lastLabels = new byte[2 * entry.labelsLength()];
        }
        System.arraycopy(entry.labels(), 0, lastLabels, 0, entry.labelsLength());
        lastLabelsLength = entry.labelsLength();
        if (seriesCount == refs.length) {
            refs = Arrays.copyOf(refs, 2 * seriesCount);
        }
        refs[seriesCount++] = ref;
        addPairs(ref);
        checkChunks(at);
        listener.series(ref, entry);
    }

    private void addPairs(int ref) {
        byte[] labels = entry.labels();
        for (int at = 0; at < entry.labelsLength(); ) {
            int name = PackedLabels.stringStart(labels, at);
            int nameEnd = PackedLabels.stringEnd(labels, at);
            int value = PackedLabels.stringStart(labels, nameEnd);
            int valueEnd = PackedLabels.stringEnd(labels, nameEnd);
            long pair = pairHash(labels, name, nameEnd - name, labels, value, valueEnd - value);
            pairHashOfSeries += mixed(pair, ref);
            labelsOfSeries++;
            at = valueEnd;
        }
    }

    private void checkChunks(long at) {
        ChunkMetas chunks = entry.chunks();
        for (int i = 0; i < chunks.count(); i++) {
            boolean ordered = chunks.minTimestampMillis(i) <= chunks.maxTimestampMillis(i)
                    && (i == 0
                            || chunks.minTimestampMillis(i) > chunks.maxTimestampMillis(i - 1)
                                    && chunks.ref(i) > chunks.ref(i - 1));
            if (!ordered) {
                damaged(new CorruptionException(
                        index.file(), at, "chunks in the order of their times and places", "another order at " + i));
                return;
            }
        }
    }

    private void readPostings() throws IOException {
        boolean seriesWhole = !damaged;
        try {
            int[] all = index.all().toArray();
            if (seriesWhole && !Arrays.equals(all, Arrays.copyOf(refs, seriesCount))) {
                throw new CorruptionException(
                        index.file(),
                        index.toc().postings(),
                        "a list of all " + seriesCount + " series",
                        "another list, of " + all.length);
            }
        } catch (CorruptionException e) {
            damaged(e);
        }
        index.forEachName((bytes, offset, length) -> {
            byte[] name = Arrays.copyOfRange(bytes, offset, offset + length);
            index.forEachValue(name, (values, at, valueLength, postings) -> {
                list(pairHash(name, 0, name.length, values, at, valueLength), postings);
                return true;
            });
            return true;
        });
        if (!damaged && (labelsOfSeries != labelsInLists || pairHashOfSeries != pairHashInLists)) {
            damaged(new CorruptionException(
                    index.file(),
                    index.toc().postings(),
                    "lists with the " + labelsOfSeries + " labels of all series",
                    "others, with " + labelsInLists));
        }
    }

    private void list(long pair, LabelIndex.PostingSource postings) throws IOException {
        try {
            PostingCursor ids = postings.load().cursor();
            while (ids.next()) {
                labelsInLists++;
                pairHashInLists += mixed(pair, ids.id());
            }
        } catch (CorruptionException e) {
            damaged(e);
        }
    }

    private void damaged(CorruptionException damage) {
        damaged = true;
        listener.damaged(damage);
    }

    private static long pairHash(byte[] name, int nameAt, int nameLength, byte[] value, int valueAt, int valueLength) {
        return Xxh64.hash(name, nameAt, nameLength) * 31 + Xxh64.hash(value, valueAt, valueLength);
    }

    /** A sum of these is the same for the same pairs in any order, and hardly ever for others. */
    private static long mixed(long pair, int ref) {
        long hash = (pair ^ ref * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        return (hash ^ hash >>> 31) * 0x94D049BB133111EBL;
    }

    private static long aligned(long offset) {
        return (offset + NEXT_PLACE_BYTES - 1) / NEXT_PLACE_BYTES * NEXT_PLACE_BYTES;
    }
}
