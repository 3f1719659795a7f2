package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus starts from the snapshot that a stop of the store wrote, and the store from that of Prometheus. */
@Tag("interop")
class SnapshotInPrometheusTest {
    private static final String SNAPSHOT = "chunk_snapshot\\.[0-9]{6}\\.[0-9]{10}";

    @TempDir
    Path scratch;

    @Test
    void itReadsTheSnapshotInPlaceOfTheLogAndWritesOneThatIsRead() throws IOException {
        Path data = scratch.resolve("data");
        ManyKinds.write(data);
        Map<Labels, TreeMap<Long, String>> stored = textsIn(data);
        Path copy = Directories.copy(data, scratch.resolve("prometheus"));
        assertTrue(
                Files.exists(copy.resolve(snapshot(copy)).resolve("cairn.head")), "Prometheus passes over the image");
        blankLogBefore(snapshot(copy), copy);
        try (Prometheus prometheus = Prometheus.open(
                scratch,
                copy,
                "--enable-feature=memory-snapshot-on-shutdown",
                "--storage.tsdb.min-block-duration=10d",
                "--storage.tsdb.max-block-duration=10d")) {
            assertTrue(prometheus.program().log().contains("chunk snapshot loaded"), prometheus.program()::log);
            assertEquals(stored, RemoteRead.texts(prometheus.port()));
            assertEquals(List.of(), prometheus.complaintsBesideOverlaps());
            prometheus.stop();
            assertTrue(prometheus.program().log().contains("chunk snapshot complete"), prometheus.program()::log);
        }
        blankLogBefore(snapshot(copy), copy);
        assertEquals(stored, textsIn(copy), "and back");
        System.out.println("SnapshotInPrometheusTest: "
                + stored.values().stream().mapToInt(TreeMap::size).sum() + " samples of " + stored.size()
                + " series read from the snapshot of each by the other");
    }

    /** What a store has there; it is stopped. */
    private static Map<Labels, TreeMap<Long, String>> textsIn(Path directory) throws IOException {
        // The larger a segment, the longer is the log for which a stop writes a snapshot.
        TsdbOptions options = StoreSamples.manual().withWalSegmentBytesMax(1 << 20);
        try (Tsdb db = Tsdb.builder(directory).options(options).open()) {
            return StoreSamples.textsOf(db);
        }
    }

    private static String snapshot(Path data) throws IOException {
        List<String> snapshots = Directories.names(data, SNAPSHOT);
        assertEquals(1, snapshots.size(), snapshots::toString);
        return snapshots.get(0);
    }

    /** Zeros take the place of what the snapshot stands for: who reads it in spite of that finds nothing. */
    private static void blankLogBefore(String snapshot, Path data) throws IOException {
        String[] place = snapshot.split("\\.");
        for (String segment : Directories.names(data.resolve("wal"), "[0-9]{8}")) {
            int difference = Integer.compare(Integer.parseInt(segment), Integer.parseInt(place[1]));
            try (FileChannel file = FileChannel.open(data.resolve("wal").resolve(segment), StandardOpenOption.WRITE)) {
                long end = difference < 0 ? file.size() : difference == 0 ? Long.parseLong(place[2]) : 0;
                ByteBuffer zeros = ByteBuffer.allocate((int) end);
                while (zeros.hasRemaining()) {
                    int unused = file.write(zeros);
                }
            }
        }
    }
}
