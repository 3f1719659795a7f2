package dev.cairndb.interop;

import dev.cairndb.testkit.Peers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;

/** A real {@code thanos receive}. */
final class ThanosReceive {
    private static final Duration READY_TIME_MAX = Duration.ofSeconds(90);
    private static final Duration PRUNING_EVERY = Duration.ofHours(4);
    private static final Duration PRUNING_TIME = Duration.ofMinutes(1);
    /** From the check of the clock to the look that the program takes at it. */
    private static final Duration START_TIME_MAX = Duration.ofSeconds(5);

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
        awaitMinuteWithoutPruning();
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

    /**
     * A receiver of Thanos prunes in the first minute of each fourth hour (twice the length of its blocks), also where
     * that minute is its first: its tenants are not open then, and now and then it ends with a nil pointer.
     */
    static void awaitMinuteWithoutPruning() {
        long everyMillis = PRUNING_EVERY.toMillis();
        long intoMillis = (LocalTime.now().toNanoOfDay() / 1_000_000 + START_TIME_MAX.toMillis()) % everyMillis;
        long leftMillis = PRUNING_TIME.plus(START_TIME_MAX).toMillis() - intoMillis;
        if (leftMillis > 0) {
            Waiting.sleep(leftMillis);
        }
    }
}
