package dev.cairndb.remote;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All encoded labels it was shown, in a list. It believes any entry to be the follower whose bytes are there. */
final class ListedLabels implements KnownLabels {
    private final List<byte[]> entries = new ArrayList<>();
    private final List<Integer> labelCounts = new ArrayList<>();
    private final Map<Integer, Integer> followers = new HashMap<>();
    private boolean forgetful;

    /** Takes what it does not know yet of a request. */
    void learn(RemoteWriteRequest request) {
        for (int series = 0; series < request.seriesCount(); series++) {
            int from = request.labelsStart(series);
            if (from >= 0 && find(NOWHERE, request.bytes(), from, request.labelsEnd(series)) == NOWHERE) {
                entries.add(Arrays.copyOfRange(request.bytes(), from, request.labelsEnd(series)));
                labelCounts.add(request.labelCount(series));
            }
        }
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
        for (int place = 0; place < entries.size(); place++) {
            if (isAt(place, bytes, from, limit)) {
                return place;
            }
        }
        return NOWHERE;
    }

    private boolean isAt(int place, byte[] bytes, int from, int limit) {
        byte[] entry = entries.get(place);
        return entry.length <= limit - from && Arrays.equals(entry, 0, entry.length, bytes, from, from + entry.length);
    }

    @Override
    public int find(int before, byte[] bytes, int from, int to) {
        for (int place = 0; place < entries.size(); place++) {
            if (entries.get(place).length == to - from && isAt(place, bytes, from, to)) {
                followers.put(before, place);
                return place;
            }
        }
        return NOWHERE;
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
