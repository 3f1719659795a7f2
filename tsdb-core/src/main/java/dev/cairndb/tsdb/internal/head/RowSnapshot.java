package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HistogramAppender;
import dev.cairndb.io.BigEndian;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.tsdb.internal.block.Intervals;
import dev.cairndb.tsdb.internal.query.ChunkList;
import dev.cairndb.tsdb.internal.query.ChunkLoader;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a row as they were together at one moment: references of those in chunks_head, copies of the bytes of
 * the others. Reused for row after row; not thread-safe.
 */
final class RowSnapshot implements ChunkLoader {
    private final Rows rows;
    private final Slab slab;
    private final OpenHistograms histograms;
    private final HeadChunkReader mapped;
    private final Consumer<CorruptionException> onDamage;
    private long[] minMillis = new long[8];
    private long[] maxMillis = new long[8];
    /**
     * As in {@link ClosedChunks}, but with {@link ClosedChunks#IN_SLAB} the offset in {@link #copies} as the address.
     */
    private long[] references = new long[8];

    private long afterReference;
    private long upToReference = Long.MAX_VALUE;
    private int count;
    private byte[] copies = new byte[2048];
    private int copied;

    /** Of rows with samples in order. */
    RowSnapshot(HeadState state) {
        this(state, state.rows, state.slab, state.histograms);
    }

    /** Of late rows. */
    RowSnapshot(HeadState state, LateRows late) {
        this(state, late.rows, late.slab, late.histograms);
    }

    private RowSnapshot(HeadState state, Rows rows, Slab slab, OpenHistograms histograms) {
        this.rows = rows;
        this.slab = slab;
        this.histograms = histograms;
        mapped = state.chunkReader;
        onDamage = state.onDamage;
    }

    /**
     * Narrows what is taken to chunks behind a reference of chunks_head, up to another one; {@code Long.MAX_VALUE} for
     * all, those included that are not in chunks_head.
     */
    void limit(long newAfterReference, long newUpToReference) {
        afterReference = newAfterReference;
        upToReference = newUpToReference;
    }

    /** Takes nothing. */
    void clear() {
        count = 0;
    }

    /** Takes the chunks that overlap the range (both ends inclusive); false if there are none. */
    boolean take(int slot, long fromMillis, long toMillis) {
        Rows.Page page = rows.page(slot);
        while (true) {
            int version = Rows.version(page, slot);
            count = 0;
            copied = 0;
            if (copyClosed(page, slot, fromMillis, toMillis)
                    && copyOpen(page, slot, fromMillis, toMillis)
                    && Rows.unchanged(page, slot, version)) {
                return count > 0;
            }
            Thread.onSpinWait();
        }
    }

    private boolean copyClosed(Rows.Page page, int slot, long fromMillis, long toMillis) {
        int list = page.ints[Rows.intAt(slot, Rows.CLOSED)];
        int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
        if (list == 0 || entries <= 0) {
            return true;
        }
        byte[] bytes = slab.bytesIfPresent(list);
        int offset = Slab.offset(list);
        if (bytes == null || (long) offset + (long) entries * ClosedChunks.ENTRY_BYTES > bytes.length) {
            return false;
        }
        for (int i = 0; i < entries; i++) {
            int at = offset + i * ClosedChunks.ENTRY_BYTES;
            long min = BigEndian.getLong(bytes, at);
            long max = BigEndian.getLong(bytes, at + 8);
            long reference = BigEndian.getLong(bytes, at + 16);
            if (min > toMillis || max < fromMillis || reference <= afterReference || reference > upToReference) {
                continue;
            }
            if ((reference & ClosedChunks.IN_SLAB) == 0) {
                add(min, max, reference);
            } else if (!addBlock(
                    min,
                    max,
                    ClosedChunks.encodingIdOf(reference),
                    (int) reference,
                    ClosedChunks.lengthOf(reference))) {
                return false;
            }
        }
        return true;
    }

    private boolean copyOpen(Rows.Page page, int slot, long fromMillis, long toMillis) {
        int open = page.ints[Rows.intAt(slot, Rows.OPEN)];
        if (open == 0 || upToReference != Long.MAX_VALUE) {
            return true;
        }
        long min = page.longs[Rows.longAt(slot, Rows.OPEN_MIN)];
        long max = page.longs[Rows.longAt(slot, Rows.LAST_TIMESTAMP)];
        if (min > toMillis || max < fromMillis) {
            return true;
        }
        int encodingId = Rows.kind(page, slot);
        int extent = page.ints[Rows.intAt(slot, Rows.OPEN_EXTENT)];
        if (!OpenHistograms.isHistogram(encodingId)) {
            return addBlock(min, max, encodingId, open, OpenChunks.byteLength(extent));
        }
        HistogramAppender appender = histograms.ifPresent(open);
        return appender != null && addCopy(min, max, encodingId, appender.array(), 0, extent);
    }

    private boolean addBlock(long min, long max, int encodingId, int address, int length) {
        byte[] bytes = slab.bytesIfPresent(address);
        return bytes != null && addCopy(min, max, encodingId, bytes, Slab.offset(address), length);
    }

    /** Copies bytes that may be changed meanwhile, if they exist; whoever called this looks afterwards. */
    private boolean addCopy(long min, long max, int encodingId, byte[] bytes, int offset, int length) {
        if (length < 0 || length > bytes.length - offset) {
            return false;
        }
        if (copies.length - copied < length) {
            copies = Arrays.copyOf(copies, Math.max(copies.length * 2, copied + length));
        }
        System.arraycopy(bytes, offset, copies, copied, length);
        add(min, max, ClosedChunks.inSlab(encodingId, length, copied));
        copied += length;
        return true;
    }

    private void add(long min, long max, long reference) {
        if (count == references.length) {
            minMillis = Arrays.copyOf(minMillis, count * 2);
            maxMillis = Arrays.copyOf(maxMillis, count * 2);
            references = Arrays.copyOf(references, count * 2);
        }
        minMillis[count] = min;
        maxMillis[count] = max;
        references[count++] = reference;
    }

    /** Appends the chunks taken to {@code target}; they can be loaded until the next {@link #take}. */
    void addTo(ChunkList target, @Nullable Intervals deleted) {
        for (int i = 0; i < count; i++) {
            target.add(minMillis[i], maxMillis[i], this, i, deleted);
        }
    }

    /** Whether nothing is left of the chunks taken. */
    boolean isCoveredBy(Intervals deleted) {
        for (int i = 0; i < count; i++) {
            if (!deleted.covers(minMillis[i], maxMillis[i])) {
                return false;
            }
        }
        return true;
    }

    int count() {
        return count;
    }

    long minMillis(int index) {
        return minMillis[index];
    }

    long maxMillis(int index) {
        return maxMillis[index];
    }

    private void readMapped(long reference, EncodedChunk target) throws IOException {
        try {
            mapped.read(reference, target);
        } catch (CorruptionException e) {
            onDamage.accept(e);
            throw e;
        }
    }

    @Override
    public void load(long index, EncodedChunk target) throws IOException {
        int i = (int) index;
        long reference = references[i];
        if ((reference & ClosedChunks.IN_SLAB) == 0) {
            readMapped(reference, target);
            return;
        }
        int offset = (int) reference;
        int length = ClosedChunks.lengthOf(reference);
        target.wrap(ClosedChunks.encodingOf(reference), minMillis[i], maxMillis[i], copies, offset, length);
    }
}
