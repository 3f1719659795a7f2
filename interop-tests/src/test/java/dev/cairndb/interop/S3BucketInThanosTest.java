package dev.cairndb.interop;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.s3test.S3TestServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A receiver and the tools of a real Thanos with one configuration of a bucket in S3. */
@Tag("interop")
class S3BucketInThanosTest {
    private static final Pattern ULID = Pattern.compile("(?m)^[0-7][0-9A-HJKMNP-TV-Z]{25}$");
    private static final Duration TIME_MAX = Duration.ofSeconds(60);
    /** So that the head spans more than three hours, at which a block is cut. */
    private static final Duration PAST = Duration.ofHours(5);

    private static final int REQUESTS_LEAST = 3 * 250;

    @TempDir
    Path scratch;

    @Test
    void theToolsOfThanosFindTheBlocksAndNothingWrongWithThem() throws Exception {
        try (S3TestServer server = S3TestServer.start()) {
            String config =
                    """
                    {type: S3, prefix: cairn, config: {bucket: %s, endpoint: '127.0.0.1:%d', insecure: true,
                      region: us-east-1, access_key: %s, secret_key: %s}}""".formatted(server.newBucket(), server.port(), S3TestServer.ACCESS_KEY, S3TestServer.SECRET_KEY);
            String log;
            try (Cairn cairn = Cairn.start(scratch, scratch.resolve("data"), "--objstore.config=" + config)) {
                try (Sender sender = Sender.start(cairn.writePort(), PAST)) {
                    assertTrue(Waiting.until(TIME_MAX, () -> sender.acknowledgedRequests() >= REQUESTS_LEAST));
                    sender.stop();
                }
                cairn.stop();
                log = cairn.log();
            }
            for (String secret : List.of(S3TestServer.SECRET_KEY, "SLF4J")) {
                assertFalse(log.contains(secret), log);
            }
            Thanos thanos = new Thanos(scratch, config);
            String blocks = thanos.run("tools", "bucket", "ls");
            assertTrue(ULID.matcher(blocks).find(), blocks);
            String verified = thanos.run("tools", "bucket", "verify");
            assertTrue(verified.contains("verify task completed"), verified);
            assertFalse(verified.contains("level=error") || verified.contains("level=warn"), verified);
        }
    }
}
