package dev.cairndb.interop;

import dev.cairndb.testkit.Peers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real {@code thanos receive}. */
final class ThanosReceive {
    private static final Duration READY_TIME_MAX = Duration.ofSeconds(90);

    private ThanosReceive() {}

    /** Started, and ready; with a folder of its own in {@code scratch}. */
    static RunningProgram start(Path scratch, int grpcPort, int writePort, String... flags) {
        int httpPort = Http.freePort();
        List<String> command = new ArrayList<>(List.of(
                Peers.program("thanos").toString(),
                "receive",
                "--tsdb.path=" + scratch.resolve("receive-" + grpcPort),
                "--grpc-address=127.0.0.1:" + grpcPort,
                "--http-address=127.0.0.1:" + httpPort,
                "--remote-write.address=127.0.0.1:" + writePort,
                "--receive.capnproto-address=127.0.0.1:" + Http.freePort()));
        command.addAll(List.of(flags));
        RunningProgram program = RunningProgram.start(scratch, "receive", command);
        boolean ready = false;
        try {
            program.await("ready", READY_TIME_MAX, () -> Http.status(httpPort, "/-/ready") == 200);
            ready = true;
            return program;
        } finally {
            if (!ready) {
                program.close();
            }
        }
    }
}
