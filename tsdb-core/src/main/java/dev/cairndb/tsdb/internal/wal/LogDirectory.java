package dev.cairndb.tsdb.internal.wal;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What lies in a log's directory. Other names than those of segments and checkpoints are left alone.
 *
 * @param segments numbers of all segments, ascending
 * @param checkpoints numbers of all checkpoints, ascending; a number is that of the last segment it stands for
 */
record LogDirectory(Path directory, List<Integer> segments, List<Integer> checkpoints) {
    static LogDirectory list(Storage storage, Path directory) throws IOException {
        List<Integer> segments = new ArrayList<>();
        List<Integer> checkpoints = new ArrayList<>();
        for (String name : storage.list(directory)) {
            int segment = SegmentDescriptor.segmentOf(name);
            int checkpoint = SegmentDescriptor.checkpointOf(name);
            if (segment >= 0) {
                segments.add(segment);
            } else if (checkpoint >= 0 && storage.isDirectory(directory.resolve(name))) {
                checkpoints.add(checkpoint);
            }
        }
        segments.sort(null);
        checkpoints.sort(null);
        return new LogDirectory(directory, List.copyOf(segments), List.copyOf(checkpoints));
    }

    /** Number of the newest checkpoint, or -1. */
    int lastCheckpoint() {
        return checkpoints.isEmpty() ? -1 : checkpoints.get(checkpoints.size() - 1);
    }

    int lastSegment() {
        return segments.isEmpty() ? -1 : segments.get(segments.size() - 1);
    }

    int nextSegment() {
        return Math.max(lastSegment(), lastCheckpoint()) + 1;
    }

    /**
     * The segments that hold what the newest checkpoint does not; older ones are leftovers.
     *
     * @param mayStartLater whether a log without a checkpoint may begin with another segment than the first
     * @throws CorruptionException if one is missing: what it held would be missed without a word
     */
    List<Integer> segmentsBehindCheckpoint(boolean mayStartLater) throws CorruptionException {
        int checkpoint = lastCheckpoint();
        List<Integer> behind = segments.stream().filter(s -> s > checkpoint).toList();
        if (behind.isEmpty()) {
            return behind;
        }
        int expected = checkpoint < 0 && mayStartLater ? behind.get(0) : checkpoint + 1;
        for (int segment : behind) {
            if (segment != expected) {
                throw new CorruptionException(
                        segmentPath(expected).toString(), 0, "a segment before " + segment, "no such file");
            }
            expected++;
        }
        return behind;
    }

    Path segmentPath(int segment) {
        return directory.resolve(SegmentDescriptor.segmentName(segment));
    }

    Path checkpointPath(int checkpoint) {
        return directory.resolve(SegmentDescriptor.checkpointName(checkpoint));
    }
}
