package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.internal.wal.Checkpoint;
import dev.cairndb.tsdb.internal.wal.LogSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Logs of Prometheus' golden directories, most of them put into a checkpoint by us: a real Prometheus must find in them
 * what it found before, histograms and start timestamps included.
 */
@Tag("interop")
class CheckpointTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("cairn.golden", "../tsdb-core/src/test/resources/golden"), "datadirs");
    private static final List<String> DIRECTORIES =
            List.of("basic", "checkpoint", "exemplars-metadata", "histograms", "uncompressed", "v2records", "zstd");

    private final Storage storage = FileStorage.instance();

    @TempDir
    Path scratch;

    @Test
    void promtoolDumpsTheSameBeforeAndAfterACheckpoint() throws IOException {
        for (String name : DIRECTORIES) {
            Path before = Directories.copy(GOLDEN.resolve(name).resolve("data"), scratch.resolve(name + "-before"));
            Path after = Directories.copy(GOLDEN.resolve(name).resolve("data"), scratch.resolve(name + "-after"));
            Checkpoint.Result result = checkpoint(after.resolve("wal"), blocksEndMillis(after));
            String expected = dump(before);
            assertTrue(expected.lines().count() > 100, expected);
            assertEquals(expected, dump(after), name);
            System.out.println(
                    "CheckpointTest: " + name + ": " + expected.lines().count() + " samples, " + result);
        }
    }

    /** All but the last segment, whose place nothing can take. */
    private Checkpoint.Result checkpoint(Path log, long fromMillis) throws IOException {
        List<String> segments = segments(log);
        int last = Integer.parseInt(segments.get(segments.size() - 2));
        int previous = Checkpoint.newest(storage, log);
        Checkpoint.Result result = Checkpoint.write(
                storage, log, last, fromMillis, ref -> true, Checkpoint.SeriesRecords.NONE, LogSettings.defaults());
        for (String segment : segments.subList(0, segments.size() - 1)) {
            storage.delete(log.resolve(segment));
        }
        assertTrue(previous < last);
        Checkpoint.deleteBefore(storage, log, last);
        return result;
    }

    private List<String> segments(Path log) throws IOException {
        return storage.list(log).stream()
                .filter(name -> name.matches("[0-9]{8}"))
                .sorted()
                .toList();
    }

    private static long blocksEndMillis(Path data) throws IOException {
        long end = Long.MIN_VALUE;
        try (var folders = Files.list(data)) {
            for (Path folder : folders.toList()) {
                Path meta = folder.resolve("meta.json");
                if (Files.exists(meta)) {
                    JsonNode json = new ObjectMapper().readTree(meta.toFile());
                    end = Math.max(end, json.get("maxTime").asLong());
                }
            }
        }
        return end;
    }

    private String dump(Path data) {
        return Peers.run(scratch, "promtool", "tsdb", "dump", data.toString());
    }
}
