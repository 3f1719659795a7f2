package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.tsdb.FloatEncoding;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a receiver says when it stops: whether another one may have its directory. */
class StopWithBucketTest {
    private static final String ALL = "every block is in the bucket";

    @TempDir
    Path scratch;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @AfterEach
    void quietLog() {
        Log.configure("error", new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    /** Leaves a block that was not shipped. */
    private void leaveBlock(FloatEncoding encoding) throws IOException {
        TsdbOptions options =
                TsdbOptions.defaults().withFloatEncoding(encoding).withMaintenance(TsdbOptions.Maintenance.MANUAL);
        try (Tsdb db =
                Tsdb.builder(scratch.resolve("data/team")).options(options).open()) {
            long hour = Duration.ofHours(1).toMillis();
            long start = (System.currentTimeMillis() - 6 * hour) / (2 * hour) * (2 * hour);
            for (long t = start; t <= start + 2 * hour; t += hour / 2) {
                assertEquals(
                        1,
                        db.newBatch()
                                .add(db.series(Labels.of("__name__", "up")), t, 1)
                                .commit()
                                .samplesAppended());
            }
            db.admin().flushAligned();
            assertEquals(1, db.admin().blocks().size());
        }
    }

    /** The log of a receiver that is started and stopped. */
    private String log(String... flags) {
        List<String> arguments = new ArrayList<>(List.of(
                "receive",
                "--tsdb.path=" + scratch.resolve("data"),
                "--http-address=127.0.0.1:0",
                "--grpc-address=127.0.0.1:0",
                "--remote-write.address=127.0.0.1:0",
                "--label=replica=\"a\""));
        arguments.addAll(List.of(flags));
        PrintStream out = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        PrintStream log = new PrintStream(err, true, StandardCharsets.UTF_8);
        assertEquals(0, Main.run(arguments.toArray(new String[0]), out, log, new CountDownLatch(0)), err::toString);
        return err.toString(StandardCharsets.UTF_8);
    }

    private String bucket() {
        return "--objstore.config={type: FILESYSTEM, config: {directory: " + scratch.resolve("bucket") + "}}";
    }

    @Test
    void itSaysThatEveryBlockIsInTheBucket() throws Exception {
        leaveBlock(FloatEncoding.XOR);
        String log = log(bucket());
        assertTrue(log.contains("tenant team: shipped block") && log.contains(ALL), log);
    }

    @Test
    void itNamesATenantWithABlockThatIsNot() throws Exception {
        leaveBlock(FloatEncoding.XOR2);
        String log = log(bucket());
        assertTrue(log.contains("tenant team: blocks that are not in the bucket: 1"), log);
        assertFalse(log.contains(ALL), log);
    }

    @Test
    void itNamesATenantWhoseStoreDidNotOpen() throws Exception {
        leaveBlock(FloatEncoding.XOR);
        try (Tsdb unused = Tsdb.builder(scratch.resolve("data/team")).open()) {
            String log = log(bucket());
            assertTrue(log.contains("tenant team: its store is not open"), log);
            assertFalse(log.contains(ALL), log);
        }
    }

    @Test
    void withoutABucketItSaysNothing() throws Exception {
        leaveBlock(FloatEncoding.XOR);
        assertFalse(log().contains(ALL));
    }
}
