package dev.cairndb.receiver;

import dev.cairndb.results.ProcessUse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A receiver started for a measurement, {@code bin/cairn} of the current folder, on a data directory of its own that
 * goes with it. Its JVM writes its pauses to a file. Not thread-safe.
 */
final class StartedReceiver implements AutoCloseable {
    private static final long READY_MILLIS_MAX = 60_000;
    private static final int TIMEOUT_MILLIS = 10_000;

    private final Path directory;
    private final Process process;
    private final int writePort;
    private final int httpPort;

    /** @param parent where the data directory is made: on the device that is measured; made if it is missing */
    static StartedReceiver start(Path parent, String durability) throws IOException, InterruptedException {
        StartedReceiver receiver = new StartedReceiver(
                Files.createTempDirectory(Files.createDirectories(parent), "receiver-"), durability);
        boolean ready = false;
        try {
            receiver.awaitReady();
            ready = true;
            return receiver;
        } finally {
            if (!ready) {
                receiver.close();
            }
        }
    }

    private StartedReceiver(Path directory, String durability) throws IOException {
        this.directory = directory;
        writePort = freePort();
        httpPort = freePort();
        ProcessBuilder builder = new ProcessBuilder(
                "bin/cairn",
                "receive",
                "--durability=" + durability,
                "--tsdb.path=" + directory.resolve("data"),
                "--remote-write.address=127.0.0.1:" + writePort,
                "--http-address=127.0.0.1:" + httpPort,
                "--grpc-address=127.0.0.1:0",
                "--label=replica=\"a\"");
        String options = builder.environment().getOrDefault("CAIRN_JAVA_OPTS", "");
        builder.environment()
                .put("CAIRN_JAVA_OPTS", "-Xlog:safepoint:file=" + pauses() + ":timemillis:filecount=0 " + options);
        process = builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_MILLIS_MAX);
        while (process.isAlive() && System.nanoTime() < deadline) {
            try {
                if (get("/-/ready").get(0).contains(" 200 ")) {
                    return;
                }
            } catch (IOException e) {
                // not there yet
            }
            Thread.sleep(50);
        }
        throw new IOException("the receiver does not get ready: " + Files.readString(directory.resolve("log")));
    }

    /** The lines of an answer, those of the head too. */
    private List<String> get(String path) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", httpPort)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            String request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            List<String> lines = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .lines()
                    .toList();
            if (lines.isEmpty()) {
                throw new IOException("no answer");
            }
            return lines;
        }
    }

    /** The sum of a metric's values over all its labels. */
    double metric(String name) throws IOException {
        double sum = 0;
        for (String line : get("/metrics")) {
            if (line.startsWith(name) && "{ ".indexOf(line.charAt(name.length())) >= 0) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    URI writeUrl() {
        return URI.create("http://127.0.0.1:" + writePort + "/api/v1/receive");
    }

    ProcessUse use() {
        return new ProcessUse(process.pid());
    }

    /** Of the tenant that senders without a name write to. */
    Path storeDirectory() {
        return directory.resolve("data").resolve("default-tenant");
    }

    /** What the JVM's pauses are logged to. */
    Path pauses() {
        return directory.resolve("pauses");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.destroyForcibly();
        process.waitFor();
        List<Path> paths;
        try (Stream<Path> found = Files.walk(directory)) {
            paths = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
