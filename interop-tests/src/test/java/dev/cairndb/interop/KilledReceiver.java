package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** {@code bin/cairn receive} of one durability, killed under load and started again many times. */
final class KilledReceiver {
    private static final int KILLS = Integer.getInteger("cairn.interop.kills", 10);

    private static final int SHORT_LIFE_MILLIS_MAX = 1_500;
    /** Long enough for blocks to be cut, which begins after 5 s. */
    private static final int LONG_LIFE_MILLIS_MIN = 4_900;

    static final Duration PAST = Duration.ofDays(12);
    private static final Duration LOAD_TIME_MAX = Duration.ofSeconds(90);

    private final Path scratch;
    private final String durability;

    KilledReceiver(Path scratch, String durability) {
        this.scratch = scratch;
        this.durability = durability;
    }

    void losesNothingAcknowledged() throws IOException {
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
            System.out.println("KilledReceiver: durability " + durability + ", killed " + KILLS + " times, "
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
}
