package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

    @TempDir
    Path scratch;

    private boolean mounted;

    private Path disk() throws IOException, InterruptedException {
        Path disk = Files.createDirectories(scratch.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "tmpfs", disk.toString());
        return mounted ? disk : Peers.skip("a full disk: no right to mount a small file system");
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
                Sender sender = Sender.start(cairn.writePort(), Duration.ofDays(12))) {
            await(() -> sender.acknowledgedRequests() > 300, cairn, "some requests acknowledged");
            fill(filler);
            await(() -> sender.refusals().size() > 3, cairn, "requests refused");
            for (Sender.Refusal refusal : sender.refusals()) {
                assertEquals(503, refusal.status(), refusal.body());
                assertNotNull(refusal.retryAfter(), refusal.body());
            }
            assertEquals(200, Http.status(cairn.httpPort(), "/-/healthy"));
            assertEquals(200, Http.status(cairn.httpPort(), "/metrics"));
            int before = sender.acknowledgedRequests();
            Files.delete(filler);
            await(() -> sender.acknowledgedRequests() > before + 300, cairn, "healed");
            sender.stop();
            cairn.kill();
            SampleSet acknowledged = sender.acknowledged();
            Path tenant = data.resolve(Cairn.TENANT);
            try (Prometheus prometheus =
                    Prometheus.open(scratch, Directories.copy(tenant, scratch.resolve("prometheus")))) {
                Sender.check(prometheus.samples(), acknowledged, sender.attempted(), "Prometheus");
            }
            Sender.check(
                    StoreSamples.in(Directories.copy(tenant, scratch.resolve("library"))),
                    acknowledged,
                    sender.attempted(),
                    "library");
            System.out.println("FullDiskTest: " + acknowledged + " acknowledged and there, "
                    + sender.refusals().size() + " requests refused meanwhile");
        }
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
