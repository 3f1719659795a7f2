package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.chunks.ChunkSegmentReader;
import dev.cairndb.chunks.CounterResetHint;
import dev.cairndb.chunks.EncodedChunk;
import dev.cairndb.chunks.HistogramSample;
import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.chunks.UnsupportedChunkException;
import dev.cairndb.index.Labels;
import dev.cairndb.index.Matcher;
import dev.cairndb.io.FileStorage;
import dev.cairndb.remote.RemoteWriteDecoder;
import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.remote.RemoteWriteLimits;
import dev.cairndb.remote.RemoteWriteRequest;
import dev.cairndb.remote.RemoteWriteVersion;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.testkit.GoldenData;
import dev.cairndb.tsdb.internal.block.ExpectedSamples;
import dev.cairndb.tsdb.internal.block.SampleText;
import dev.cairndb.tsdb.internal.wal.ChunkSnapshot;
import dev.cairndb.tsdb.internal.wal.HistogramTexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens data directories that real Prometheus wrote, damaged ones included, and compares all samples. */
class DataDirGoldenTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Two bytes for the number of samples, one for the reset. */
    private static final Pattern RESET_UNKNOWN = Pattern.compile("HISTOGRAM [0-9a-f]{4}00");

    private static final Pattern RESET_KNOWN = Pattern.compile("HISTOGRAM ([0-9a-f]{4})[0-9a-f]{2}");

    @TempDir
    Path temporary;

    @Test
    void opensWhatPrometheusWroteAndReadsAtLeastWhatItReads() throws Exception {
        GoldenData golden = new GoldenData(DataDirGoldenTest.class);
        for (Path directory : golden.folders("datadirs")) {
            String reason = reasonToSkip(directory);
            if (reason == null) {
                check(directory);
                golden.checked("directories", 1);
            } else {
                golden.skipped(directory.getFileName() + " has " + reason);
            }
        }
        golden.report(System.out);
    }

    private void check(Path golden) throws Exception {
        String name = String.valueOf(golden.getFileName());
        Path copy = temporary.resolve(name);
        DirectoryCopy.copy(golden.resolve("data"), copy);
        if (!Files.exists(golden.resolve("expected.tsv"))) {
            assertThrows(IOException.class, () -> open(copy, FloatEncoding.XOR).close(), name + " should not open");
            return;
        }
        boolean late = hasLateSamples(golden);
        Map<Labels, TreeMap<Long, String>> expected = late
                ? withoutLayout(ExpectedSamples.cells(golden.resolve("expected.tsv")))
                : ExpectedSamples.texts(golden.resolve("expected.tsv"));
        expected.values().removeIf(TreeMap::isEmpty);
        boolean damaged = JSON.readTree(golden.resolve("info.json").toFile()).has("damage");
        for (int opening = 1; opening <= 2; opening++) {
            try (Tsdb db = open(copy, encodingOf(golden))) {
                Map<Labels, TreeMap<Long, String>> found =
                        Dump.texts(db, late ? DataDirGoldenTest::withoutLayout : SampleText::of);
                if (damaged) {
                    assertContains(expected, found, name + ", opening " + opening);
                } else {
                    assertEquals(expected, found, name + ", opening " + opening);
                }
            }
        }
    }

    private static boolean hasLateSamples(Path golden) throws IOException {
        return JSON.readTree(golden.resolve("info.json").toFile())
                        .path("out_of_order_window_ms")
                        .asLong()
                > 0;
    }

    /** Late samples come into other chunks here than in Prometheus: histograms have other empty buckets and hints. */
    private static Map<Labels, TreeMap<Long, String>> withoutLayout(Map<Labels, TreeMap<Long, String[]>> samples)
            throws IOException {
        Map<Labels, TreeMap<Long, String>> texts = new TreeMap<>();
        for (Map.Entry<Labels, TreeMap<Long, String[]>> series : samples.entrySet()) {
            TreeMap<Long, String> byTime = new TreeMap<>();
            for (Map.Entry<Long, String[]> sample : series.getValue().entrySet()) {
                String[] cells = sample.getValue();
                byTime.put(
                        sample.getKey(),
                        cells[1].equals("f")
                                ? SampleText.of(cells)
                                : withoutLayout(HistogramTexts.parse(JSON.readTree(cells[2]), cells[1].equals("fh"))));
            }
            texts.put(series.getKey(), byTime);
        }
        return texts;
    }

    private static String withoutLayout(SampleCursor sample) {
        return sample.kind() == SampleKind.FLOAT ? SampleText.of(sample) : withoutLayout(sample.histogram());
    }

    private static String withoutLayout(HistogramSample histogram) {
        boolean gauge = histogram.resetHint() == CounterResetHint.GAUGE;
        return HistogramTexts.comparable(histogram) + (gauge ? " gauge" : "");
    }

    /** The same samples appended here give the same chunks, byte for byte, as what Prometheus cut and this reads. */
    @Test
    void chunksEndWherePrometheusEndsThem() throws Exception {
        GoldenData golden = new GoldenData(DataDirGoldenTest.class);
        for (Path directory : golden.folders("datadirs")) {
            String reason = reasonToSkip(directory);
            if (reason == null
                    && JSON.readTree(directory.resolve("info.json").toFile()).has("damage")) {
                reason = "damage";
            }
            if (reason == null && hasLateSamples(directory)) {
                // They have another cut schedule, and are not in the order of time.
                reason = "late samples";
            }
            if (reason == null && ChunkSnapshot.newest(FileStorage.instance(), directory.resolve("data")) != null) {
                reason = "a chunk that a clean stop ended";
            }
            if (reason != null) {
                golden.skipped(directory.getFileName() + " has " + reason);
                continue;
            }
            Path copy = temporary.resolve("read-" + directory.getFileName());
            DirectoryCopy.copy(directory.resolve("data"), copy);
            Map<Labels, TreeMap<Long, String[]>> samples = ExpectedSamples.cells(directory.resolve("expected.tsv"));
            samples.values().removeIf(TreeMap::isEmpty);
            FloatEncoding encoding = encodingOf(directory);
            try (Tsdb read = open(copy, encoding);
                    Tsdb written = open(temporary.resolve("written-" + directory.getFileName()), encoding)) {
                append(written, samples);
                List<String> expected = chunksOf(read);
                assertSameChunks(expected, chunksOf(written), String.valueOf(directory.getFileName()));
                golden.checked("chunks", expected.size());
            }
        }
        golden.report(System.out);
    }

    /** In the order of time, as they came to Prometheus. */
    private static void append(Tsdb db, Map<Labels, TreeMap<Long, String[]>> samples) throws IOException {
        TreeMap<Long, Map<Labels, String[]>> byTime = new TreeMap<>();
        samples.forEach((labels, series) -> series.forEach(
                (t, cells) -> byTime.computeIfAbsent(t, key -> new TreeMap<>()).put(labels, cells)));
        for (Map.Entry<Long, Map<Labels, String[]>> moment : byTime.entrySet()) {
            AppendBatch batch = db.newBatch();
            RemoteWriteEncoder floatsWithStart = new RemoteWriteEncoder(RemoteWriteVersion.V2);
            for (Map.Entry<Labels, String[]> sample : moment.getValue().entrySet()) {
                SeriesHandle series = db.series(sample.getKey());
                String[] cells = sample.getValue();
                if (cells.length > 3) {
                    floatsWithStart.startSeries();
                    sample.getKey().forEach(floatsWithStart::label);
                    floatsWithStart.sample(
                            moment.getKey(), Long.parseLong(cells[3]), Long.parseUnsignedLong(cells[2], 16));
                    floatsWithStart.endSeries();
                } else if (cells[1].equals("f")) {
                    long bits = Long.parseUnsignedLong(cells[2], 16);
                    batch.add(series, moment.getKey(), Double.longBitsToDouble(bits));
                } else {
                    boolean floats = cells[1].equals("fh");
                    batch.add(series, moment.getKey(), HistogramTexts.parse(JSON.readTree(cells[2]), floats));
                }
            }
            int withStart = floatsWithStart.seriesCount();
            floatsWithStart.finish();
            assertEquals(withStart, db.append(decoded(floatsWithStart)).samplesAppended());
            AppendResult result = batch.commit();
            assertEquals(
                    moment.getValue().size() - withStart,
                    result.samplesAppended() + result.histogramsAppended(),
                    () -> result + " at " + moment.getKey());
        }
    }

    private static RemoteWriteRequest decoded(RemoteWriteEncoder encoder) throws IOException {
        return new RemoteWriteDecoder()
                .decode(encoder.body(), 0, encoder.bodySize(), RemoteWriteVersion.V2, RemoteWriteLimits.defaults());
    }

    /**
     * What a histogram chunk says about a reset is unknown if the one before was cut before Prometheus was started
     * again.
     */
    private static void assertSameChunks(List<String> expected, List<String> found, String where) {
        assertEquals(expected.size(), found.size(), where);
        for (int i = 0; i < expected.size(); i++) {
            boolean unknown = RESET_UNKNOWN.matcher(expected.get(i)).find();
            String comparable =
                    unknown ? RESET_KNOWN.matcher(found.get(i)).replaceFirst("HISTOGRAM $100") : found.get(i);
            assertEquals(expected.get(i), comparable, where);
        }
    }

    private static List<String> chunksOf(Tsdb db) throws IOException {
        List<String> all = new ArrayList<>();
        try (Querier querier = db.querier(TimeRange.all());
                SeriesCursor series = querier.select(Dump.EVERYTHING)) {
            while (series.next()) {
                for (ChunkCursor chunks = series.chunks(); chunks.next(); ) {
                    EncodedChunk chunk = chunks.chunk();
                    all.add(series.labels() + " " + chunk.minTimestampMillis() + ".." + chunk.maxTimestampMillis() + " "
                            + chunk.encoding() + " "
                            + HexFormat.of().formatHex(chunk.array(), chunk.offset(), chunk.offset() + chunk.length()));
                }
            }
        }
        return all;
    }

    private static Tsdb open(Path directory, FloatEncoding encoding) throws IOException {
        return Tsdb.builder(directory)
                .options(TsdbOptions.defaults()
                        .withDurability(Durability.OS)
                        .withFloatEncoding(encoding)
                        .withMaintenance(TsdbOptions.Maintenance.MANUAL))
                .open();
    }

    private static void assertContains(
            Map<Labels, TreeMap<Long, String>> expected, Map<Labels, TreeMap<Long, String>> found, String where) {
        expected.forEach((labels, samples) -> samples.forEach((t, text) -> {
            TreeMap<Long, String> series = found.get(labels);
            if (series == null || !text.equals(series.get(t))) {
                fail(where + ": " + labels + " lacks the sample at " + t);
            }
        }));
    }

    /** Histograms with start timestamps, experimental in Prometheus: what is in other encodings is read beside them. */
    @Test
    void chunksInEncodingsThatAreNotReadAreNamed() throws Exception {
        GoldenData golden = new GoldenData(DataDirGoldenTest.class);
        for (Path directory : golden.folders("datadirs")) {
            if (!holdsEncodingsNotRead(directory)) {
                continue;
            }
            Path copy = temporary.resolve("unread-" + directory.getFileName());
            DirectoryCopy.copy(directory.resolve("data"), copy);
            Map<Labels, TreeMap<Long, String[]>> samples = ExpectedSamples.cells(directory.resolve("expected.tsv"));
            samples.values().removeIf(TreeMap::isEmpty);
            try (Tsdb db = open(copy, FloatEncoding.XOR2);
                    Querier querier = db.querier(TimeRange.all())) {
                for (Map.Entry<Labels, TreeMap<Long, String[]>> series : samples.entrySet()) {
                    checkSeries(querier, series.getKey(), series.getValue(), golden);
                }
            }
        }
        golden.report(System.out);
    }

    private static void checkSeries(Querier querier, Labels labels, TreeMap<Long, String[]> samples, GoldenData golden)
            throws IOException {
        List<Matcher> matchers = new ArrayList<>();
        labels.forEach((name, value) -> matchers.add(Matcher.equal(name, value)));
        boolean floats = samples.firstEntry().getValue()[1].equals("f");
        try (SeriesCursor series = querier.select(matchers.toArray(new Matcher[0]))) {
            assertTrue(series.next(), labels::toString);
            SampleCursor cursor = series.samples();
            if (!floats) {
                UnsupportedChunkException e = assertThrows(UnsupportedChunkException.class, cursor::next);
                assertTrue(String.valueOf(e.getMessage()).contains("histogram with start timestamps"), e.getMessage());
                golden.checked("series refused", 1);
                return;
            }
            for (Map.Entry<Long, String[]> sample : samples.entrySet()) {
                assertTrue(cursor.next(), labels::toString);
                assertEquals(sample.getKey(), cursor.timestampMillis(), labels.toString());
                assertEquals(SampleText.of(sample.getValue()), SampleText.of(cursor), labels.toString());
            }
            assertFalse(cursor.next(), labels::toString);
            golden.checked("series beside them", 1);
        }
    }

    /** One that keeps what the directory has. */
    private static FloatEncoding encodingOf(Path golden) throws IOException {
        JsonNode info = JSON.readTree(golden.resolve("info.json").toFile());
        for (String records : List.of("wal_records", "checkpoint_records")) {
            for (Iterator<String> names = info.path(records).fieldNames(); names.hasNext(); ) {
                if (names.next().startsWith("11 ")) {
                    return FloatEncoding.XOR2;
                }
            }
        }
        return FloatEncoding.XOR;
    }

    /** What this version does not read yet, or what is missing in the copy. */
    private static @Nullable String reasonToSkip(Path golden) throws IOException {
        return holdsEncodingsNotRead(golden) ? "encodings 5 and 6" : null;
    }

    /** Whether its blocks have chunks of histograms with start timestamps, which are experimental in Prometheus. */
    private static boolean holdsEncodingsNotRead(Path golden) throws IOException {
        try (Stream<Path> files = Files.list(golden.resolve("data"))) {
            for (Path block : files.filter(path -> Files.exists(path.resolve("meta.json")))
                    .toList()) {
                try (ChunkSegmentReader chunks =
                        ChunkSegmentReader.open(FileStorage.instance(), block.resolve("chunks"))) {
                    if ((chunks.encodingIds() & (1L << 5 | 1L << 6)) != 0) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
