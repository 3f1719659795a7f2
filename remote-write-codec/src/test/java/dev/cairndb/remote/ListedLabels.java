package dev.cairndb.remote;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All encoded labels it was shown, in a list, found by their hash. It believes the first entry to be the follower whose
 * bytes are there.
 */
final class ListedLabels implements KnownLabels {
    private final List<byte[]> entries = new ArrayList<>();
    private final List<Integer> labelCounts = new ArrayList<>();
    private final Map<Integer, List<Integer>> placesByHash = new HashMap<>();
    private final BitSet lengths = new BitSet();
    private final Map<Integer, Integer> followers = new HashMap<>();
    private boolean forgetful;

    /** Takes what it does not know yet of a request. */
    void learn(RemoteWriteRequest request) {
        for (int series = 0; series < request.seriesCount(); series++) {
            int from = request.labelsStart(series);
            if (from >= 0 && find(NOWHERE, request.bytes(), from, request.labelsEnd(series)) == NOWHERE) {
                add(Arrays.copyOfRange(request.bytes(), from, request.labelsEnd(series)));
                labelCounts.add(request.labelCount(series));
            }
        }
    }

    private void add(byte[] entry) {
        placesByHash
                .computeIfAbsent(Arrays.hashCode(entry), absent -> new ArrayList<>())
                .add(entries.size());
        lengths.set(entry.length);
        entries.add(entry);
    }

    /** From now on entries are found, and are gone when they are looked at. */
    void forget() {
        forgetful = true;
    }

    @Override
    public int follower(int before, byte[] bytes, int from, int limit) {
        int last = followers.getOrDefault(before, NOWHERE);
        if (last != NOWHERE && isAt(last, bytes, from, limit)) {
            return last;
        }
        return first(bytes, from, 0, limit - from);
    }

    /** The first entry that is there with one of these lengths. */
    private int first(byte[] bytes, int from, int lengthMin, int lengthMax) {
        int first = Integer.MAX_VALUE;
        int hash = 1;
        for (int length = 0; length <= Math.min(lengthMax, lengths.length() - 1); length++) {
            if (length >= lengthMin && lengths.get(length)) {
                for (int place : placesByHash.getOrDefault(hash, List.of())) {
                    if (place < first
                            && entries.get(place).length == length
                            && isAt(place, bytes, from, from + length)) {
                        first = place;
                    }
                }
            }
            if (length < lengthMax) {
                hash = 31 * hash + bytes[from + length];
            }
        }
        return first == Integer.MAX_VALUE ? NOWHERE : first;
    }

    private boolean isAt(int place, byte[] bytes, int from, int limit) {
        byte[] entry = entries.get(place);
        return entry.length <= limit - from && Arrays.equals(entry, 0, entry.length, bytes, from, from + entry.length);
    }

    @Override
    public int find(int before, byte[] bytes, int from, int to) {
        int place = first(bytes, from, to - from, to - from);
        if (place != NOWHERE) {
            followers.put(before, place);
        }
        return place;
    }

    @Override
    public int sizeBytes(int place) {
        return forgetful ? -1 : entries.get(place).length;
    }

    @Override
    public int labelCount(int place) {
        return forgetful ? -1 : labelCounts.get(place);
    }

    @Override
    public int age() {
        return 0;
    }
}
