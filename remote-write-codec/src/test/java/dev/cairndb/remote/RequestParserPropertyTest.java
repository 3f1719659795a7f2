package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

class RequestParserPropertyTest {
    private static final RemoteWriteLimits LIMITS = RemoteWriteLimits.defaults();

    private final RemoteWriteDecoder decoder = new RemoteWriteDecoder();
    private final ListedLabels known = new ListedLabels();

    @Property(tries = 500)
    void theMessageMayLieAnywhereInAnArray(@ForAll long seed, @ForAll RemoteWriteVersion version) throws Exception {
        Random random = new Random(seed);
        byte[] message = new WireGenerator(random, version).request();
        byte[] around = new byte[message.length + 40];
        random.nextBytes(around);
        System.arraycopy(message, 0, around, 17, message.length);

        RemoteWriteRequest request = decoder.decodeDecompressed(around, 17, message.length, version, LIMITS);

        assertEquals(NaiveDecoder.decode(message, version), DecodedRequest.of(request));
    }

    @Property(tries = 500)
    void everyTruncationIsRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed, @ForAll RemoteWriteVersion version) {
        byte[] message = new WireGenerator(new Random(seed), version).request();
        for (int length = 0; length < message.length; length++) {
            checkAgainstNaive(Arrays.copyOf(message, length), version);
        }
    }

    @Property(tries = 150)
    void everyFlippedBitIsRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed, @ForAll RemoteWriteVersion version) {
        byte[] message = new WireGenerator(new Random(seed), version).request();
        checkAgainstNaive(message, version);
        for (int bit = 0; bit < message.length * 8; bit++) {
            message[bit >>> 3] ^= (byte) (1 << (bit & 7));
            checkAgainstNaive(message, version);
            message[bit >>> 3] ^= (byte) (1 << (bit & 7));
        }
    }

    @Property(tries = 20000)
    void mutatedMessagesAreRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed, @ForAll RemoteWriteVersion version) {
        Random random = new Random(seed);
        byte[] message = new WireGenerator(random, version).request();
        checkAgainstNaive(message, version);
        for (int mutations = 1 + random.nextInt(6); mutations > 0 && message.length > 0; mutations--) {
            message = mutate(message, random);
        }
        checkAgainstNaive(message, version);
    }

    @Property(tries = 5000)
    void randomBytesAreRefusedOrReadAsTheNaiveDecoderDoes(@ForAll long seed, @ForAll RemoteWriteVersion version) {
        Random random = new Random(seed);
        byte[] message = new byte[random.nextInt(60)];
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(44));
        }
        checkAgainstNaive(message, version);
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

    /** Reads it without and with what was learnt from messages before, and then with what it taught itself. */
    private void checkAgainstNaive(byte[] message, RemoteWriteVersion version) {
        DecodedRequest expected;
        try {
            expected = NaiveDecoder.decode(message, version);
        } catch (NaiveDecoder.Refused refused) {
            checkRefused(message, version, null, refused);
            checkRefused(message, version, known, refused);
            checkRefused(message, version, known, refused);
            return;
        }
        checkRead(message, version, null, expected);
        checkRead(message, version, known, expected);
        checkRead(message, version, known, expected);
    }

    private void checkRefused(
            byte[] message, RemoteWriteVersion version, @Nullable ListedLabels labels, NaiveDecoder.Refused refused) {
        MalformedRequestException error = assertThrows(
                MalformedRequestException.class, () -> decode(message, version, labels), refused.getMessage());
        assertTrue(error.offset() >= 0 && error.offset() <= message.length, error.getMessage());
    }

    private void checkRead(
            byte[] message, RemoteWriteVersion version, @Nullable ListedLabels labels, DecodedRequest expected) {
        try {
            RemoteWriteRequest request = decode(message, version, labels);
            assertEquals(expected, DecodedRequest.of(request));
            if (labels != null) {
                labels.learn(request);
            }
        } catch (IOException e) {
            throw new AssertionError("refused, but the naive decoder reads it", e);
        }
    }

    private RemoteWriteRequest decode(byte[] message, RemoteWriteVersion version, @Nullable ListedLabels labels)
            throws IOException {
        return decoder.decode(message, 0, message.length, RemoteWriteCompression.NONE, version, LIMITS, labels);
    }
}
