package dev.cairndb.receiver.tools;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many bytes of a store's logs are read when it is opened: the newest checkpoint and the segments behind it, or the
 * newest snapshot, of one with an image of the head that alone, and what is behind that. The names are Prometheus' (tsdb/docs/format/wal.md, memory_snapshot.md).
 */
final class LogBytes {
    private static final Pattern SEGMENT = Pattern.compile("\\d{1,9}");
    private static final Pattern CHECKPOINT = Pattern.compile("checkpoint\\.(\\d{1,9})");
    private static final Pattern SNAPSHOT = Pattern.compile("chunk_snapshot\\.(\\d{1,9})\\.(\\d{1,10})");
    /** Is not beside a snapshot that Prometheus wrote: then what is before it in the log is read as well. */
    private static final String SNAPSHOT_STATE = "cairn.state";
    /** Is read in place of the records beside it. */
    private static final String HEAD_IMAGE = "cairn.head";
    /** Segments are read by pages. */
    private static final long PAGE_BYTES = 32 << 10;

    private LogBytes() {}

    static long of(Path directory) {
        Path wal = directory.resolve("wal");
        String checkpoint = newest(wal, CHECKPOINT);
        long covered = checkpoint.isEmpty() ? -1 : number(CHECKPOINT, checkpoint, 1);
        long fromCheckpoint = (checkpoint.isEmpty() ? 0 : ofSegments(wal.resolve(checkpoint), any -> true))
                + ofSegments(wal, segment -> segment > covered);
        long late = ofSegments(directory.resolve("wbl"), any -> true);
        String snapshot = newest(directory, SNAPSHOT);
        if (snapshot.isEmpty()) {
            return late + fromCheckpoint;
        }
        long first = number(SNAPSHOT, snapshot, 1);
        long offset = number(SNAPSHOT, snapshot, 2);
        if (covered >= first
                || DirectoryBytes.ofFile(wal.resolve(String.format(Locale.ROOT, "%08d", first))) < offset) {
            // The log does not reach to it.
            return late + fromCheckpoint;
        }
        Path folder = directory.resolve(snapshot);
        boolean isOurs = Files.exists(folder.resolve(SNAPSHOT_STATE));
        long image = isOurs ? DirectoryBytes.ofFile(folder.resolve(HEAD_IMAGE)) : 0;
        long head = image > 0 ? image : ofSegments(folder, any -> true);
        long before = isOurs ? 0 : fromCheckpoint - ofSegments(wal, segment -> segment > first);
        long behind = ofSegments(wal, segment -> segment >= first) - offset / PAGE_BYTES * PAGE_BYTES;
        return late + head + before + behind;
    }

    private static long ofSegments(Path folder, LongPredicate ofInterest) {
        return DirectoryBytes.names(folder).stream()
                .filter(name -> SEGMENT.matcher(name).matches() && ofInterest.test(Long.parseLong(name)))
                .mapToLong(name -> DirectoryBytes.ofFile(folder.resolve(name)))
                .sum();
    }

    /** The last name of a kind, whose numbers all have the same length; empty if there is none. */
    private static String newest(Path directory, Pattern kind) {
        return DirectoryBytes.names(directory).stream()
                .filter(name -> kind.matcher(name).matches())
                .reduce("", (before, name) -> name);
    }

    private static long number(Pattern kind, String name, int group) {
        Matcher matcher = kind.matcher(name);
        return matcher.matches() ? Long.parseLong(matcher.group(group)) : 0;
    }
}
