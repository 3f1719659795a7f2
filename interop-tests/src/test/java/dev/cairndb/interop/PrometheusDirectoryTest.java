package dev.cairndb.interop;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
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
    private static final Duration LOAD_TIME_MAX = Duration.ofSeconds(60);

    @TempDir
    Path scratch;

    @Test
    void readsWhatAPrometheusScrapedFromItselfBeforeItWasKilled() throws IOException {
        Path data = scratch.resolve("data");
        int port = Http.freePort();
        try (Prometheus prometheus = Prometheus.startCuttingBlocks(scratch, data, "")) {
            prometheus.program().await("enough blocks", LOAD_TIME_MAX, () -> Directories.blockCount(data) >= 2);
            Waiting.sleep(1_000);
            prometheus.kill();
        }
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
            load.await("enough blocks", LOAD_TIME_MAX, () -> Directories.blockCount(data) >= 2);
            prometheus.kill();
        }
        compare(data, "sent");
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
