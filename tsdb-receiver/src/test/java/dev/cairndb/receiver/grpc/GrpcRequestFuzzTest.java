package dev.cairndb.receiver.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.CorruptionException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bytes as each request that Thanos sends: parsed, or refused as corrupt. */
public class GrpcRequestFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadOrRefused() throws IOException {
        FuzzCorpus.replay(GrpcRequestFuzzTest.class, GrpcRequestFuzzTest::fuzzerTestOneInput);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        parse(input, SeriesRequest::parse);
        parse(input, LabelsRequest::parseNames);
        parse(input, LabelsRequest::parseValues);
        parse(input, bytes -> {
            List<WriteMessage.Part> parts = WriteMessage.parse(bytes);
            for (WriteMessage.Part part : parts) {
                assertTrue(part.offset() >= 0 && part.length() >= 0 && part.offset() + part.length() <= input.length);
                // Its series lie together now, and are nothing but series.
                byte[] series = Arrays.copyOfRange(bytes, part.offset(), part.offset() + part.length());
                assertEquals(List.of(new WriteMessage.Part("", 0, series.length)), WriteMessage.parse(series));
            }
            return parts;
        });
    }

    /** How a message is parsed. */
    private interface Parser {
        Object parse(byte[] message) throws CorruptionException;
    }

    private static void parse(byte[] input, Parser parser) {
        try {
            Object unused = parser.parse(input.clone());
        } catch (CorruptionException e) {
            assertTrue(e.getMessage() != null && !e.getMessage().isBlank());
        }
    }
}
