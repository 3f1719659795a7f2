package dev.cairndb.tsdb.internal.head;

import dev.cairndb.io.ByteWriter;
import dev.cairndb.tsdb.internal.query.ChunkList;
import dev.cairndb.tsdb.internal.query.SeriesSource;

/** Rows of the head, in label order, that have chunks in a range of time. Used under an epoch pin. */
final class HeadSeriesSource implements SeriesSource {
    private final SeriesRegistry registry;
    private final HeadTombstones tombstones;
    private final RowSnapshot snapshot;
    private final int[] slots;
    private final long fromMillis;
    private final long toMillis;
    private final ByteWriter labels = new ByteWriter(256);
    private int next;

    /** @param slots in label order */
    HeadSeriesSource(
            SeriesRegistry registry,
            HeadTombstones tombstones,
            RowSnapshot snapshot,
            int[] slots,
            long fromMillis,
            long toMillis) {
        this.registry = registry;
        this.tombstones = tombstones;
        this.snapshot = snapshot;
        this.slots = slots;
        this.fromMillis = fromMillis;
        this.toMillis = toMillis;
    }

    @Override
    public boolean next() {
        while (next < slots.length) {
            if (snapshot.take(slots[next++], fromMillis, toMillis)) {
                labels.clear();
                registry.packLabels(slots[next - 1], labels);
                return true;
            }
        }
        return false;
    }

    @Override
    public byte[] labels() {
        return labels.array();
    }

    @Override
    public int labelsLength() {
        return labels.size();
    }

    @Override
    public void addChunks(ChunkList target) {
        snapshot.addTo(target, tombstones.of(slots[next - 1]));
    }
}
