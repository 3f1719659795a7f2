package dev.cairndb.receiver.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Bytes as a message in Snappy's frames: refused, or data that comes back from frames of our own. */
public class SnappyFramesFuzzTest {
    /** A stream may hold far more than its bytes; gRPC stops reading at the limit of a message. */
    private static final int DATA_BYTES_MAX = 1 << 20;

    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(SnappyFramesFuzzTest.class, SnappyFramesFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        byte[] data;
        try (SnappyFrameInput framed = new SnappyFrameInput(new ByteArrayInputStream(input))) {
            data = framed.readNBytes(DATA_BYTES_MAX);
        } catch (CorruptionException e) {
            return;
        }
        ByteArrayOutputStream again = new ByteArrayOutputStream();
        try (SnappyFrameOutput out = new SnappyFrameOutput(again)) {
            out.write(data);
        }
        assertArrayEquals(data, new SnappyFrameInput(new ByteArrayInputStream(again.toByteArray())).readAllBytes());
    }
}
