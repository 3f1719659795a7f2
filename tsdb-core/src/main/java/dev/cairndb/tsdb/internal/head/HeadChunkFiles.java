package dev.cairndb.tsdb.internal.head;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Up to which time the files of chunks_head hold samples, so that it is known when one can go. Not thread-safe. */
final class HeadChunkFiles {
    private final TreeMap<Integer, Long> maxMillisByFile = new TreeMap<>();

    /** Notes a chunk. */
    void add(long headChunkReference, long maxMillis) {
        maxMillisByFile.merge((int) (headChunkReference >>> 32), maxMillis, Math::max);
    }

    /** Number of the first file that has samples at or after a time; {@code Integer.MAX_VALUE} if none has. */
    int firstWithSamplesSince(long minMillis) {
        for (Map.Entry<Integer, Long> file : maxMillisByFile.entrySet()) {
            if (file.getValue() >= minMillis) {
                return file.getKey();
            }
        }
        return Integer.MAX_VALUE;
    }

    /** The newest time in a file, null if it has no chunk. */
    @Nullable
    Long maxMillis(int number) {
        return maxMillisByFile.get(number);
    }

    boolean hasFilesBefore(int number) {
        return !maxMillisByFile.isEmpty() && maxMillisByFile.firstKey() < number;
    }

    void forgetBefore(int number) {
        maxMillisByFile.headMap(number, false).clear();
    }
}
