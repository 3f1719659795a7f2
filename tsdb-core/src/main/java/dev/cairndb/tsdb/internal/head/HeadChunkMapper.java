package dev.cairndb.tsdb.internal.head;

import dev.cairndb.chunks.ChunkEncoding;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.chunks.HeadChunkWriter;
import dev.cairndb.io.BigEndian;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Moves closed chunks from the slab to the files of chunks_head, a bounded number of rows at a time: copied under the
 * commit lock, written without it, replaced by references under it again. Used by one maintenance thread at a time, the
 * one that also truncates, so that what was copied is still there when it is replaced.
 */
final class HeadChunkMapper {
    private static final int ROWS_MAX = 128;

    private final Rows rows;
    private final Slab slab;
    private final ClosedChunks chunks;
    private final ReentrantLock commitLock;
    private final HeadChunkWriter writer;
    private final HeadChunkReader reader;
    private final HeadChunkFiles files;

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

    HeadChunkMapper(HeadState state, HeadChunkWriter writer) {
        rows = state.rows;
        slab = state.slab;
        chunks = state.closed;
        commitLock = state.commitLock;
        reader = state.chunkReader;
        files = state.chunkFiles;
        this.writer = writer;
    }

    /** Moves all that waits. */
    void map() throws IOException {
        do {
            commitLock.lock();
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
                commitLock.lock();
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
            int list = rows.getInt(slot, Rows.CLOSED);
            int entries = rows.getInt(slot, Rows.CLOSED_COUNT);
            for (int i = 0; i < entries; i++) {
                byte[] bytes = slab.bytes(list);
                int at = Slab.offset(list) + i * ClosedChunks.ENTRY_BYTES;
                long reference = BigEndian.getLong(bytes, at + 16);
                if ((reference & ClosedChunks.IN_SLAB) == 0) {
                    continue;
                }
                int length = ClosedChunks.lengthOf(reference);
                int address = (int) reference;
                ensureRoom(copied + length);
                System.arraycopy(slab.bytes(address), Slab.offset(address), copies, copied, length);
                copied += length;
                addresses[chunkCount] = address;
                minMillis[chunkCount] = BigEndian.getLong(bytes, at);
                maxMillis[chunkCount] = BigEndian.getLong(bytes, at + 8);
                encodings[chunkCount] = ClosedChunks.encodingOf(reference);
                refs[chunkCount] = rows.getLong(slot, Rows.REF);
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
        int start = 0;
        for (int i = 0; i < chunkCount; i++) {
            references[i] = writer.write(
                    refs[i], minMillis[i], maxMillis[i], encodings[i], false, copies, start, ends[i] - start);
            files.add(references[i], maxMillis[i]);
            start = ends[i];
        }
        if (chunkCount > 0) {
            writer.flush();
        }
    }

    private void replaceOrRequeue(boolean written) {
        for (int row = 0; row < rowCount; row++) {
            if (written) {
                chunks.replaceWithMapped(slots[row], addresses, references, firstOfRow[row], firstOfRow[row + 1]);
            } else {
                chunks.queueToMap(slots[row]);
            }
        }
    }

    /** Makes all that was moved durable, before the log that also holds it is truncated. */
    void sync() throws IOException {
        writer.sync();
    }

    /** Deletes files whose chunks all end before a time and are in a block. Nobody may read them any more. */
    void truncate(long minMillisKept) throws IOException {
        int keepFrom = files.firstWithSamplesSince(minMillisKept);
        if (!files.hasFilesBefore(keepFrom)) {
            return;
        }
        if (keepFrom == Integer.MAX_VALUE) {
            writer.cut();
        }
        reader.truncateBefore(keepFrom);
        files.forgetBefore(keepFrom);
    }

    void close() throws IOException {
        try (writer) {
            reader.close();
        }
    }
}
