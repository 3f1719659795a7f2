package dev.cairndb.tsdb.internal.head;

import dev.cairndb.index.HeadPostings;
import dev.cairndb.index.PostingList;
import dev.cairndb.index.SymbolTable;
import dev.cairndb.io.AppendFile;
import dev.cairndb.io.ByteWriter;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Writes a {@link HeadImage}. For a head that nobody changes: the caller holds its locks, and no series is being
 * removed; and it is {@link HeadImage#isDense dense}.
 */
final class HeadImageWriter {
    private final HeadState state;
    private final AppendFile file;
    private final FrameWriter frames;
    /** One more than the number of each symbol in the file, in the order in which rows have them; 0 for none. */
    private int[] numbers = new int[1024];

    /** The symbols by their numbers, and how many labels have them. */
    private int[] symbols = new int[1024];

    private int[] references = new int[1024];
    private int symbolCount;
    private int rows;
    /** Slots of rows that are left out: of series that the log does not have, or that are being removed. */
    private PostingList leftOut = PostingList.empty();

    HeadImageWriter(HeadState state, AppendFile file) {
        this.state = state;
        this.file = file;
        frames = new FrameWriter(file);
    }

    /**
     * @param records of a snapshot that are not of series, each with its length in front
     * @return false if none is made of this head, because too few of its slots would have rows
     */
    boolean write(ByteWriter records) throws IOException {
        int slots = state.rows.limit();
        countRows(slots);
        if (!HeadImage.isDense(slots, rows)) {
            return false;
        }
        ByteWriter ends = new ByteWriter(128);
        HeadImage.HEADER.put(ends, HeadImage.VERSION);
        file.write(ends.array(), 0, ends.size());
        putSymbols();
        long listsAt = frames.end();
        putFreeSlots(slots);
        putLists();
        long rowsAt = frames.end();
        putRows(slots);
        long recordsAt = frames.end();
        frames.bytes().putBytes(records.array(), 0, records.size());
        frames.end();
        ends.clear();
        new HeadImage(state.registry.hashSeed(), symbolCount, slots, rows, listsAt, rowsAt, recordsAt).put(ends);
        file.write(ends.array(), 0, ends.size());
        return true;
    }

    private void countRows(int slots) {
        IntConsumer counting = this::count;
        int[] others = new int[16];
        int count = 0;
        for (int slot = 0; slot < slots; slot++) {
            if (isKept(slot)) {
                rows++;
                state.registry.forEachSymbol(slot, counting);
            } else if (state.rows.getLong(slot, Rows.REF) != 0) {
                if (count == others.length) {
                    others = Arrays.copyOf(others, 2 * count);
                }
                others[count++] = slot;
            }
        }
        leftOut = PostingList.ofSorted(Arrays.copyOf(others, count));
    }

    /** As the records: a Prometheus that goes on with the directory gives other references to other series. */
    private boolean isKept(int slot) {
        return state.rows.getLong(slot, Rows.REF) != 0 && state.rows.isInLog(slot);
    }

    private void count(int symbol) {
        if (symbol >= numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.max(symbol + 1, 2 * numbers.length));
        }
        int number = numbers[symbol] - 1;
        if (number < 0) {
            if (symbolCount == symbols.length) {
                symbols = Arrays.copyOf(symbols, 2 * symbolCount);
                references = Arrays.copyOf(references, 2 * symbolCount);
            }
            number = symbolCount++;
            symbols[number] = symbol;
            numbers[symbol] = number + 1;
        }
        references[number]++;
    }

    private void putSymbols() throws IOException {
        SymbolTable table = state.registry.symbols();
        ByteWriter target = frames.bytes();
        for (int i = 0; i < symbolCount; i++) {
            int length = table.length(symbols[i]);
            target.putUvarint(references[i]);
            target.putUvarint(length);
            target.ensure(length);
            target.size(table.copyTo(symbols[i], target.array(), target.size()));
            frames.entry();
        }
    }

    private void putFreeSlots(int slots) throws IOException {
        int[] free = new int[slots - rows];
        int count = 0;
        for (int slot = 0; slot < slots; slot++) {
            if (!isKept(slot)) {
                free[count++] = slot;
            }
        }
        PostingList.ofSorted(free).put(frames.bytes());
        frames.entry();
    }

    private void putLists() throws IOException {
        ByteWriter target = frames.bytes();
        kept(state.registry.postings().all()).put(target);
        frames.entry();
        state.registry.forEachList(new HeadPostings.ListVisitor() {
            @Override
            public void name(int nameSymbol, PostingList series) throws IOException {
                put(HeadImage.NAME, nameSymbol, series);
            }

            @Override
            public void value(int valueSymbol, PostingList series) throws IOException {
                put(HeadImage.VALUE, valueSymbol, series);
            }

            private void put(int kind, int symbol, PostingList series) throws IOException {
                PostingList rest = kept(series);
                if (!rest.isEmpty()) {
                    target.putByte(kind);
                    target.putUvarint(numberOf(symbol));
                    rest.put(target);
                    frames.entry();
                }
            }
        });
    }

    private PostingList kept(PostingList series) {
        return leftOut.isEmpty() ? series : series.minus(leftOut);
    }

    private int numberOf(int symbol) {
        int number = symbol < numbers.length ? numbers[symbol] - 1 : SymbolTable.NONE;
        if (number < 0) {
            throw new IllegalStateException("BUG: a list of symbol " + symbol + ", which no row has");
        }
        return number;
    }

    private void putRows(int slots) throws IOException {
        ByteWriter labels = new ByteWriter(256);
        IntConsumer putting = symbol -> labels.putUvarint(numberOf(symbol));
        ByteWriter target = frames.bytes();
        for (int slot = 0; slot < slots; slot++) {
            if (isKept(slot)) {
                labels.clear();
                state.registry.forEachSymbol(slot, putting);
                putRow(slot, labels, target);
                frames.entry();
            }
        }
    }

    private void putRow(int slot, ByteWriter labels, ByteWriter target) {
        Rows.Page page = state.rows.page(slot);
        target.putUvarint(Rows.ref(page, slot));
        target.putLong(page.longs[Rows.longAt(slot, Rows.HASH)]);
        boolean hasChunk = page.ints[Rows.intAt(slot, Rows.OPEN)] != 0;
        target.putByte(hasChunk ? Rows.kind(page, slot) : 0);
        target.putUvarint(labels.size());
        target.putBytes(labels.array(), 0, labels.size());
        if (hasChunk) {
            state.chunks.putOpenBytes(page, slot, target);
        }
    }
}
