package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/cairn receive} on a file system without room, and with room again. Needs the right to mount one. */
@Tag("interop")
class FullDiskTest {
    private static final Duration WAIT_MAX = Duration.ofSeconds(60);
    private static final int DISK_MIB = 32;
    private static final Duration PAST = Duration.ofDays(12);
    /** Inside the window for late samples, and more than a sender goes through in a test. */
    private static final Duration BEHIND = Duration.ofHours(20);

    @TempDir
    Path scratch;

    private boolean mounted;

    private Path disk() throws IOException, InterruptedException {
        Path disk = Files.createDirectories(scratch.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "tmpfs", disk.toString());
        if (!mounted) {
            Peers.skip("a full disk: no right to mount a small file system");
        }
        return disk;
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mounted) {
            assertTrue(run("umount", "-l", scratch.resolve("disk").toString()));
        }
    }

    @Test
    void refusesWritesForAWhileAndLosesNothing() throws IOException, InterruptedException {
        Path disk = disk();
        Path data = disk.resolve("data");
        Path filler = disk.resolve("filler");
        try (Cairn cairn = Cairn.start(scratch, data);
                Sender sender = Sender.start(cairn.writePort(), PAST);
                Sender late = Sender.start(cairn.writePort(), PAST.plus(BEHIND))) {
            awaitMore(cairn, sender, late);
            fill(filler);
            for (Sender each : List.of(sender, late)) {
                await(() -> each.refusals().size() > 3, cairn, "requests refused");
                for (Sender.Refusal refusal : each.refusals()) {
                    assertEquals(503, refusal.status(), refusal.body());
                    assertNotNull(refusal.retryAfter(), refusal.body());
                }
            }
            assertEquals(200, Http.status(cairn.httpPort(), "/-/healthy"));
            assertEquals(200, Http.status(cairn.httpPort(), "/metrics"));
            long acknowledged = acknowledged(sender, late).sampleCount();
            assertTrue(RemoteRead.all(cairn.httpPort()).sampleCount() >= acknowledged);

            cairn.kill();
            check(data, "full", sender, late);
            Files.delete(filler);
            long unused = cairn.startAgainMillis();
            awaitMore(cairn, sender, late);

            fill(filler);
            int refused = sender.refusals().size();
            await(() -> sender.refusals().stream().skip(refused).anyMatch(r -> r.status() == 503), cairn, "refused");
            Files.delete(filler);
            awaitMore(cairn, sender, late);
            sender.stop();
            late.stop();
            cairn.kill();
            check(data, "grown", sender, late);
            System.out.println("FullDiskTest: " + sender.acknowledged() + " and late " + late.acknowledged()
                    + " acknowledged and there, " + sender.refusals().size() + " and "
                    + late.refusals().size() + " requests refused meanwhile");
        }
    }

    private static void awaitMore(Cairn cairn, Sender... senders) {
        for (Sender sender : senders) {
            int before = sender.acknowledgedRequests();
            await(() -> sender.acknowledgedRequests() > before + 200, cairn, "more requests acknowledged");
        }
    }

    private static SampleSet acknowledged(Sender... senders) {
        SampleSet all = new SampleSet();
        for (Sender sender : senders) {
            all.addAll(sender.acknowledged());
        }
        return all;
    }

    /** What a killed receiver left, read by a real Prometheus and by the library. */
    private void check(Path data, String name, Sender... senders) throws IOException {
        SampleSet acknowledged = acknowledged(senders);
        SampleSet attempted = new SampleSet();
        for (Sender sender : senders) {
            attempted.addAll(sender.attempted());
        }
        Path tenant = data.resolve(Cairn.TENANT);
        try (Prometheus prometheus = Prometheus.startAfterKill(
                scratch,
                Directories.copy(tenant, scratch.resolve("prometheus-" + name)),
                "storage: {tsdb: {out_of_order_time_window: 24h}}\n")) {
            Sender.check(prometheus.samples(), acknowledged, attempted, "Prometheus, " + name);
        }
        Sender.check(
                StoreSamples.in(Directories.copy(tenant, scratch.resolve("library-" + name))),
                acknowledged,
                attempted,
                "library, " + name);
    }

    /** Takes all room there is. */
    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[1 << 12];
        try (var out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("No space left"), e::toString);
        }
    }

    private static void await(BooleanSupplier condition, Cairn cairn, String what) {
        assertTrue(Waiting.until(WAIT_MAX, condition), () -> "not " + what + ":\n" + cairn.log());
    }
}
