package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.AppendResult;
import dev.cairndb.tsdb.Tsdb;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void anUnknownCommandIsNamedAndFails() {
        assertEquals(2, run("recieve"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("unknown command: recieve"));
    }

    @Test
    void noCommandFails() {
        assertEquals(2, run());
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        assertEquals(0, run("--version"));
        assertTrue(output().startsWith("cairn "), output());
        assertEquals(0, run("help"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("usage: cairn COMMAND"));
        assertEquals(0, err.size());
    }

    @Test
    void anUnknownFlagIsNamedAndFails() {
        assertEquals(2, run("receive", "--tsdb.pth=/tmp/x"));
        assertTrue(error().contains("'--tsdb.pth=/tmp/x'"), error());
    }

    @Test
    void aRefusedFlagIsNamedWithTheReason() {
        assertEquals(2, run("receive", "--remote-write.server-tls-ciphers=none"));
        assertTrue(
                error().contains("--remote-write.server-tls-ciphers is refused: those of the JDK are used"), error());
    }

    @Test
    void receiveHelpListsTheFlagsThatWork() {
        assertEquals(0, run("receive", "--help"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("--tsdb.path=./data"));
    }

    @Test
    void aDataDirectoryThatCannotBeMadeIsOneLineAndExitCodeOne(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertEquals(1, runIn(file.resolve("data")));
        assertTrue(error().startsWith("cairn: error: cannot make the data directory " + file.resolve("data")), error());
        assertEquals(1, error().lines().count(), error());
    }

    private int receive(Path folder, int grpcPort, int writePort) {
        return run(
                "receive",
                "--log.level=error",
                "--tsdb.path=" + folder,
                "--http-address=127.0.0.1:0",
                "--grpc-address=127.0.0.1:" + grpcPort,
                "--remote-write.address=127.0.0.1:" + writePort);
    }

    @Test
    void anAddressInUseIsOneLineAndExitCodeOne(@TempDir Path folder) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(1, receive(folder, 0, taken.getLocalPort()));
        }
        assertTrue(error().contains("cairn: error: cannot listen at 127.0.0.1:"), error());
    }

    @Test
    void anAddressForGrpcInUseIsToldAndNoStoreStaysLocked(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("tenant");
        try (Tsdb db = Tsdb.builder(store).open()) {
            var unused = db.series(Labels.of("__name__", "up"));
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertEquals(1, receive(folder, taken.getLocalPort(), 0));
        }
        assertTrue(error().contains("cairn: error: cannot listen at 127.0.0.1:"), error());
        // Its lock is free.
        Tsdb.builder(store).open().close();
    }

    @Test
    void aSecondReceiverOnTheSameDirectoryIsToldOfTheLock(@TempDir Path folder) throws Exception {
        try (RunningReceiver first = RunningReceiver.start(folder)) {
            assertEquals(1, runIn(first.dataDirectory()));
        }
        assertTrue(error().contains("no other receiver running on it"), error());
        assertTrue(error().contains("cairn.lock"), error());
        assertEquals(1, error().lines().count(), error());
    }

    @Test
    void aStopLeavesWithExitCodeZeroAfterSayingWhereToSend(@TempDir Path folder) {
        assertEquals(0, runIn(folder));
        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("- url: http://127.0.0.1:") && text.contains("/api/v1/receive"), text);
    }

    @Test
    void verifyTellsWhatIsDamagedAndRepairMendsIt(@TempDir Path folder) throws Exception {
        Path directory = folder.resolve("store");
        try (Tsdb db = Tsdb.builder(directory).open()) {
            AppendResult result = db.newBatch()
                    .add(db.series(Labels.of("__name__", "up")), System.currentTimeMillis(), 1)
                    .commit();
            assertEquals(1, result.samplesAppended());
            assertEquals(0, run("tsdb", "verify", directory.toString()));
            assertTrue(output().contains("a store has the directory open"), output());
        }
        assertEquals(0, run("tsdb", "verify", directory.toString()));
        assertTrue(output().contains("no damage; 0 blocks with 0 samples, 1 samples in the logs"), output());
        Path segment = directory.resolve("wal/00000000");
        byte[] bytes = Files.readAllBytes(segment);
        bytes[10] ^= 1;
        Files.write(segment, bytes);
        // With another segment behind it, it is no torn tail.
        Files.write(directory.resolve("wal/00000001"), new byte[0]);
        assertEquals(1, run("tsdb", "verify", directory.toString(), "--json"));
        JsonNode report = new ObjectMapper().readTree(output());
        assertEquals("wal", report.at("/findings/0/kind").textValue());
        assertEquals(segment.toString(), report.at("/findings/0/file").textValue());
        assertEquals(0, report.at("/findings/0/offset").longValue());
        assertEquals(1, run("tsdb", "repair", directory.toString()));
        assertTrue(output().contains("nothing was changed"), output());
        assertEquals(1, run("tsdb", "verify", directory.toString()));
        assertEquals(1, run("tsdb", "repair", directory.toString(), "--apply"));
        assertTrue(output().contains("done:"), output());
        assertEquals(0, run("tsdb", "verify", directory.toString()));
        assertTrue(output().contains("put aside before: " + segment + ".damaged-1"), output());
        assertEquals(0, err.size());
    }

    @Test
    void whatIsNoStoreCannotBeVerified(@TempDir Path folder) {
        assertEquals(2, run("tsdb", "verify", folder.toString()));
        assertEquals(2, run("tsdb", "verify", folder.resolve("nothing").toString()));
        assertEquals(2, run("tsdb", "verify"));
        assertEquals(2, run("tsdb", "verify", folder.toString(), "--apply"));
        assertEquals(2, run("tsdb", "revify"));
        assertTrue(error().contains("no log and no block"), error());
        assertTrue(error().contains("usage: cairn tsdb verify [OPTIONS] DIR"), error());
        assertTrue(error().contains("unknown command: tsdb revify"), error());
        assertEquals(0, run("tsdb", "--help"));
        assertTrue(output().contains("usage: cairn tsdb"), output());
        assertTrue(output().matches("(?s).*\\n  verify +Reads every file of a store.*"), output());
    }

    /** What the last command printed. */
    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private int runIn(Path directory) {
        return run(
                "receive",
                "--log.level=error",
                "--tsdb.path=" + directory,
                "--http-address=127.0.0.1:0",
                "--grpc-address=127.0.0.1:0",
                "--remote-write.address=127.0.0.1:0");
    }

    private String error() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private int run(String... arguments) {
        out.reset();
        return Main.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new CountDownLatch(0));
    }
}
