package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged frames: refused, or read as the library's stream reads them, and never more than the limit. The seed is
 * {@code
 * -Dcairn.fuzz.seed}, the number of rounds {@code -Dcairn.fuzz.rounds}.
 */
public class ZstdFuzzTest {
    private static final long SEED = Long.getLong("cairn.fuzz.seed", 1);
    private static final int ROUNDS = Integer.getInteger("cairn.fuzz.rounds", 5_000);
    private static final int SIZE_MAX = 4_096;

    @Test
    void damagedFramesAreRefusedOrReadAsTheStreamReadsThem() throws IOException {
        Random random = new Random(SEED);
        ByteWriter frame = new ByteWriter(64);
        byte[] text = "http_requests_total ".repeat(100).getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < ROUNDS; round++) {
            frame.clear();
            Zstd.compress(text, 0, random.nextInt(text.length), frame);
            byte[] damaged = frame.toByteArray();
            for (int i = random.nextInt(3); i > 0; i--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            fuzzerTestOneInput(
                    random.nextInt(4) > 0 ? damaged : Arrays.copyOf(damaged, random.nextInt(damaged.length)));
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        long declared = Zstd.declaredSizeBytes(input, 0, input.length);
        assertTrue(declared >= -1);
        ByteWriter out = new ByteWriter(64);
        int size;
        try {
            size = Zstd.decompress(input, 0, input.length, out, SIZE_MAX);
        } catch (MalformedZstdException e) {
            return;
        }
        assertEquals(size, out.size());
        assertTrue(size <= SIZE_MAX);
        try (ZstdInputStream stream = new ZstdInputStream(new ByteArrayInputStream(input))) {
            assertArrayEquals(stream.readAllBytes(), out.toByteArray());
        }
    }
}
