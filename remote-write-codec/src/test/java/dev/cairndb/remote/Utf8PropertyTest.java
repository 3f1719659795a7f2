package dev.cairndb.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class Utf8PropertyTest {
    private static final int[] SEQUENCE_BYTES = {
        0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF
    };

    @Property(tries = 20000)
    void isWhatTheStrictDecoderOfTheJdkTakes(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[random.nextInt(24)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(3) > 0 ? 'a' : SEQUENCE_BYTES[random.nextInt(SEQUENCE_BYTES.length)]);
        }
        check(bytes);
    }

    @Test
    void sequencesOfUpToFourEdgeBytesAreJudgedAsTheJdkDoes() {
        int edges = SEQUENCE_BYTES.length;
        for (int code = 0; code < edges * edges * edges * edges; code++) {
            check(new byte[] {
                (byte) SEQUENCE_BYTES[code % edges],
                (byte) SEQUENCE_BYTES[code / edges % edges],
                (byte) SEQUENCE_BYTES[code / edges / edges % edges],
                (byte) SEQUENCE_BYTES[code / edges / edges / edges]
            });
        }
    }

    @Test
    void everyCodePointIsValid() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
                assertTrue(Utf8.isValid(bytes, 0, bytes.length));
            }
        }
    }

    private static void check(byte[] bytes) {
        boolean valid = true;
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException e) {
            valid = false;
        }
        assertEquals(valid, Utf8.isValid(bytes, 0, bytes.length));
    }
}
