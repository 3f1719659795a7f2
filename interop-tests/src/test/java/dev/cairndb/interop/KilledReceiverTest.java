package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/cairn receive} killed under load: nothing it acknowledged is lost. */
@Tag("interop")
class KilledReceiverTest {
    /** Twice: once for each durability. */
    private static final int KILLS = Integer.getInteger("cairn.interop.kills", 10);

    private static final int SHORT_LIFE_MILLIS_MAX = 1_500;
    /** Long enough for blocks to be cut, which begins after 5 s. */
    private static final int LONG_LIFE_MILLIS_MIN = 4_900;

    private static final Duration PAST = Duration.ofDays(12);
    private static final Duration LOAD_TIME_MAX = Duration.ofSeconds(90);

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(strings = {"sync", "os"})
    void losesNothingAcknowledgedHoweverOftenItIsKilled(String durability) throws IOException {
        Path data = scratch.resolve("data");
        Path bucket = Files.createDirectories(scratch.resolve("bucket"));
        Path tenant = data.resolve(Cairn.TENANT);
        String objectStore = "--objstore.config={type: FILESYSTEM, config: {directory: " + bucket + "}}";
        Random random = new Random(1);
        List<Long> restarts = new ArrayList<>();
        try (Cairn cairn = Cairn.start(scratch, data, "--durability=" + durability, objectStore);
                Sender sender = Sender.start(cairn.writePort(), PAST)) {
            for (int kill = 1; kill <= KILLS; kill++) {
                int before = sender.acknowledgedRequests();
                assertTrue(
                        Waiting.until(LOAD_TIME_MAX, () -> sender.acknowledgedRequests() > before),
                        () -> "nothing is acknowledged: " + sender.refusals() + cairn.log());
                Waiting.sleep((kill % 3 == 0 ? LONG_LIFE_MILLIS_MIN : 100) + random.nextInt(SHORT_LIFE_MILLIS_MAX));
                cairn.kill();
                SampleSet acknowledged = sender.acknowledged();
                Path copy = Directories.copy(tenant, scratch.resolve("killed-" + kill));
                Sender.check(StoreSamples.in(copy), acknowledged, sender.attempted(), "kill " + kill);
                if (kill % 4 == 0) {
                    cairn.startAgainAndKill(200 + random.nextInt(SHORT_LIFE_MILLIS_MAX));
                }
                restarts.add(cairn.startAgainMillis());
            }
            sender.stop();
            sender.refusals().forEach(refusal -> assertEquals(503, refusal.status(), refusal::toString));
            cairn.stop();
            SampleSet acknowledged = sender.acknowledged();
            assertTrue(Directories.blocks(tenant).size() > 1, "too few blocks to call it a load");
            assertEquals(List.of(), Directories.names(tenant, ".*\\.tmp.*"), "left behind by kills");
            verifyBucket(objectStore, tenant);
            try (Prometheus prometheus =
                    Prometheus.open(scratch, Directories.copy(tenant, scratch.resolve("prometheus")))) {
                Sender.check(prometheus.samples(), acknowledged, sender.attempted(), "Prometheus");
            }
            System.out.println("KilledReceiverTest: durability " + durability + ", killed " + KILLS + " times, "
                    + acknowledged + " acknowledged and there; ready again after ms: " + restarts);
        }
    }

    private void verifyBucket(String objectStore, Path tenant) throws IOException {
        String verified = Peers.run(scratch, "thanos", "tools", "bucket", "verify", objectStore);
        assertFalse(verified.contains("level=error") || verified.contains("level=warn"), verified);
        String inspected = Peers.run(scratch, "thanos", "tools", "bucket", "inspect", objectStore);
        for (String block : Directories.blocks(tenant)) {
            assertTrue(inspected.contains(block), () -> block + " was not shipped:\n" + inspected);
        }
        assertTrue(inspected.contains("tenant_id=" + Cairn.TENANT), inspected);
    }

    @Test
    void aRealPrometheusTakesOverWhatAKilledReceiverLeft() throws IOException {
        Path data = scratch.resolve("data");
        Path tenant = data.resolve(Cairn.TENANT);
        Path loaded = data.resolve("loaded");
        try (Cairn cairn = Cairn.start(scratch, data);
                Sender sender = Sender.start(cairn.writePort(), PAST);
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
            load.await("enough blocks", LOAD_TIME_MAX, () -> blocks(tenant) >= 2 && blocks(loaded) >= 2);
            cairn.kill();
            sender.stop();
            SampleSet found = takenOver(tenant, "sent");
            Sender.check(found, sender.acknowledged(), sender.attempted(), "Prometheus");
            takenOver(loaded, "loaded");
        }
    }

    private static int blocks(Path data) {
        try {
            return Files.exists(data) ? Directories.blocks(data).size() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
