package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.cairndb.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Bytes as a remote_write message, read here, by the plain rules of Prometheus' decoder, and by Google's protobuf. */
public class RemoteWriteFuzzTest {
    @Test
    void whateverIsInTheCorpusIsReadAsByTheOthers() throws IOException {
        FuzzCorpus.replay(RemoteWriteFuzzTest.class, RemoteWriteFuzzTest::fuzzerTestOneInput);
    }

    /** The first byte chooses the version, the others are the message. */
    public static void fuzzerTestOneInput(byte[] input) throws Exception {
        if (input.length == 0) {
            return;
        }
        RemoteWriteVersion version = (input[0] & 1) == 0 ? RemoteWriteVersion.V1 : RemoteWriteVersion.V2;
        byte[] message = Arrays.copyOfRange(input, 1, input.length);
        ListedLabels known = new ListedLabels();
        DecodedRequest found = decode(message, version, known);
        assertEquals(naive(message, version), found);
        assertEquals(found, decode(message, version, known));
        DecodedRequest protobuf = protobuf(message, version);
        if (found != null && protobuf != null) {
            assertEquals(protobuf, found);
        }
    }

    private static @Nullable DecodedRequest decode(byte[] message, RemoteWriteVersion version, ListedLabels known)
            throws IOException {
        try {
            RemoteWriteRequest request = new RemoteWriteDecoder()
                    .decode(
                            message,
                            0,
                            message.length,
                            RemoteWriteCompression.NONE,
                            version,
                            RemoteWriteLimits.defaults(),
                            known);
            DecodedRequest decoded = DecodedRequest.of(request);
            known.learn(request);
            return decoded;
        } catch (MalformedRequestException e) {
            return null;
        }
    }

    private static @Nullable DecodedRequest naive(byte[] message, RemoteWriteVersion version) {
        try {
            return NaiveDecoder.decode(message, version);
        } catch (NaiveDecoder.Refused e) {
            return null;
        }
    }

    /** Refuses some messages that Prometheus' decoder takes, and takes some that it refuses. */
    private static @Nullable DecodedRequest protobuf(byte[] message, RemoteWriteVersion version) {
        try {
            return ProtobufOracle.decode(message, version);
        } catch (InvalidProtocolBufferException | IndexOutOfBoundsException e) {
            return null;
        }
    }
}
