package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HeadChunkWriter;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Moves closed chunks of one set of rows from the slab to the files of chunks_head, a bounded number of rows at a time:
 * copied under the commit lock, written without it, replaced by references under it again.
 */
final class ChunkMapper {
    private static final int ROWS_MAX = 128;

    private final Rows rows;
    private final Slab slab;
    private final ClosedChunks chunks;
    private final CommitLock commitLock;
    private final HeadChunkWriter writer;
    private final HeadChunkFiles files;
    private final @Nullable LateLogging lateLogging;

    private final int[] slots = new int[ROWS_MAX];
    private final int[] firstOfRow = new int[ROWS_MAX + 1];
    private int[] addresses = new int[ROWS_MAX];
    private long[] references = new long[ROWS_MAX];
    private long[] minMillis = new long[ROWS_MAX];
    private long[] maxMillis = new long[ROWS_MAX];
    private long[] refs = new long[ROWS_MAX];
    private ChunkEncoding[] encodings = new ChunkEncoding[ROWS_MAX];
    private int[] ends = new int[ROWS_MAX];
    private byte[] copies = new byte[0];
    private int rowCount;
    private int chunkCount;
    private boolean marked;

    /** For the samples in order. */
    ChunkMapper(HeadState state, HeadChunkWriter writer) {
        this(state, writer, state.rows, state.slab, state.closed, null);
    }

    /** For the late ones. */
    ChunkMapper(HeadState state, HeadChunkWriter writer, LateRows late, LateLogging lateLogging) {
        this(state, writer, late.rows, late.slab, late.closed, lateLogging);
    }

    private ChunkMapper(
            HeadState state,
            HeadChunkWriter writer,
            Rows rows,
            Slab slab,
            ClosedChunks chunks,
            @Nullable LateLogging lateLogging) {
        this.rows = rows;
        this.slab = slab;
        this.chunks = chunks;
        this.writer = writer;
        this.lateLogging = lateLogging;
        commitLock = state.commitLock;
        files = state.chunkFiles;
    }

    /** Moves all that waits; the late log gets markers of late chunks. */
    void map() throws IOException {
        map(true);
    }

    /** Moves all that waits, and tells the late log nothing. */
    void mapUnmarked() throws IOException {
        map(false);
    }

    private void map(boolean withMarkers) throws IOException {
        marked = withMarkers;
        do {
            commitLock.lockForStep();
            try {
                copy();
            } finally {
                commitLock.unlock();
            }
            boolean written = false;
            try {
                write();
                written = true;
            } finally {
                commitLock.lockForStep();
                try {
                    replaceOrRequeue(written);
                } finally {
                    commitLock.unlock();
                }
            }
        } while (rowCount == ROWS_MAX);
    }

    private void copy() {
        rowCount = chunks.takeRowsToMap(slots, ROWS_MAX);
        chunkCount = 0;
        int copied = 0;
        for (int row = 0; row < rowCount; row++) {
            firstOfRow[row] = chunkCount;
            int slot = slots[row];
            Rows.Page page = rows.page(slot);
            int entries = page.ints[Rows.intAt(slot, Rows.CLOSED_COUNT)];
            for (int i = 0; i < entries; i++) {
                long reference = chunks.reference(page, slot, i);
                if ((reference & ClosedChunks.IN_SLAB) == 0) {
                    continue;
                }
                int length = ClosedChunks.lengthOf(reference);
                int address = (int) reference;
                ensureRoom(copied + length);
                System.arraycopy(slab.bytes(address), Slab.offset(address), copies, copied, length);
                copied += length;
                addresses[chunkCount] = address;
                minMillis[chunkCount] = chunks.minMillis(page, slot, i);
                maxMillis[chunkCount] = chunks.maxMillis(page, slot, i);
                encodings[chunkCount] = ClosedChunks.encodingOf(reference);
                refs[chunkCount] = Rows.ref(page, slot);
                ends[chunkCount++] = copied;
            }
        }
        firstOfRow[rowCount] = chunkCount;
    }

    private void ensureRoom(int bytesNeeded) {
        if (copies.length < bytesNeeded) {
            copies = Arrays.copyOf(copies, Math.max(bytesNeeded, copies.length * 2));
        }
        if (chunkCount == refs.length) {
            int larger = chunkCount * 2;
            addresses = Arrays.copyOf(addresses, larger);
            references = Arrays.copyOf(references, larger);
            minMillis = Arrays.copyOf(minMillis, larger);
            maxMillis = Arrays.copyOf(maxMillis, larger);
            refs = Arrays.copyOf(refs, larger);
            encodings = Arrays.copyOf(encodings, larger);
            ends = Arrays.copyOf(ends, larger);
        }
    }

    private void write() throws IOException {
        boolean late = lateLogging != null;
        int start = 0;
        for (int i = 0; i < chunkCount; i++) {
            references[i] = writer.write(
                    refs[i], minMillis[i], maxMillis[i], encodings[i], late, copies, start, ends[i] - start);
            if (late) {
                files.addLate(references[i]);
            } else {
                files.add(references[i], maxMillis[i]);
            }
            start = ends[i];
        }
        if (chunkCount > 0) {
            writer.flush();
        }
    }

    private void replaceOrRequeue(boolean written) {
        for (int row = 0; row < rowCount; row++) {
            if (!written) {
                chunks.queueToMap(slots[row]);
                continue;
            }
            chunks.replaceWithMapped(slots[row], addresses, references, firstOfRow[row], firstOfRow[row + 1]);
            if (lateLogging != null && firstOfRow[row] < firstOfRow[row + 1]) {
                lateLogging.include(references, firstOfRow[row], firstOfRow[row + 1]);
                if (marked) {
                    lateLogging.addMapped(slots[row], references, firstOfRow[row], firstOfRow[row + 1]);
                }
            }
        }
        if (lateLogging != null) {
            long unused = lateLogging.submit();
        }
    }
}
