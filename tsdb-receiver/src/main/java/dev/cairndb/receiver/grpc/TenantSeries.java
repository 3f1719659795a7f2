package dev.cairndb.receiver.grpc;

import dev.cairndb.index.Matcher;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.receiver.grpc.Queries.RefusedException;
import dev.cairndb.tsdb.ChunkCursor;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.SeriesCursor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.TreeSet;

/**
 * The series of one tenant with the labels that are answered, in the order of those labels. Not thread-safe.
 *
 * <p>The store shows them in the order of their own labels, and the two orders differ. Where no series has a label that
 * is taken off or replaced, they differ in one way only: all series get the same labels, and those may come between the
 * labels of a series and those that another one has besides. So a series is held back while series come that have all
 * of its labels and more, and those are sorted; usually there are none, and nothing is held. Where a series has such a
 * label, all are held and sorted, as Thanos does always: no more than may be sent, and of an answer with a limit no
 * more than twice as many.
 */
final class TenantSeries implements AutoCloseable {
    private static final int KEPT_MAX = 8;

    private final SeriesRequest request;
    private final TenantStore store;
    private final Querier querier;
    private final SeriesSender sender;
    private final SeriesCursor cursor;
    private final FinalLabels finalLabels;
    private final ShardFilter shard;
    private final XorChunks xor = new XorChunks();
    private final boolean holdsAll;
    /** Of which the cursor shows the next; false at its end. */
    private boolean more;

    private final ByteWriter groupHead = new ByteWriter(256);
    private final ArrayDeque<SeriesFrames> sorted = new ArrayDeque<>();
    private final ArrayList<SeriesFrames> group = new ArrayList<>();
    private long chunksInGroup;
    private final ArrayDeque<SeriesFrames> unused = new ArrayDeque<>();

    /**
     * @param querier closed with this
     * @param sender of the series, which knows how many it may send
     */
    TenantSeries(SeriesRequest request, TenantStore store, Querier querier, Matcher[] matchers, SeriesSender sender)
            throws IOException, RefusedException {
        this.request = request;
        this.store = store;
        this.querier = querier;
        this.sender = sender;
        finalLabels = new FinalLabels(store.externalLabels(), request.withoutLabels());
        shard = new ShardFilter(request.shard());
        cursor = querier.select(matchers);
        boolean holds = false;
        // After the selection: a series that comes to be in between is not in it.
        for (String name : changedNames(store, request)) {
            holds |= !querier.labelValues(name).isEmpty();
        }
        holdsAll = holds;
        more = cursor.next();
        fill();
    }

    private static List<String> changedNames(TenantStore store, SeriesRequest request) {
        TreeSet<String> names = new TreeSet<>(request.withoutLabels());
        store.externalLabels().forEach((name, value) -> names.add(name));
        return new ArrayList<>(names);
    }

    TenantStore store() {
        return store;
    }

    boolean isAtEnd() {
        return sorted.isEmpty();
    }

    /** The series it stands at; valid until {@link #next}. */
    SeriesFrames series() {
        SeriesFrames first = sorted.peekFirst();
        if (first == null) {
            throw new NoSuchElementException("no series left");
        }
        return first;
    }

    void next() throws IOException, RefusedException {
        release(sorted.removeFirst());
        fill();
    }

    private void release(SeriesFrames series) {
        if (unused.size() < KEPT_MAX) {
            unused.push(series);
        }
    }

    private void fill() throws IOException, RefusedException {
        while (sorted.isEmpty() && more) {
            byte[] head = cursor.labels().packed();
            groupHead.clear();
            groupHead.putBytes(head, 0, head.length);
            do {
                encode();
                boundHeld();
                more = cursor.next();
            } while (more && (holdsAll || beginsWithHead(cursor.labels().packed())));
            if (group.size() > 1) {
                Collections.sort(group);
            }
            sorted.addAll(group);
            group.clear();
            chunksInGroup = 0;
        }
    }

    private void boundHeld() throws RefusedException {
        long limit = request.limit();
        if (limit <= 0) {
            sender.checkRoomFor(group.size(), chunksInGroup);
            return;
        }
        sender.checkRoomFor(Math.min(group.size(), limit), 0);
        if (group.size() / 2 > limit) {
            Collections.sort(group);
            while (group.size() > limit) {
                release(group.remove(group.size() - 1));
            }
        }
    }

    /** Whether a series has all labels of the first of the group, before its others. */
    private boolean beginsWithHead(byte[] packed) {
        int length = groupHead.size();
        return packed.length >= length && Arrays.equals(packed, 0, length, groupHead.array(), 0, length);
    }

    private void encode() throws IOException {
        SeriesFrames series = unused.isEmpty() ? new SeriesFrames() : unused.pop();
        series.clear();
        finalLabels.append(cursor.labels().packed(), series.labels());
        if (!shard.accepts(series.labels())) {
            release(series);
            return;
        }
        series.start();
        if (!request.skipsChunks()) {
            ChunkCursor chunks = cursor.trimmedChunks();
            while (chunks.next()) {
                series.addChunk(xor.of(chunks.chunk()));
            }
        }
        if (request.skipsChunks() || series.chunks() > 0) {
            series.end();
            group.add(series);
            chunksInGroup += series.chunks();
        } else {
            release(series);
        }
    }

    @Override
    public void close() {
        cursor.close();
        querier.close();
    }
}
