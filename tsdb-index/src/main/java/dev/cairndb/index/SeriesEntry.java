package dev.cairndb.index;

import dev.cairndb.io.ByteReader;
import dev.cairndb.io.ByteWriter;
import dev.cairndb.io.CorruptionException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One series of a block's index, to be filled again and again by {@link IndexReader#series}. Series that follow each
 * other in label order share most of their labels; those are not looked up again.
 *
 * <p>Not thread-safe. The arrays it shows are its own, valid until it is filled the next time.
 */
public final class SeriesEntry {
    private final ChunkMetas chunks = new ChunkMetas();
    private ByteWriter labels = new ByteWriter(256);
    private ByteWriter lastLabels = new ByteWriter(256);
    private int[] symbols = new int[32];
    private int[] lastSymbols = new int[32];
    /** Where in the packed labels each label ends. */
    private int[] ends = new int[16];

    private int[] lastEnds = new int[16];
    private int labelCount;
    private int lastLabelCount;

    private final StringCache strings = new StringCache();
    private @Nullable SymbolSection section;
    private SymbolSection.@Nullable Cursor cursor;
    private byte[] content = new byte[512];
    private ByteReader reader = new ByteReader("index");

    /** The labels in the form of {@link PackedLabels}, from 0 to {@link #labelsLength}. */
    public byte[] labels() {
        return labels.array();
    }

    public int labelsLength() {
        return labels.size();
    }

    public int labelCount() {
        return labelCount;
    }

    /** For each label the numbers of its name and of its value among the symbols of its index. */
    public int[] symbols() {
        return symbols;
    }

    public ChunkMetas chunks() {
        return chunks;
    }

    /** A copy of the labels that stays. */
    public Labels toLabels() {
        return Labels.ofPacked(labels.array(), 0, labels.size());
    }

    /** Room for the bytes of an entry. */
    byte[] content(int size) {
        if (size > content.length) {
            content = new byte[Math.max(size, (int) Math.min(2L * content.length, Integer.MAX_VALUE - 16))];
        }
        return content;
    }

    /** Reads what {@link #content} has, found whole by its checksum. */
    void read(String file, SymbolSection from, int size, long fileOffset) throws CorruptionException {
        if (section != from) {
            section = from;
            cursor = from.cursor();
            strings.clear();
            reader = new ByteReader(file);
            labelCount = 0;
            labels.clear();
        }
        reader.reset(content, 0, size, fileOffset);
        keepLast();
        boolean done = false;
        try {
            readLabels(reader, from.count());
            readChunks(reader);
            done = true;
        } finally {
            if (!done) {
                section = null; // what was read halfway must not be taken for a last series
            }
        }
    }

    private void keepLast() {
        ByteWriter bytes = lastLabels;
        lastLabels = labels;
        labels = bytes;
        int[] numbers = lastSymbols;
        lastSymbols = symbols;
        symbols = numbers;
        int[] places = lastEnds;
        lastEnds = ends;
        ends = places;
        lastLabelCount = labelCount;
        labels.clear();
        labelCount = 0;
    }

    private void readLabels(ByteReader bytes, int symbolCount) throws CorruptionException {
        int count = bytes.readUvarintInt(bytes.remaining() / 2);
        ensureLabels(count);
        int lastName = -1;
        for (int i = 0; i < count; i++) {
            int name = bytes.readUvarintInt(symbolCount - 1);
            int value = bytes.readUvarintInt(symbolCount - 1);
            if (name <= lastName) {
                throw bytes.corrupt("label names in ascending order", "symbol " + name + " after " + lastName);
            }
            lastName = name;
            symbols[2 * i] = name;
            symbols[2 * i + 1] = value;
            appendLabel(i, name, value);
            ends[i] = labels.size();
            labelCount = i + 1;
        }
        // Symbols ascend: only the first name can be the empty string.
        if (count > 0 && labels.array()[0] == 0) {
            throw bytes.corrupt("label names with a byte at least", "an empty one");
        }
    }

    private void appendLabel(int label, int name, int value) throws CorruptionException {
        if (label < lastLabelCount && lastSymbols[2 * label] == name && lastSymbols[2 * label + 1] == value) {
            int from = label == 0 ? 0 : lastEnds[label - 1];
            labels.putBytes(lastLabels.array(), from, lastEnds[label] - from);
            return;
        }
        appendSymbol(name);
        appendSymbol(value);
    }

    private void appendSymbol(int symbol) throws CorruptionException {
        if (strings.append(symbol, labels)) {
            return;
        }
        SymbolSection.Cursor found = cursor;
        if (found == null) {
            throw new IllegalStateException("BUG: no symbols");
        }
        found.seek(symbol);
        labels.putUvarint(found.length());
        labels.putBytes(found.array(), found.offset(), found.length());
        strings.keep(symbol, found.array(), found.offset(), found.length());
    }

    private void readChunks(ByteReader bytes) throws CorruptionException {
        chunks.clear();
        // A chunk takes three bytes at least.
        int count = bytes.readUvarintInt(bytes.remaining() / 3);
        chunks.ensure(count);
        long maxTime = 0;
        long ref = 0;
        for (int i = 0; i < count; i++) {
            long minTime = i == 0 ? bytes.readVarint() : maxTime + bytes.readUvarint();
            maxTime = minTime + bytes.readUvarint();
            ref = i == 0 ? bytes.readUvarint() : ref + bytes.readVarint();
            chunks.add(minTime, maxTime, ref);
        }
        if (bytes.remaining() > 0) {
            throw bytes.corrupt(count + " chunks and the end", bytes.remaining() + " bytes more");
        }
    }

    private void ensureLabels(int count) {
        if (count > ends.length) {
            int capacity = Math.max(count, ends.length * 2);
            ends = Arrays.copyOf(ends, capacity);
            symbols = Arrays.copyOf(symbols, 2 * capacity);
        }
    }

    /** Short strings seen lately, by symbol: names, and values that many series share. */
    private static final class StringCache {
        private static final int ENTRIES = 256;
        private static final int STRING_BYTES_MAX = 63;

        private final int[] symbols = new int[ENTRIES];
        /** For each entry the length in a byte, then the string. */
        private final byte[] strings = new byte[ENTRIES * (STRING_BYTES_MAX + 1)];

        StringCache() {
            clear();
        }

        void clear() {
            Arrays.fill(symbols, -1);
        }

        boolean append(int symbol, ByteWriter target) {
            int place = place(symbol);
            if (symbols[place] != symbol) {
                return false;
            }
            int at = place * (STRING_BYTES_MAX + 1);
            // A length below 128 is its own varint.
            target.putBytes(strings, at, strings[at] + 1);
            return true;
        }

        void keep(int symbol, byte[] bytes, int offset, int length) {
            if (length <= STRING_BYTES_MAX) {
                int place = place(symbol);
                int at = place * (STRING_BYTES_MAX + 1);
                symbols[place] = symbol;
                strings[at] = (byte) length;
                System.arraycopy(bytes, offset, strings, at + 1, length);
            }
        }

        private static int place(int symbol) {
            return symbol * 0x9E3779B1 >>> 24;
        }
    }
}
