package dev.cairndb.receiver.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SnappyFramesTest {
    @Test
    void whatIsPackedIsUnpackedAgain() throws IOException {
        Random random = new Random(1);
        for (int size : new int[] {0, 1, 100, 65_535, 65_536, 65_537, 300_000}) {
            byte[] text = new byte[size];
            random.nextBytes(text);
            // half of it can be packed, half cannot
            Arrays.fill(text, 0, size / 2, (byte) 'x');
            assertArrayEquals(text, unpack(pack(text)), "size " + size);
        }
    }

    /** The example of a stream that holds "abc", uncompressed, and steps over a frame of padding. */
    @Test
    void framesAreReadAsTheFormatHasThem() throws IOException {
        byte[] abc = {'a', 'b', 'c'};
        int crc = Integer.reverseBytes(SnappyFrames.crc(abc, 0, 3));
        String stream = "ff060000734e61507059" + "fe020000ffff" + "01070000"
                + HexFormat.of().toHexDigits(crc) + "616263";
        assertArrayEquals(abc, unpack(HexFormat.of().parseHex(stream)));
    }

    @Test
    void everyTruncationAndEveryFlippedByteIsFoundOut() throws IOException {
        byte[] text = "a text that is a text that is a text".repeat(3).getBytes("US-ASCII");
        byte[] stream = pack(text);
        int firstFrame = SnappyFrames.MAGIC.length;
        for (int length = 1; length < stream.length; length++) {
            byte[] cut = Arrays.copyOf(stream, length);
            if (length == firstFrame) {
                assertArrayEquals(new byte[0], unpack(cut));
            } else {
                assertThrows(IOException.class, () -> unpack(cut), "length " + length);
            }
        }
        for (int at = 0; at < stream.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = stream.clone();
                flipped[at] ^= (byte) (1 << bit);
                // The kind of a frame is covered by no checksum: one that may be stepped over is.
                boolean isSkipped = at == firstFrame && bit == 7;
                assertTrue(isSkipped || fails(flipped), "byte " + at + ", bit " + bit);
            }
        }
    }

    private static boolean fails(byte[] stream) {
        try {
            unpack(stream);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static byte[] pack(byte[] text) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (SnappyFrameOutput out = new SnappyFrameOutput(packed)) {
            out.write(text, 0, text.length);
        }
        return packed.toByteArray();
    }

    private static byte[] unpack(byte[] packed) throws IOException {
        return new SnappyFrameInput(new ByteArrayInputStream(packed)).readAllBytes();
    }
}
