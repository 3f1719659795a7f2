package dev.cairndb.remote;

import dev.cairndb.io.BigEndian;
import dev.cairndb.io.ByteWriter;
import java.util.Arrays;

/**
 * Numbers texts: equal bytes have the same number, the first one is the empty text. They lie in the form in which a
 * version 2 message begins, one {@code symbols} field after the other. Not thread-safe.
 */
final class SymbolInterner {
    private static final int TAG_SYMBOL = 0x22;
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private final ByteWriter message = new ByteWriter(4096);

    /** Offset and length in {@link #message} of each text, and its hash. */
    private int[] offsets = new int[128];

    private int[] lengths = new int[128];
    private int[] hashes = new int[128];
    private int count;

    /** Numbers by hash, one added; 0 is a free place. At most half full. */
    private int[] places = new int[256];

    SymbolInterner() {
        addEmptyText();
    }

    private void addEmptyText() {
        int unused = refOf(message.array(), 0, 0);
    }

    void clear() {
        Arrays.fill(places, 0);
        message.clear();
        count = 0;
        addEmptyText();
    }

    /** All texts so far, as fields of a message. What is put behind them goes with {@link #clear}. */
    ByteWriter message() {
        return message;
    }

    int refOf(byte[] bytes, int offset, int length) {
        int hash = hash(bytes, offset, length);
        int mask = places.length - 1;
        int place = hash & mask;
        while (places[place] != 0) {
            int ref = places[place] - 1;
            if (hashes[ref] == hash && isSame(ref, bytes, offset, length)) {
                return ref;
            }
            place = place + 1 & mask;
        }
        return add(place, hash, bytes, offset, length);
    }

    private boolean isSame(int ref, byte[] bytes, int offset, int length) {
        int at = offsets[ref];
        return lengths[ref] == length
                && Arrays.equals(message.array(), at, at + length, bytes, offset, offset + length);
    }

    private int add(int place, int hash, byte[] bytes, int offset, int length) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, count * 2);
            lengths = Arrays.copyOf(lengths, count * 2);
            hashes = Arrays.copyOf(hashes, count * 2);
        }
        ProtoFields.putBytes(message, TAG_SYMBOL, bytes, offset, length);
        offsets[count] = message.size() - length;
        lengths[count] = length;
        hashes[count] = hash;
        places[place] = ++count;
        if (2 * count > places.length) {
            growPlaces();
        }
        return count - 1;
    }

    private void growPlaces() {
        places = new int[places.length * 2];
        int mask = places.length - 1;
        for (int ref = 0; ref < count; ref++) {
            int place = hashes[ref] & mask;
            while (places[place] != 0) {
                place = place + 1 & mask;
            }
            places[place] = ref + 1;
        }
    }

    private static int hash(byte[] bytes, int offset, int length) {
        long hash = length * MULTIPLIER;
        int end = offset + length;
        int at = offset;
        for (; end - at >= 8; at += 8) {
            hash = mix(hash ^ BigEndian.getLong(bytes, at));
        }
        long tail = 0;
        for (; at < end; at++) {
            tail = tail << 8 | bytes[at] & 0xFF;
        }
        hash = mix(hash ^ tail);
        return (int) (hash >>> 32);
    }

    private static long mix(long value) {
        long mixed = value * MULTIPLIER;
        return mixed ^ mixed >>> 29;
    }
}
