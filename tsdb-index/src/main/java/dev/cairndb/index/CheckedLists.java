package dev.cairndb.index;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What was found right already of long posting lists of an open file, which are told by their offsets. Thread-safe. */
final class CheckedLists {
    private final Set<Long> checksums = ConcurrentHashMap.newKeySet();
    private final Set<Long> orders = ConcurrentHashMap.newKeySet();

    boolean hasChecksum(long offset) {
        return checksums.contains(offset);
    }

    void addChecksum(long offset) {
        checksums.add(offset);
    }

    /** Whether the references ascended; they do as long as the checksum is right. */
    boolean ascends(long offset) {
        return orders.contains(offset);
    }

    void addAscending(long offset) {
        orders.add(offset);
    }
}
