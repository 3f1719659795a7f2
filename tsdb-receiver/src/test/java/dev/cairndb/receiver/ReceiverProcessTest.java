package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process of its own: signals and exit codes. */
class ReceiverProcessTest {
    private static final long NOW = System.currentTimeMillis();
    private static final String STATUS_AT = ", status at ";

    private @Nullable Process process;
    private URI writeUrl = URI.create("http://unset");

    @AfterEach
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Test
    void aSignalStopsItWithExitCodeZeroAndNothingIsLost(@TempDir Path folder) throws Exception {
        Process started = start(folder);
        assertEquals(204, write(RunningReceiver.body("up", NOW, 1)));
        started.destroy();
        assertTrue(started.waitFor(Patience.SECONDS, TimeUnit.SECONDS));
        assertEquals(0, started.exitValue(), log(folder));
        assertTrue(log(folder).contains("stopped in"), log(folder));
        assertEquals(
                List.of(),
                log(folder).lines().filter(line -> line.startsWith("WARNING")).toList());
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertEquals(
                    1,
                    StoredSamples.of(receiver.receiver().tenants().known("default-tenant"))
                            .size());
        }
    }

    @Test
    void aSecondSignalEndsItAtOnceAndNothingAcknowledgedIsLost(@TempDir Path folder) throws Exception {
        Process started = start(folder);
        assertEquals(204, write(RunningReceiver.body("up", NOW, 1)));
        try (Socket stalled = new Socket(writeUrl.getHost(), writeUrl.getPort())) {
            new RawRequest("POST", "/api/v1/receive")
                    .header("Content-Length", "1000")
                    .withoutLength()
                    .body(new byte[999])
                    .write(stalled.getOutputStream());
            awaitRequestUnderWay(folder);
            started.destroy();
            awaitLog(folder, "stopping; a second signal ends");
            Thread.sleep(800);
            assertTrue(started.isAlive(), "it waits for the request under way");
            started.destroy();
            assertTrue(started.waitFor(Patience.SECONDS, TimeUnit.SECONDS));
            assertEquals(143, started.exitValue(), log(folder));
        }
        try (RunningReceiver receiver = RunningReceiver.start(folder)) {
            assertEquals(
                    1,
                    StoredSamples.of(receiver.receiver().tenants().known("default-tenant"))
                            .size());
        }
    }

    private Process start(Path folder) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.cairndb.receiver.Main",
                "receive",
                "--tsdb.path=" + folder.resolve("data"),
                "--remote-write.address=127.0.0.1:0",
                "--http-address=127.0.0.1:0",
                "--grpc-address=127.0.0.1:0"));
        Process started = new ProcessBuilder(command)
                .redirectError(folder.resolve("log").toFile())
                .start();
        process = started;
        BufferedReader out =
                new BufferedReader(new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.contains("- url: ")) {
                writeUrl = URI.create(line.substring(line.indexOf("http")));
                return started;
            }
        }
        throw new IOException("it did not start: " + log(folder));
    }

    private int write(byte[] body) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(writeUrl)
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private static void awaitLog(Path folder, String text) throws Exception {
        Patience.await(text, () -> log(folder).contains(text));
    }

    private static void awaitRequestUnderWay(Path folder) throws Exception {
        awaitLog(folder, STATUS_AT);
        String log = log(folder);
        int begin = log.indexOf(STATUS_AT) + STATUS_AT.length();
        URI metrics = URI.create(log.substring(begin, log.indexOf('\n', begin)).strip())
                .resolve("/metrics");
        Patience.await(
                "a request under way",
                () -> HttpClient.newHttpClient()
                        .send(HttpRequest.newBuilder(metrics).build(), HttpResponse.BodyHandlers.ofLines())
                        .body()
                        .anyMatch(line -> line.matches("cairn_receiver_in_flight_bytes [1-9].*")));
    }

    private static String log(Path folder) throws IOException {
        return Files.readString(folder.resolve("log"));
    }
}
