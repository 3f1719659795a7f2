package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class WriteRequestParserPropertyTest {
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();

    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();

    @Property(tries = 5000)
    void anyValidMessageIsReadAsProtobufReadsIt(@ForAll long seed) throws Exception {
        byte[] message = new WireGenerator(new Random(seed)).request();

        DecodedRequest expected = ProtobufOracle.decode(message);

        assertEquals(expected, NaiveDecoder.decode(message));
        compare(expected, decoder.decodeDecompressed(message, 0, message.length, RemoteWriteVersion.V1, LIMITS));
    }

    @Property(tries = 500)
    void theMessageMayLieAnywhereInAnArray(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        byte[] message = new WireGenerator(random).request();
        byte[] around = new byte[message.length + 40];
        random.nextBytes(around);
        System.arraycopy(message, 0, around, 17, message.length);

        RemoteWriteRequest request =
                decoder.decodeDecompressed(around, 17, message.length, RemoteWriteVersion.V1, LIMITS);

        compare(NaiveDecoder.decode(message), request);
    }

    @Property(tries = 300)
    void everyTruncationIsRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed) {
        byte[] message = new WireGenerator(new Random(seed)).request();
        for (int length = 0; length < message.length; length++) {
            checkAgainstNaive(Arrays.copyOf(message, length));
        }
    }

    @Property(tries = 100)
    void everyFlippedBitIsRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed) {
        byte[] message = new WireGenerator(new Random(seed)).request();
        for (int bit = 0; bit < message.length * 8; bit++) {
            message[bit >>> 3] ^= (byte) (1 << (bit & 7));
            checkAgainstNaive(message);
            message[bit >>> 3] ^= (byte) (1 << (bit & 7));
        }
    }

    @Property(tries = 20000)
    void mutatedMessagesAreRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] message = new WireGenerator(random).request();
        for (int mutations = 1 + random.nextInt(6); mutations > 0 && message.length > 0; mutations--) {
            message = mutate(message, random);
        }
        checkAgainstNaive(message);
    }

    @Property(tries = 5000)
    void randomBytesAreRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] message = new byte[random.nextInt(60)];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(36));
        }
        checkAgainstNaive(message);
    }

    private static byte[] mutate(byte[] message, Random random) {
        int at = random.nextInt(message.length);
        byte[] mutated = message.clone();
        switch (random.nextInt(5)) {
            case 0 -> mutated[at] = (byte) random.nextInt(256);
            case 1 -> mutated[at] = (byte) random.nextInt(40);
            case 2 -> mutated[at] = (byte) 0xFF;
            case 3 -> {
                mutated = Arrays.copyOf(message, message.length + 1);
                System.arraycopy(message, at, mutated, at + 1, message.length - at);
            }
            default -> {
                System.arraycopy(message, at + 1, mutated, at, message.length - at - 1);
                mutated = Arrays.copyOf(mutated, message.length - 1);
            }
        }
        return mutated;
    }

    private void checkAgainstNaive(byte[] message) {
        DecodedRequest expected;
        try {
            expected = NaiveDecoder.decode(message);
        } catch (NaiveDecoder.Refused refused) {
            assertThrows(
                    MalformedRequestException.class,
                    () -> decoder.decodeDecompressed(message, 0, message.length, RemoteWriteVersion.V1, LIMITS),
                    refused.getMessage());
            return;
        }
        try {
            compare(expected, decoder.decodeDecompressed(message, 0, message.length, RemoteWriteVersion.V1, LIMITS));
        } catch (IOException e) {
            throw new AssertionError("refused, but the naive decoder reads it", e);
        }
    }

    private static void compare(DecodedRequest expected, RemoteWriteRequest request) {
        assertEquals(expected.withoutExemplarsBySeries(), DecodedRequest.of(request));
        assertEquals(expected.exemplars(), request.exemplarCount());
        assertEquals(expected.histograms(), request.histogramCount());
        assertEquals(expected.samples(), request.sampleCount());
    }
}
