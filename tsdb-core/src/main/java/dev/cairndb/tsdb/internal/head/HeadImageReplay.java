package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.HeadPostings;
import dev.cairndb.index.PostingCursor;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.ByteReader;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FormatVersionException;
import dev.cairndb.io.ReadFile;
import dev.cairndb.io.Varint;
import dev.cairndb.tsdb.internal.wal.RecordHandler;
import dev.cairndb.tsdb.internal.wal.SnapshotDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Fills an empty head from a {@link HeadImage}: posting lists beside symbols and rows. */
final class HeadImageReplay {
    private static final byte[] NAME_LABEL = "__name__".getBytes(StandardCharsets.UTF_8);
    /** So that two of them make no number below 0. */
    private static final int REFERENCES_MAX = Integer.MAX_VALUE / 2;

    private final HeadState state;
    private final HeadReplay replay;
    private final SnapshotReplay snapshot;
    private final String name;
    private final ReadFile file;
    private final HeadImage image;
    /** How many labels of rows not read yet have each symbol. */
    private final int[] references;

    private PostingList free = PostingList.empty();
    private PostingList all = PostingList.empty();

    /** @param name of the file, for error messages */
    HeadImageReplay(HeadState state, HeadReplay replay, SnapshotReplay snapshot, String name, ReadFile file)
            throws IOException, FormatVersionException {
        this.state = state;
        this.replay = replay;
        this.snapshot = snapshot;
        this.name = name;
        this.file = file;
        image = HeadImage.read(name, file);
        references = new int[image.symbols()];
    }

    /** Reads the whole file for nothing but frames that are damaged. */
    static void check(String name, ReadFile file) throws IOException {
        HeadImage unused = HeadImage.read(name, file);
        FrameReader frames = new FrameReader(name, file, HeadImage.HEADER.sizeBytes(), HeadImage.endOfFrames(file));
        while (frames.next()) {
            int ignored = frames.entries().skip(frames.entries().remaining());
        }
    }

    /**
     * @param executor may read the lists; what it has not begun is done by the caller
     * @throws CorruptionException if the file is damaged; the head is of no use then, and nobody works on it any more
     */
    void read(Executor executor) throws IOException {
        readSymbols();
        FrameReader frames = frames(image.listsAt(), image.rowsAt());
        readSlots(frames);
        FutureTask<Void> lists = new FutureTask<>(() -> {
            readLists(frames);
            return null;
        });
        try {
            executor.execute(lists);
        } catch (RejectedExecutionException e) {
            // It is run below.
        }
        try {
            readRows();
            readRecords();
        } finally {
            lists.run();
            await(lists);
        }
    }

    private FrameReader frames(long from, long to) {
        return new FrameReader(name, file, from, to);
    }

    private void readSymbols() throws IOException {
        SymbolTable symbols = state.registry.symbols();
        FrameReader frames = frames(HeadImage.HEADER.sizeBytes(), image.listsAt());
        ByteReader in = frames.entries();
        int count = 0;
        for (; frames.next(); count++) {
            int labels = in.readUvarintInt(REFERENCES_MAX);
            int length = in.readUvarintInt(in.remaining());
            int at = in.skip(length);
            if (labels == 0 || count == references.length || symbols.intern(in.array(), at, length, labels) != count) {
                throw in.corrupt("a symbol that is used, once", "symbol " + count);
            }
            references[count] = labels;
        }
        requireCount(in, "symbols", image.symbols(), count);
    }

    /** What each slot is, which everything behind is compared with. */
    private void readSlots(FrameReader frames) throws IOException {
        free = readList(frames);
        all = readList(frames);
        ByteReader in = frames.entries();
        requireCount(in, "series", image.rows(), all.cardinality());
        requireCount(in, "free slots", image.slots() - image.rows(), free.cardinality());
        requireTaken(in, all);
    }

    private PostingList readList(FrameReader frames) throws IOException {
        if (!frames.next()) {
            throw frames.entries().corrupt("a list of slots", "the end of the lists");
        }
        return PostingList.read(frames.entries(), image.slots());
    }

    private void requireTaken(ByteReader in, PostingList list) throws CorruptionException {
        if (!free.isEmpty() && !PostingList.intersect(list, free).isEmpty()) {
            throw in.corrupt("slots of series", "a free one");
        }
    }

    private void readLists(FrameReader frames) throws IOException {
        HeadPostings postings = state.registry.postingsToRestore();
        ByteReader in = frames.entries();
        boolean hasName = false;
        while (frames.next()) {
            int kind = in.readByte();
            int symbol = in.readUvarintInt(image.symbols() - 1);
            PostingList list = PostingList.read(in, image.slots());
            requireTaken(in, list);
            try {
                restore(postings, in, kind, symbol, list, hasName);
                hasName = true;
            } catch (IllegalArgumentException e) {
                throw in.corrupt("lists of different labels, with series", String.valueOf(e.getMessage()));
            }
        }
        postings.restoreAll(all);
    }

    private static void restore(
            HeadPostings postings, ByteReader in, int kind, int symbol, PostingList list, boolean hasName)
            throws CorruptionException {
        switch (kind) {
            case HeadImage.NAME -> postings.restoreName(symbol, list);
            case HeadImage.VALUE -> {
                if (!hasName) {
                    throw in.corrupt("a name before its values", "a value");
                }
                postings.restoreValue(symbol, list);
            }
            default -> throw in.corrupt("a list of kind 1 or 2", String.valueOf(kind));
        }
    }

    private void readRows() throws IOException {
        state.registry.beginImage(image.hashSeed(), image.rows());
        int metricName = state.registry.symbols().find(NAME_LABEL, 0, NAME_LABEL.length);
        FrameReader frames = frames(image.rowsAt(), image.recordsAt());
        ByteReader in = frames.entries();
        PostingCursor slots = all.cursor();
        int count = 0;
        for (; slots.next() && frames.next(); count++) {
            readRow(in, slots.id(), metricName);
        }
        requireCount(in, "rows", image.rows(), count);
        requireCount(in, "bytes of rows behind the last", 0, frames.next() ? in.remaining() : 0);
        requireCount(
                in,
                "labels more than rows have",
                0,
                Arrays.stream(references).max().orElse(0));
        state.registry.endImage();
    }

    private void readRow(ByteReader in, int slot, int metricName) throws IOException {
        long ref = in.readUvarint();
        if (ref <= 0 || ref > RecordHandler.SERIES_REF_MAX || replay.slotOf(ref) != RefIndex.ABSENT) {
            throw in.corrupt("a series reference of no other row", Long.toUnsignedString(ref));
        }
        long hash = in.readLong();
        int encoding = in.readByte();
        int length = in.readUvarintInt(in.remaining());
        int labels = in.position();
        int metric = SymbolTable.NONE;
        while (in.position() < labels + length) {
            int name = readSymbol(in);
            int value = readSymbol(in);
            metric = name == metricName && metric == SymbolTable.NONE ? value : metric;
        }
        if (in.position() > labels + length) {
            throw in.corrupt("labels of " + length + " bytes", String.valueOf(in.position() - labels));
        }
        state.registry.restore(slot, ref, hash, in.array(), labels, length, metric);
        replay.restored(slot, ref);
        if (encoding != 0) {
            readChunk(in, ref, encoding);
        }
    }

    /** The row takes the bytes as they are, so there is but one form of a number. */
    private int readSymbol(ByteReader in) throws CorruptionException {
        int at = in.position();
        int symbol = in.readUvarintInt(references.length - 1);
        if (in.position() - at != Varint.sizeOfUvarint(symbol) || --references[symbol] < 0) {
            throw in.corrupt("a symbol in its shortest form, in as many labels as it says", "symbol " + symbol);
        }
        return symbol;
    }

    private void readChunk(ByteReader in, long ref, int encoding) throws IOException {
        long min = in.readVarint();
        long max = min + in.readUvarint();
        if (max < min) {
            throw in.corrupt("a last timestamp from " + min + " on", String.valueOf(max));
        }
        long lastValueBits = in.readLong();
        int size = in.readUvarintInt(in.remaining());
        int data = in.skip(size);
        if (!SnapshotReplay.isChunk(encoding, size)) {
            throw in.corrupt("a chunk of encoding 1 to 4", "encoding " + encoding + ", " + size + " bytes");
        }
        snapshot.chunk(ref, min, max, encoding, in.array(), data, size, lastValueBits, null);
    }

    private void readRecords() throws IOException {
        SnapshotDecoder decoder = new SnapshotDecoder();
        FrameReader frames = frames(image.recordsAt(), HeadImage.endOfFrames(file));
        ByteReader in = frames.entries();
        while (frames.next()) {
            int length = in.readUvarintInt(in.remaining());
            int at = in.skip(length);
            if (SnapshotDecoder.isSeries(in.array(), at, length)) {
                throw in.corrupt("a record of no series", "one of a series");
            }
            try {
                decoder.read(in.array(), at, length, snapshot);
            } catch (CorruptionException e) {
                throw in.corrupt(e.expected(), e.found() + " in the record before");
            }
        }
    }

    private static void requireCount(ByteReader in, String what, int expected, int found) throws CorruptionException {
        if (found != expected) {
            throw in.corrupt(expected + " " + what, String.valueOf(found));
        }
    }

    private static void await(Future<?> task) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw asThrown(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException asThrown(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof IOException e ? e : new IOException("cannot read posting lists", cause);
    }
}
