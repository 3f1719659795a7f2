package dev.cairndb.tsdb.internal.query;

import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.tsdb.ChunkCursor;
import java.io.IOException;
import java.util.Arrays;

/**
 * The samples of a {@link ChunkList} inside a range as chunks that do not overlap. A chunk that lies in the range, has
 * no deleted samples and overlaps no other is passed on as it is; one that comes twice, once; one that is cut by the
 * range or by a deletion is encoded again with its own encoding; those that overlap are merged (Prometheus:
 * tsdb/querier.go, storage/merge.go). Reused; not thread-safe.
 */
public final class TrimmedChunks implements ChunkCursor {
    private final ChunkList list;
    private final EncodedChunk chunk = new EncodedChunk();
    private final EncodedChunk other = new EncodedChunk();
    private final ReencodedChunks reencoded = new ReencodedChunks();
    private long fromMillis;
    private long toMillis;
    private int next;
    private boolean reencoding;

    public TrimmedChunks(ChunkList list) {
        this.list = list;
    }

    /** Starts before the first chunk of the list as it is now; both ends inclusive. */
    public void reset(long newFromMillis, long newToMillis) {
        fromMillis = newFromMillis;
        toMillis = newToMillis;
        next = 0;
        reencoding = false;
    }

    @Override
    public boolean next() throws IOException {
        while (true) {
            if (reencoding && reencoded.next(chunk)) {
                return true;
            }
            reencoding = false;
            if (next == list.size()) {
                return false;
            }
            int first = next;
            list.load(first, chunk);
            if (skipCopies(first)) {
                takeOverlapping(first);
                reencoded.merge(list, first, next - 1, fromMillis, toMillis);
            } else if (isWhole(first)) {
                return true;
            } else {
                reencoded.trim(list, first, chunk, fromMillis, toMillis);
            }
            reencoding = true;
        }
    }

    /** Steps over the chunk and equal ones; returns whether one comes then that overlaps it without being equal. */
    private boolean skipCopies(int first) throws IOException {
        for (next = first + 1; next < list.size() && overlaps(next, list.maxMillis(first)); next++) {
            if (!isCopy(first, next)) {
                return true;
            }
        }
        return false;
    }

    private boolean isCopy(int first, int index) throws IOException {
        if (list.minMillis(first) != list.minMillis(index)
                || list.maxMillis(first) != list.maxMillis(index)
                || list.deleted(first) != null
                || list.deleted(index) != null) {
            return false;
        }
        list.load(index, other);
        return chunk.encoding() == other.encoding()
                && Arrays.equals(
                        chunk.array(),
                        chunk.offset(),
                        chunk.offset() + chunk.length(),
                        other.array(),
                        other.offset(),
                        other.offset() + other.length());
    }

    private void takeOverlapping(int first) {
        long end = list.maxMillis(first);
        for (; next < list.size() && overlaps(next, end); next++) {
            end = Math.max(end, list.maxMillis(next));
        }
    }

    /** Whether a chunk begins before another ended, as far as both are in the range. */
    private boolean overlaps(int index, long endMillis) {
        return Math.max(list.minMillis(index), fromMillis) <= Math.min(endMillis, toMillis);
    }

    private boolean isWhole(int index) {
        return list.minMillis(index) >= fromMillis && list.maxMillis(index) <= toMillis && list.deleted(index) == null;
    }

    @Override
    public EncodedChunk chunk() {
        return chunk;
    }
}
