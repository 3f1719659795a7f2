package dev.cairndb.remote;

import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Bytes as a remote read request: refused as malformed, or read. */
public class ReadRequestFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(ReadRequestFuzzTest.class, ReadRequestFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        try {
            ReadRequestDecoder.decodeDecompressed(input, 0, input.length);
        } catch (MalformedRequestException e) {
            // as it should
        }
    }
}
