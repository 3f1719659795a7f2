package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.chunks.SampleCursor;
import dev.cairndb.chunks.SampleKind;
import dev.cairndb.index.Matcher;
import dev.cairndb.testkit.Peers;
import dev.cairndb.tsdb.Querier;
import dev.cairndb.tsdb.ReadOnlyTsdb;
import dev.cairndb.tsdb.SeriesCursor;
import dev.cairndb.tsdb.TimeRange;
import dev.cairndb.tsdb.TsdbListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories that are read, and backed up, while a real Prometheus or a receiver under load writes them. */
@Tag("interop")
class DirectoryInUseTest {
    private static final int LOOKS = 6;
    private static final Duration LOAD_TIME_MAX = Duration.ofSeconds(90);

    @TempDir
    Path scratch;

    private static SampleSet floatsIn(Path directory) throws IOException {
        List<String> damages = new ArrayList<>();
        TsdbListener listener = new TsdbListener() {
            @Override
            public void damageFound(Path file, IOException damage) {
                damages.add(file + ": " + damage);
            }
        };
        SampleSet samples = new SampleSet();
        try (ReadOnlyTsdb store = ReadOnlyTsdb.open(directory, listener);
                Querier querier = store.querier(TimeRange.all());
                SeriesCursor series = querier.select(Matcher.regex("__name__", ".*"))) {
            while (series.next()) {
                for (SampleCursor sample = series.samples(); sample.next(); ) {
                    if (sample.kind() == SampleKind.FLOAT) {
                        samples.add(series.labels(), sample.timestampMillis(), sample.valueBits());
                    }
                }
            }
        }
        assertEquals(List.of(), damages, "a writer is at work, and nothing is damaged");
        return samples;
    }

    @Test
    void whatAPrometheusAnswersIsReadFromItsDirectoryWhileItGoesOn() throws IOException {
        Path data = scratch.resolve("prometheus");
        int port = Http.freePort();
        String config = "global: {scrape_interval: 250ms}\n"
                + "scrape_configs:\n- {job_name: self, static_configs: [{targets: ['127.0.0.1:" + port + "']}]}\n";
        try (Prometheus prometheus = Prometheus.start(scratch, data, port, config)) {
            long before = 0;
            for (int look = 0; look < LOOKS; look++) {
                long last = before;
                assertTrue(
                        Waiting.until(LOAD_TIME_MAX, () -> prometheus.samples().sampleCount() > last),
                        "nothing is scraped");
                SampleSet answered = prometheus.samples();
                SampleSet read = floatsIn(data);
                read.assertContains(answered, "look " + look);
                before = answered.sampleCount();
            }
            Path copy = scratch.resolve("copy");
            SampleSet answered = prometheus.samples();
            String unused = Cairn.run(scratch, 0, "tsdb", "backup", data.toString(), copy.toString());
            floatsIn(copy).assertContains(answered, "backup");
            assertEquals(List.of(), prometheus.complaints());
            prometheus.stop();
            assertEquals(
                    Peers.run(scratch, "promtool", "tsdb", "dump", copy.toString()),
                    Cairn.run(scratch, 0, "tsdb", "dump", copy.toString()));
        }
        SampleSet read = floatsIn(data);
        try (Prometheus prometheus = Prometheus.open(scratch, data)) {
            prometheus.samples().assertEqualTo(read, "after the stop");
        }
    }

    @Test
    void aBackupOfAReceiverUnderLoadIsAPrometheusThatHasAllThatWasAcknowledged() throws IOException {
        Path data = scratch.resolve("data");
        Path tenant = data.resolve(Cairn.TENANT);
        try (Cairn cairn = Cairn.start(scratch, data);
                Sender sender = Sender.start(cairn.writePort(), Duration.ofDays(12))) {
            for (int round = 1; round <= 3; round++) {
                int blocks = round * 2;
                assertTrue(
                        Waiting.until(LOAD_TIME_MAX, () -> Directories.blockCount(tenant) >= blocks),
                        () -> "too few blocks: " + sender.refusals() + cairn.log());
                Path copy = scratch.resolve("backup-" + round);
                SampleSet acknowledged = sender.acknowledged();
                String said = Cairn.run(scratch, 0, "tsdb", "backup", tenant.toString(), copy.toString());
                SampleSet attempted = sender.attempted();
                assertTrue(said.startsWith("backup in "), said);
                Sender.check(floatsIn(copy), acknowledged, attempted, "read " + round);
                try (Prometheus prometheus = Prometheus.open(scratch, copy)) {
                    Sender.check(prometheus.samples(), acknowledged, attempted, "Prometheus " + round);
                    assertEquals(List.of(), prometheus.complaints());
                }
                System.out.println("DirectoryInUseTest: " + said.strip() + "; acknowledged " + acknowledged);
            }
            sender.stop();
            cairn.stop();
            Sender.check(StoreSamples.in(tenant), sender.acknowledged(), sender.attempted(), "the store itself");
        }
    }
}
