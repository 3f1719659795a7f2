package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cairndb.index.Labels;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.testkit.DirectoryCopy;
import dev.cairndb.tsdb.AppendBatch;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A site that was cut off for eight hours delivers its backlog in several rounds, and a stock Thanos works on the bucket
 * all the while: the compactor never stops, and a query sees every sample.
 */
@Tag("interop")
class LateBlocksInThanosTest {
    private static final long HOUR = Duration.ofHours(1).toMillis();
    /** A multiple of eight hours, the range of a compactor's second level. */
    private static final long START = 59_027L * 8 * HOUR;

    private static final long STEP = 30_000;
    private static final int SERIES = 4;
    private static final Duration WINDOW = Duration.ofHours(12);

    @TempDir
    Path scratch;

    private final SampleSet sent = new SampleSet();
    private Path data;
    private Path bucket;
    private Thanos thanos;
    private String lateReplicaLabel = "replica";

    @BeforeEach
    void makeFolders() throws IOException {
        data = Files.createDirectories(scratch.resolve("data"));
        bucket = Files.createDirectories(scratch.resolve("bucket"));
        thanos = new Thanos(scratch, bucket);
    }

    private static Labels labels(int series) {
        return Labels.of("__name__", "site_power", "meter", String.valueOf(series));
    }

    /** Opens the store, sends what is given, cuts, merges and ships. */
    private void round(long... fromToHours) throws IOException {
        TsdbOptions options = StoreSamples.manual().withOutOfOrderWindow(WINDOW).withLateReplicaLabel(lateReplicaLabel);
        try (FileObjectStore store = new FileObjectStore(bucket);
                Tsdb db = Tsdb.builder(data)
                        .options(options)
                        .objectStore(store)
                        .externalLabels(Labels.of("replica", "a", "region", "eu"))
                        .open()) {
            for (int i = 0; i < fromToHours.length; i += 2) {
                append(db, START + fromToHours[i] * HOUR, START + fromToHours[i + 1] * HOUR, 0, 1);
            }
            db.admin().runMaintenance();
            StoreSamples.of(db).assertEqualTo(sent, "the store itself");
        }
    }

    /** Every {@code every}-th sample of a time, from the one with this number on. */
    private void append(Tsdb db, long from, long to, int first, int every) throws IOException {
        AppendBatch batch = db.newBatch();
        for (long t = from + first * STEP; t < to; t += every * STEP) {
            for (int series = 0; series < SERIES; series++) {
                double value = t / 1000.0 + series;
                batch.add(db.series(labels(series)), t, value);
                sent.add(labels(series), t, Double.doubleToRawLongBits(value));
            }
        }
        assertEquals((to - from) / STEP / every * SERIES, batch.commit().samplesAppended());
    }

    /** Late blocks as they are cut: one for each range of two hours, with every n-th sample. */
    private void late(int fromHour, int toHour, int first, int every) throws IOException {
        Path made = Files.createTempDirectory(scratch, "late");
        try (Tsdb db = Tsdb.builder(made).options(StoreSamples.manual()).open()) {
            append(db, START + fromHour * HOUR, START + toHour * HOUR, first, every);
            // One more makes the last range whole; it is not taken along.
            db.newBatch().add(db.series(labels(0)), START + toHour * HOUR, 0).commit();
            db.admin().flushAligned();
        }
        for (String block : Directories.blocks(made)) {
            Path meta = made.resolve(block).resolve("meta.json");
            Files.writeString(
                    meta,
                    Files.readString(meta)
                            .replaceFirst("\"level\": 1,", "\"level\": 1, \"hints\": [\"from-out-of-order\"],"));
            Files.move(made.resolve(block), data.resolve(block));
        }
    }

    private JsonNode meta(String block) throws IOException {
        return new ObjectMapper()
                .readTree(bucket.resolve(block).resolve("meta.json").toFile());
    }

    /** Blocks without a deletion mark, by their start in hours and their replica label. */
    private TreeMap<String, String> blocks() throws IOException {
        TreeMap<String, String> blocks = new TreeMap<>();
        for (String block : Directories.blocks(bucket)) {
            if (Files.exists(bucket.resolve(block).resolve("meta.json"))
                    && !Files.exists(bucket.resolve(block).resolve("deletion-mark.json"))) {
                JsonNode meta = meta(block);
                String name = "%s %02d-%02d"
                        .formatted(
                                meta.path("thanos")
                                        .path("labels")
                                        .path("replica")
                                        .asText(),
                                (meta.path("minTime").asLong() - START) / HOUR,
                                (meta.path("maxTime").asLong() - START) / HOUR);
                assertEquals(null, blocks.put(name, block), "two blocks " + name);
            }
        }
        return blocks;
    }

    private List<String> marked(String mark) throws IOException {
        List<String> marked = new ArrayList<>();
        for (String block : Directories.blocks(bucket)) {
            if (Files.exists(bucket.resolve(block).resolve(mark))) {
                marked.add(block);
            }
        }
        return marked;
    }

    private void compact(String... flags) {
        String log = thanos.compact(flags);
        assertFalse(log.contains("level=error") || log.contains("halt"), log);
    }

    private SampleSet queried(String deduplication, boolean deduplicated) {
        long end = sent.maxMillis();
        return thanos.query(
                "site_power[" + ((end - START) / 1000 + 60) + "s]", end + 1000, deduplication, deduplicated);
    }

    private SampleSet visible() {
        return sent.withLabels(labels -> labels.toBuilder().set("region", "eu").build());
    }

    @Test
    void aStockCompactorRunsThroughAndAQuerySeesEverySample() throws Exception {
        round(0, 4, 12, 16);
        compact();
        late(4, 8, 0, 2);
        round();
        compact();
        assertEquals(2, marked("no-compact-mark.json").size());
        late(4, 8, 1, 2);
        late(8, 12, 0, 1);
        round();
        compact();
        TreeMap<String, String> blocks = blocks();
        assertEquals(
                2,
                marked("deletion-mark.json").stream()
                        .filter(block -> replica(block).equals("a-late"))
                        .count());
        assertEquals(
                new TreeSet<>(List.of("a-late 04-06", "a-late 06-08", "a-late 08-10", "a-late 10-12")),
                new TreeSet<>(blocks.tailMap("a-late").keySet()));
        assertEquals(
                2,
                meta(blocks.get("a-late 04-06"))
                        .path("compaction")
                        .path("sources")
                        .size());
        queried("chain", true).assertEqualTo(visible().between(START, START + 14 * HOUR - 1), "half way");

        // The window moves on; the compactor may have the late blocks.
        round(16, 30);
        assertEquals(
                List.of(),
                marked("no-compact-mark.json").stream()
                        .filter(block -> blocks.containsValue(block))
                        .toList());
        compact();
        compact();
        blocks.clear();
        blocks.putAll(blocks());
        assertTrue(blocks.containsKey("a-late 04-08"), blocks::toString);
        assertTrue(blocks.containsKey("a 00-04") && blocks.containsKey("a 16-24"), blocks::toString);
        System.out.println("LateBlocksInThanosTest: blocks in the end " + blocks.keySet());
        checkAnswers();
        checkMetricOfARunningCompactor();
        // What was replaced goes for good.
        compact("--delete-delay=0s");
        compact("--delete-delay=0s");
        assertEquals(List.of(), marked("deletion-mark.json"));
        checkAnswers();
    }

    private String replica(String block) {
        try {
            return meta(block).path("thanos").path("labels").path("replica").asText();
        } catch (IOException e) {
            return "gone";
        }
    }

    private void checkAnswers() {
        SampleSet inBucket = visible().between(START, START + 28 * HOUR - 1);
        queried("chain", true).between(START, START + 28 * HOUR - 1).assertEqualTo(inBucket, "chain");
        SampleSet penalty = queried("penalty", true).between(START, START + 28 * HOUR - 1);
        inBucket.assertContains(penalty, "penalty");
        long missing = inBucket.sampleCount() - penalty.sampleCount();
        System.out.println("LateBlocksInThanosTest: penalty leaves out " + missing + " of " + inBucket.sampleCount());
        // At each change from one replica to the other it leaves out what comes within twice the interval.
        assertTrue(missing <= 2 * 2 * SERIES, "left out: " + missing);
        SampleSet apart = queried("chain", false);
        assertEquals(2 * SERIES, apart.seriesCount());
        assertEquals(inBucket.sampleCount(), apart.sampleCount());
    }

    private void checkMetricOfARunningCompactor() {
        int port = Peers.freePort();
        try (RunningProgram compactor = thanos.compactor(port)) {
            compactor.await(
                    "through three times",
                    Duration.ofSeconds(60),
                    () -> Http.status(port, "/-/ready") == 200
                            && Thanos.metric(port, "thanos_compact_iterations_total") >= 3);
            assertEquals(0, Thanos.metric(port, "thanos_compact_halted"));
        }
    }

    @Test
    void inTheStreamOfAllACompactorThatMergesOverlapsRunsThrough() throws Exception {
        lateReplicaLabel = "";
        String vertical = "--compact.enable-vertical-compaction";
        round(0, 4, 12, 16);
        compact(vertical);
        late(4, 8, 0, 2);
        round();
        compact(vertical);
        late(4, 8, 1, 2);
        late(8, 12, 0, 1);
        round();
        compact(vertical);
        round(16, 30);
        compact(vertical);
        compact(vertical, "--delete-delay=0s");
        compact(vertical, "--delete-delay=0s");
        System.out.println("LateBlocksInThanosTest: plain stream, blocks in the end " + blocks().keySet());
        assertTrue(blocks().keySet().containsAll(List.of("a 00-08", "a 08-16")), () -> "not merged");
        SampleSet found = queried("penalty", true).between(START, START + 28 * HOUR - 1);
        found.assertEqualTo(visible().between(START, START + 28 * HOUR - 1), "plain stream");
    }

    /** Why the marks are there: without them a compactor takes a late block away before the next one is merged with it. */
    @Test
    void withoutTheMarksACompactorStopsAtTheNextLateBlock() throws Exception {
        round(0, 4, 12, 16);
        late(4, 12, 0, 2);
        round();
        for (String block : marked("no-compact-mark.json")) {
            Files.delete(bucket.resolve(block).resolve("no-compact-mark.json"));
        }
        compact();
        assertTrue(blocks().containsKey("a-late 04-08"), "the compactor did not take them");
        // The store sees it, and does not ship what the compactor would stop at.
        late(4, 6, 1, 2);
        round();
        assertEquals(
                List.of("a-late 04-08", "a-late 08-10", "a-late 10-12"),
                List.copyOf(blocks().tailMap("a-late").keySet()));
        compact();
        // Here it does.
        String kept = Directories.blocks(data).stream()
                .filter(block -> !Files.exists(bucket.resolve(block)))
                .filter(block -> isLate(data.resolve(block)))
                .findFirst()
                .orElseThrow();
        DirectoryCopy.copy(data.resolve(kept), bucket.resolve(kept));
        JsonNode thanosSection = meta(blocks().get("a-late 04-08")).path("thanos");
        ObjectNode meta = (ObjectNode) meta(kept);
        meta.set("thanos", thanosSection);
        Files.writeString(bucket.resolve(kept).resolve("meta.json"), meta.toString());
        assertNotEquals(0, thanos.compactExitCode());
    }

    private static boolean isLate(Path block) {
        try {
            return Files.readString(block.resolve("meta.json")).contains("from-out-of-order");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
