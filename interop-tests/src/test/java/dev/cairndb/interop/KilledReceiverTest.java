package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/cairn receive} killed under load: nothing it acknowledged is lost. */
@Tag("interop")
class KilledReceiverTest {
    private static final Duration LOAD_TIME_MAX = Duration.ofSeconds(90);

    @TempDir
    Path scratch;

    @Test
    void losesNothingAcknowledgedHoweverOftenItIsKilled() throws IOException {
        new KilledReceiver(scratch, "sync").losesNothingAcknowledged();
    }

    @Test
    void aRealPrometheusTakesOverWhatAKilledReceiverLeft() throws IOException {
        Path data = scratch.resolve("data");
        Path tenant = data.resolve(Cairn.TENANT);
        Path loaded = data.resolve("loaded");
        try (Cairn cairn = Cairn.start(scratch, data);
                Sender sender = Sender.start(cairn.writePort(), KilledReceiver.PAST);
                RunningProgram load = RunningProgram.start(
                        scratch,
                        "rwload",
                        List.of(
                                Peers.program("rwload").toString(),
                                "-url",
                                "http://127.0.0.1:" + cairn.writePort() + "/api/v1/receive",
                                "-H",
                                "THANOS-TENANT: loaded",
                                "-series",
                                "100",
                                "-batch",
                                "50",
                                "-churn-every",
                                "100",
                                "-step",
                                "60s",
                                "-start-ago",
                                "280h",
                                "-rounds",
                                "16800"))) {
            load.await(
                    "enough blocks",
                    LOAD_TIME_MAX,
                    () -> Directories.blockCount(tenant) >= 2 && Directories.blockCount(loaded) >= 2);
            cairn.kill();
            sender.stop();
            SampleSet found = takenOver(tenant, "sent");
            Sender.check(found, sender.acknowledged(), sender.attempted(), "Prometheus");
            takenOver(loaded, "loaded");
        }
    }

    /** What Prometheus answers from a copy, which is also what the library reads from another one. */
    private SampleSet takenOver(Path tenant, String name) throws IOException {
        Path copy = Directories.copy(tenant, scratch.resolve("prometheus-" + name));
        assertTrue(Directories.names(copy.resolve("wal"), "\\d{8}").size() > 0);
        try (Prometheus prometheus = Prometheus.open(scratch, copy)) {
            SampleSet found = prometheus.samples();
            found.assertEqualTo(StoreSamples.in(Directories.copy(tenant, scratch.resolve("library-" + name))), name);
            System.out.println("KilledReceiverTest: Prometheus answered with " + found + " of "
                    + Directories.blocks(copy).size() + " blocks and the head (" + name + ") "
                    + prometheus.complaints());
            return found;
        }
    }
}
