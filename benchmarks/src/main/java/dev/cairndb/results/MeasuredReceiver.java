package dev.cairndb.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A program that takes remote write: where it has its data, how to start it, where to write, where it says that it is
 * ready, where its metrics are.
 */
record MeasuredReceiver(
        String name, Path data, List<String> command, String writeUrl, String readyUrl, String metricsUrl) {
    private static final String WRITE_ADDRESS = "127.0.0.1:29191";
    private static final String HTTP_ADDRESS = "127.0.0.1:29192";

    /** {@code bin/cairn} of the current folder, with its data in {@code data}. */
    static MeasuredReceiver cairn(String name, String durability, Path data) {
        return new MeasuredReceiver(
                name,
                data,
                List.of(
                        "bin/cairn",
                        "receive",
                        "--durability=" + durability,
                        "--tsdb.path=" + data,
                        "--remote-write.address=" + WRITE_ADDRESS,
                        "--http-address=" + HTTP_ADDRESS,
                        "--grpc-address=127.0.0.1:0",
                        "--label=replica=\"a\""),
                "http://" + WRITE_ADDRESS + "/api/v1/write",
                "http://" + HTTP_ADDRESS + "/-/ready",
                "http://" + HTTP_ADDRESS + "/metrics");
    }

    /** The one among the peers, with its data in {@code data} and its settings beside that. */
    static MeasuredReceiver prometheus(Path peers, Path data) throws IOException {
        Path settings = Files.writeString(data.resolveSibling("prometheus.yml"), "global: {}\n");
        return new MeasuredReceiver(
                "Prometheus",
                data,
                List.of(
                        peers.resolve("prometheus").toString(),
                        "--config.file=" + settings,
                        "--storage.tsdb.path=" + data,
                        "--web.enable-remote-write-receiver",
                        "--web.listen-address=" + WRITE_ADDRESS),
                "http://" + WRITE_ADDRESS + "/api/v1/write",
                "http://" + WRITE_ADDRESS + "/-/ready",
                "http://" + WRITE_ADDRESS + "/metrics");
    }
}
