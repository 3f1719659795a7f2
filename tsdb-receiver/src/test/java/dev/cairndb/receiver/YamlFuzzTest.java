package dev.cairndb.receiver;

import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Text as the YAML of a bucket and of limits: read, or refused with words for whoever wrote it. */
public class YamlFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(YamlFuzzTest.class, YamlFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String yaml = new String(input, StandardCharsets.UTF_8);
        boolean read = isRead(() -> BucketConfig.parse(yaml));
        read |= isRead(() -> LimitsConfig.parse(yaml));
        if (yaml.isBlank() && !read) {
            throw new AssertionError("an empty text is a setting");
        }
    }

    private interface Reading {
        Object read() throws UsageException;
    }

    private static boolean isRead(Reading reading) {
        try {
            Object unused = reading.read();
            return true;
        } catch (UsageException e) {
            if (e.getMessage() == null || e.getMessage().isBlank()) {
                throw new AssertionError("refused without a word", e);
            }
            return false;
        }
    }
}
