package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of a real Prometheus that was killed, opened by the library. */
@Tag("interop")
class PrometheusDirectoryTest {
    private static final int SCRAPED_SECONDS = Integer.getInteger("cairn.interop.scrapeSeconds", 35);

    @TempDir
    Path scratch;

    @Test
    void readsWhatAPrometheusScrapedFromItselfBeforeItWasKilled() throws IOException {
        Path data = scratch.resolve("data");
        int port = Http.freePort();
        String config = "global: {scrape_interval: 500ms, scrape_timeout: 400ms}\n"
                + "scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:" + port + "']}]}]\n";
        try (Prometheus prometheus = Prometheus.start(
                scratch,
                data,
                port,
                config,
                "--storage.tsdb.min-block-duration=15s",
                "--storage.tsdb.max-block-duration=15s")) {
            Waiting.sleep(SCRAPED_SECONDS * 1000L);
            prometheus.kill();
        }
        assertTrue(!Directories.blocks(data).isEmpty(), "no blocks in " + data);
        compare(data, "scraped");
    }

    @Test
    void readsWhatAPrometheusWasSentBeforeItWasKilled() throws IOException {
        Path data = scratch.resolve("data");
        int port = Http.freePort();
        try (Prometheus prometheus = Prometheus.start(
                        scratch, data, port, Prometheus.SCRAPES_NOTHING, "--web.enable-remote-write-receiver");
                RunningProgram load = RunningProgram.start(
                        scratch,
                        "rwload",
                        List.of(
                                Peers.program("rwload").toString(),
                                "-url",
                                "http://127.0.0.1:" + port + "/api/v1/write",
                                "-series",
                                "400",
                                "-batch",
                                "200",
                                "-step",
                                "15s",
                                "-start-ago",
                                "8h",
                                "-churn-every",
                                "100",
                                "-rounds",
                                "100000"))) {
            load.await("enough blocks", Duration.ofSeconds(60), () -> blocks(data) >= 2);
            prometheus.kill();
        }
        compare(data, "sent");
    }

    private static int blocks(Path data) {
        try {
            return Directories.blocks(data).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** promtool refuses a log with a torn end, so a Prometheus is asked; it also shows the bits of NaN. */
    private void compare(Path data, String name) throws IOException {
        SampleSet found = StoreSamples.in(Directories.copy(data, scratch.resolve("library")));
        List<String> complaints = new ArrayList<>();
        Path copy = Directories.copy(data, scratch.resolve("prometheus"));
        try (Prometheus prometheus = Prometheus.open(scratch, copy)) {
            found.assertEqualTo(prometheus.samples(), name);
            complaints.addAll(prometheus.complaints());
            prometheus.stop();
        }
        PromtoolDump.of(scratch, copy).assertEqualTo(found.withOneNan(), name + ", promtool");
        System.out.println("PrometheusDirectoryTest: " + found + " of "
                + Directories.blocks(data).size() + " blocks and the head (" + name + ") " + complaints);
    }
}
