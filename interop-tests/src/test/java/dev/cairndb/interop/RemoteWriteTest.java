package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus that writes into {@code bin/cairn receive}. */
@Tag("interop")
class RemoteWriteTest {
    /** Of a quarter of a second each. */
    private static final int SCRAPES = Integer.getInteger("cairn.interop.remoteWriteScrapes", 60);

    @TempDir
    Path scratch;

    @Test
    void storesWhatAPrometheusScrapesFromItselfBitForBit() throws IOException {
        Path sentTo = scratch.resolve("cairn");
        Path own = scratch.resolve("prometheus");
        int port = Http.freePort();
        SampleSet expected;
        try (Cairn cairn = Cairn.start(scratch, sentTo)) {
            String writes = "global: {scrape_interval: 250ms, external_labels: {cluster: interop}}\n"
                    + "remote_write: [{url: 'http://127.0.0.1:" + cairn.writePort() + "/api/v1/receive'}]\n";
            String targets = "'127.0.0.1:" + port + "', '127.0.0.1:" + cairn.httpPort() + "'";
            try (Prometheus prometheus = Prometheus.start(scratch, own, port, writes + scraping(targets))) {
                Waiting.sleep(SCRAPES * 250L);
                prometheus.reload(writes + scraping("")); // ends every series with a stale marker
                prometheus.awaitEndedAndSent();
                expected = prometheus.samples();
                prometheus.stop();
            }
            cairn.stop();
        }
        assertTrue(expected.series().values().stream()
                .allMatch(samples -> samples.lastEntry().getValue() == SampleSet.STALE));
        Path tenant = sentTo.resolve(Cairn.TENANT);
        StoreSamples.in(Directories.copy(tenant, scratch.resolve("library")))
                .assertEqualTo(expected, "the library, compared with remote read");
        try (Prometheus reader = Prometheus.open(scratch, Directories.copy(tenant, scratch.resolve("reader")))) {
            reader.samples().assertEqualTo(expected, "remote read of our directory, compared with its own");
        }
        SampleSet dumped = PromtoolDump.of(scratch, Directories.copy(tenant, scratch.resolve("promtool")));
        dumped.assertEqualTo(
                PromtoolDump.of(scratch, own)
                        .withLabels(labels ->
                                labels.toBuilder().add("cluster", "interop").build()),
                "promtool");
        System.out.println("RemoteWriteTest: " + dumped + " equal");
    }

    private static String scraping(String targets) {
        return "scrape_configs: [{job_name: self, static_configs: [{targets: [" + targets + "]}]}]\n";
    }
}
