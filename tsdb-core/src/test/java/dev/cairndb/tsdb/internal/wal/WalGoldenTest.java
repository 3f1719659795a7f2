package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.HeadChunkReader;
import dev.cairndb.io.CorruptionException;
import dev.cairndb.io.FileStorage;
import dev.cairndb.io.Storage;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs that Prometheus wrote, some of them damaged. */
final class WalGoldenTest {
    private static final int SEGMENT_SIZE_BYTES = 32 * 1024;

    private final Storage storage = FileStorage.instance();
    private final GoldenData golden = new GoldenData(WalGoldenTest.class);

    @TempDir
    Path scratch;

    @Test
    void everythingThatPrometheusReadsIsReadAndTheLogIsWholeAfterwards() throws IOException {
        for (Path directory : golden.folders("datadirs")) {
            String name = String.valueOf(directory.getFileName());
            JsonNode info = info(directory);
            Path data = scratch.resolve(name);
            DirectoryCopy.copy(directory.resolve("data"), data);
            if (Files.isDirectory(data.resolve("wbl"))) {
                checkLateLog(info, data.resolve("wbl"));
            }
            checkLog(name, info, directory, data.resolve("wal"));
        }
        golden.report(System.out);
    }

    private void checkLog(String name, JsonNode info, Path directory, Path log) throws IOException {
        boolean damaged = info.path("file").asText().startsWith("wal/");
        if (damaged && !Files.exists(directory.resolve("expected.tsv"))) {
            RecordedLog nothing = new RecordedLog();
            assertThrows(
                    CorruptionException.class,
                    () -> WalRecovery.open(storage, log, nothing, nothing, Runnable::run),
                    name);
            assertEquals(List.of(), nothing.entries, name);
            golden.checked();
            return;
        }
        RecordedLog read = new RecordedLog();
        WalRecovery.Result result = WalRecovery.open(storage, log, read, read, Runnable::run);

        assertEquals(read.damages, result.damages(), name);
        assertEquals(read.cutBytes, result.cutBytes(), name);
        if (info.has("wal_records")) {
            assertEquals(countsIn(info.get("wal_records")), described(result.segmentRecords()), name);
            assertEquals(countsIn(info.path("checkpoint_records")), described(result.checkpointRecords()), name);
            assertEquals(List.of(), read.damages, name);
            assertEquals(0, read.cutBytes, name);
        }
        long fromMillis = blocksEndMillis(directory.resolve("data"));
        if (Files.exists(directory.resolve("expected.tsv"))) {
            Map<String, List<String>> expected = ExpectedLog.read(directory.resolve("expected.tsv")).samplesByLabels;
            Path data = directory.resolve("data");
            assertHasAll(name, expected, read, fromMillis, data.resolve("chunks_head"));
            golden.checked();
        }
        if (Files.exists(directory.resolve("exemplars.jsonl"))) {
            Path file = directory.resolve("exemplars.jsonl");
            Set<String> exemplars = ExpectedLog.exemplars(file, fromMillis);
            assertTrue(read.exemplars.containsAll(exemplars), name);
            assertTrue(ExpectedLog.exemplars(file, Long.MIN_VALUE).containsAll(read.exemplars), name);
            golden.checked("exemplars", exemplars.size());
        }
        if (Files.exists(directory.resolve("metadata.jsonl"))) {
            assertEquals(ExpectedLog.metadata(directory.resolve("metadata.jsonl")), read.metadataByRef, name);
            golden.checked("metadata", read.metadataByRef.size());
        }
        if (damaged) {
            checkRepair(name, info, directory, log, read);
        }
        RecordedLog again = new RecordedLog();
        WalRecovery.open(storage, log, again, again, Runnable::run);
        assertEquals(read.entries, again.entries, name + " opened again");
        assertEquals(List.of(), again.damages, name + " opened again");
        assertEquals(0, again.cutBytes, name + " opened again");
        golden.checked();
    }

    private static void checkRepair(String name, JsonNode info, Path directory, Path log, RecordedLog read)
            throws IOException {
        String segment = info.get("file").asText().substring("wal/".length());
        Path aside = log.resolve(segment + ".damaged-1");
        assertEquals(!read.damages.isEmpty(), Files.exists(aside), name);
        boolean flipped = info.get("damage").asText().contains("xor");
        boolean seen = info.at("/after_open/counters/prometheus_tsdb_wal_corruptions_total")
                        .asInt()
                > 0;
        if (flipped && seen) {
            assertArrayEquals(
                    Files.readAllBytes(directory.resolve("data/wal").resolve(segment)),
                    Files.readAllBytes(aside),
                    name);
            assertEquals(log.resolve(segment).toString(), read.damages.get(0).file(), name);
        } else {
            assertEquals(List.of(), read.damages, name);
        }
    }

    private void checkLateLog(JsonNode info, Path log) throws IOException {
        RecordedLog read = new RecordedLog();
        WalRecovery.Result result = WalRecovery.openWithoutCheckpoints(storage, log, read, read, Runnable::run);
        if (info.has("wbl_records")) {
            assertEquals(countsIn(info.get("wbl_records")), described(result.segmentRecords()));
        }
        golden.checked();
    }

    @Test
    void recordsAreFramedToTheSameBytes() throws IOException {
        for (Path directory : golden.folders("datadirs")) {
            if (info(directory).has("damage")) {
                continue;
            }
            Path data = directory.resolve("data");
            for (Path segment : segmentsUnder(data)) {
                assertArrayEquals(Files.readAllBytes(segment), framedAgain(segment), segment.toString());
                golden.checked("segments framed again", 1);
            }
        }
        golden.report(System.out);
    }

    @Test
    void recordsAreWrittenAgainToTheSameBytes() throws IOException {
        for (Path directory : golden.folders("datadirs")) {
            if (info(directory).has("damage")) {
                continue;
            }
            for (Path segment : segmentsUnder(directory.resolve("data"))) {
                try (SegmentScanner scanner = new SegmentScanner(storage, segment)) {
                    while (scanner.next() != SegmentScanner.Event.END) {
                        byte[] record = Arrays.copyOfRange(
                                scanner.bytes(), scanner.offset(), scanner.offset() + scanner.length());
                        if (record.length == 0 || !RecordDecoder.decodes(record[0])) {
                            golden.skipped(
                                    "record of type " + (record.length == 0 ? "0" : RecordType.describe(record[0])));
                            continue;
                        }
                        assertArrayEquals(record, RewrittenRecord.of(record), segment + " type " + record[0]);
                        golden.checked("records of type " + RecordType.describe(record[0]), 1);
                    }
                }
            }
        }
        golden.report(System.out);
    }

    private byte[] framedAgain(Path segment) throws IOException {
        RecordFramer framer = new RecordFramer(0);
        framer.reset(0);
        try (SegmentScanner scanner = new SegmentScanner(storage, segment)) {
            while (scanner.next() != SegmentScanner.Event.END) {
                framer.add(scanner.stored(), scanner.storedOffset(), scanner.storedLength(), scanner.compressionBits());
            }
            if (framer.size() < scanner.fileSize()) {
                framer.endPage();
            }
        }
        byte[] bytes = new byte[framer.size()];
        System.arraycopy(framer.array(), 0, bytes, 0, bytes.length);
        return bytes;
    }

    @Test
    void uncompressedRecordsFillSegmentsAsPrometheusDoes() throws IOException {
        for (Path directory : golden.folders("datadirs")) {
            JsonNode info = info(directory);
            boolean fromTheStart = Files.exists(directory.resolve("data/wal/00000000"));
            if (!info.path("wal_compression").asText().equals("none") || !fromTheStart) {
                continue;
            }
            Path log = directory.resolve("data/wal");
            Path copy = scratch.resolve(directory.getFileName() + "-written");
            writeAgain(log, copy);
            for (int segment : LogDirectory.list(storage, log).segments()) {
                byte[] expected = Files.readAllBytes(log.resolve(SegmentDescriptor.segmentName(segment)));
                byte[] found = Files.readAllBytes(copy.resolve(SegmentDescriptor.segmentName(segment)));
                assertArrayEquals(expected, found, log + " segment " + segment);
            }
            golden.checked("uncompressed logs written again", 1);
        }
        golden.report(System.out);
    }

    private void writeAgain(Path source, Path target) throws IOException {
        LogSettings settings =
                LogSettings.defaults().withCompression(LogCompression.NONE).withSegmentSizeBytesMax(SEGMENT_SIZE_BYTES);
        Files.createDirectories(target);
        LogSegments segments = new LogSegments(storage, target, 0, settings);
        LogScratch buffers = new LogScratch();
        LogBatch batch = new LogBatch();
        int last = LogDirectory.list(storage, source).lastSegment();
        for (int segment : LogDirectory.list(storage, source).segments()) {
            try (SegmentScanner scanner =
                    new SegmentScanner(storage, source.resolve(SegmentDescriptor.segmentName(segment)))) {
                while (scanner.next() != SegmentScanner.Event.END) {
                    batch.clear();
                    batch.addRecord(scanner.bytes(), scanner.offset(), scanner.length());
                    assertTrue(segments.stage(batch, buffers), "this record lay in the same segment");
                }
            }
            segments.flush(buffers);
            if (segment < last) {
                segments.endSegment(buffers);
            }
        }
        segments.close();
    }

    private List<Path> segmentsUnder(Path data) throws IOException {
        try (var files = Files.walk(data)) {
            return files.filter(f -> SegmentDescriptor.segmentOf(String.valueOf(f.getFileName())) >= 0)
                    .filter(f -> data.relativize(f).startsWith("wal")
                            || data.relativize(f).startsWith("wbl"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    private static JsonNode info(Path directory) throws IOException {
        return new ObjectMapper().readTree(directory.resolve("info.json").toFile());
    }

    /** The log has no samples before that, but for some. */
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

    private static Map<String, Long> countsIn(JsonNode counts) {
        Map<String, Long> map = new TreeMap<>();
        counts.fields().forEachRemaining(e -> map.put(e.getKey(), e.getValue().asLong()));
        return map;
    }

    private static Map<String, Long> described(Map<Integer, Long> counts) {
        Map<String, Long> map = new TreeMap<>();
        counts.forEach((type, count) -> map.put(RecordType.describe(type), count));
        return map;
    }

    /** What the log lost by damage may still be in a chunk that the head wrote earlier. */
    private void assertHasAll(
            String name, Map<String, List<String>> expected, RecordedLog read, long fromMillis, Path headChunks)
            throws IOException {
        Map<String, List<long[]>> ranges = new TreeMap<>();
        if (!read.damages.isEmpty()) {
            try (HeadChunkReader chunks = HeadChunkReader.open(storage, headChunks)) {
                chunks.scan((series, reference, min, max, encoding, samples, late) -> ranges.computeIfAbsent(
                                read.labelsByRef.getOrDefault(series, ""), l -> new ArrayList<>())
                        .add(new long[] {min, max}));
            }
        }
        expected.forEach((labels, samples) -> {
            Set<String> have = new HashSet<>();
            for (String sample : read.samplesByLabels.getOrDefault(labels, List.of())) {
                have.add(sample);
                // The chunks Prometheus reads may have no room for start timestamps.
                have.add(sample.replaceFirst("@.*", ""));
            }
            for (String sample : samples) {
                long timestamp = Long.parseLong(sample.substring(0, sample.indexOf(':')));
                boolean inChunk = ranges.getOrDefault(labels, List.of()).stream()
                        .anyMatch(r -> r[0] <= timestamp && timestamp <= r[1]);
                assertTrue(
                        timestamp < fromMillis || inChunk || have.contains(sample),
                        () -> name + ": " + labels + " has no " + sample);
            }
        });
    }
}
