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
 * A site that was cut off for eight hours delivers its backlog in several rounds, and a stock Thanos works on the
 * bucket all the while: the compactor never stops, and a query sees every sample.
 */
@Tag("interop")
class LateBlocksInThanosTest {
    private static final long HOUR = CutOffSite.HOUR;
    private static final long START = CutOffSite.START;
    private static final int SERIES = CutOffSite.SERIES;

    @TempDir
    Path scratch;

    private Path data;
    private Path bucket;
    private CutOffSite site;
    private Thanos thanos;
    private String lateReplicaLabel = "replica";

    @BeforeEach
    void makeFolders() throws IOException {
        data = scratch.resolve("data");
        bucket = Files.createDirectories(scratch.resolve("bucket"));
        site = new CutOffSite(data, Duration.ofHours(12));
        thanos = new Thanos(scratch, bucket);
    }

    /** Opens the store, sends what is given in order, cuts, merges and ships. */
    private void round(int... fromToHours) throws IOException {
        try (FileObjectStore store = new FileObjectStore(bucket)) {
            site.round(
                    builder -> builder.options(site.options().withLateReplicaLabel(lateReplicaLabel))
                            .objectStore(store)
                            .externalLabels(Labels.of("replica", "a", "region", "eu")),
                    fromToHours);
        }
    }

    private void late(int fromHour, int toHour, int first, int every) throws IOException {
        site.late(fromHour, toHour, first, every);
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
        long end = site.sent().maxMillis();
        return thanos.query(
                "site_power[" + ((end - START) / 1000 + 60) + "s]", end + 1000, deduplication, deduplicated);
    }

    private SampleSet visible() {
        return site.sent()
                .withLabels(labels -> labels.toBuilder().set("region", "eu").build());
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
        int port = Http.freePort();
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

    /** A compactor that joins replicas joins the two streams too, when they are closed. */
    @Test
    void aCompactorThatJoinsReplicasJoinsTheStreams() throws Exception {
        site.orderedEvery(2);
        String joining = "--deduplication.replica-label=replica";
        round(0, 12);
        late(4, 8, 1, 4);
        round();
        compact(joining);
        late(4, 8, 3, 4);
        round();
        compact(joining);
        round(12, 30);
        compact(joining);
        compact(joining, "--delete-delay=0s");
        compact(joining, "--delete-delay=0s");
        SampleSet found = queried("penalty", true).between(START, START + 28 * HOUR - 1);
        found.assertEqualTo(visible().between(START, START + 28 * HOUR - 1), "joined");
    }

    /**
     * Samples that came late one by one lie among those in order, which the default of the querier takes for copies.
     */
    @Test
    void lateSamplesAmongOthersAreSeenWithChainDeduplication() throws Exception {
        site.orderedEvery(2);
        round(0, 12);
        late(4, 6, 1, 2);
        round();
        SampleSet inBucket = visible().between(START, START + 10 * HOUR - 1);
        queried("chain", true).assertEqualTo(inBucket, "chain");
        SampleSet penalty = queried("penalty", true);
        inBucket.assertContains(penalty, "penalty");
        System.out.println("LateBlocksInThanosTest: late samples among others: penalty leaves out "
                + (inBucket.sampleCount() - penalty.sampleCount()) + " of " + inBucket.sampleCount());
        assertTrue(penalty.sampleCount() < inBucket.sampleCount(), "chain is not needed any more");
    }

    /**
     * Why the marks are there: without them a compactor takes a late block away before the next one is merged with it.
     */
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
