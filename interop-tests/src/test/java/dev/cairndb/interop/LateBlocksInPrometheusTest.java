package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus on a directory with late blocks, one of them over the time of the head. */
@Tag("interop")
class LateBlocksInPrometheusTest {
    @TempDir
    Path scratch;

    @Test
    void aPrometheusLosesNothingOfItsHeadAndItsToolsReadMergedBlocks() throws IOException {
        Path data = scratch.resolve("data");
        CutOffSite site = new CutOffSite(data, Duration.ofHours(30)).orderedEvery(2);
        site.round(builder -> builder, 0, 30);
        site.late(4, 8, 1, 4);
        site.late(28, 30, 1, 4);
        site.round(builder -> builder);
        site.late(4, 8, 3, 4);
        site.late(28, 30, 3, 4);
        site.round(builder -> builder);

        String list = Peers.run(scratch, "promtool", "tsdb", "list", data.toString());
        // The blocks in order up to the head at 28 h, and three late ones: each was merged from two.
        assertEquals(1 + 14 + 3, list.lines().filter(line -> !line.isBlank()).count(), list);
        for (String block : Directories.blocks(data)) {
            String analyzed = Peers.run(scratch, "promtool", "tsdb", "analyze", data.toString(), block);
            assertTrue(analyzed.contains("Total Series: " + CutOffSite.SERIES), analyzed);
        }
        // It takes the end of any block for the start of the head; Prometheus does not.
        long headStart = CutOffSite.START + 28 * CutOffSite.HOUR;
        PromtoolDump.of(scratch, data)
                .between(CutOffSite.START, headStart - 1)
                .assertEqualTo(site.sent().between(CutOffSite.START, headStart - 1), "promtool tsdb dump");

        Path copy = Directories.copy(data, scratch.resolve("copy"));
        try (Prometheus prometheus = Prometheus.open(scratch, copy, "--storage.tsdb.block-reload-interval=1s")) {
            prometheus.samples().assertEqualTo(site.sent(), "Prometheus");
            assertEquals(List.of(), prometheus.complaintsBesideOverlaps());
            // It merges what overlaps by itself; nothing is lost by that either.
            assertTrue(
                    Waiting.until(
                            Duration.ofSeconds(100), () -> prometheus.metric("prometheus_tsdb_compactions_total") > 0),
                    "not compacted");
            prometheus.samples().assertEqualTo(site.sent(), "Prometheus after its own compaction");
            prometheus.stop();
        }
        StoreSamples.in(copy).assertEqualTo(site.sent(), "and back");
    }
}
