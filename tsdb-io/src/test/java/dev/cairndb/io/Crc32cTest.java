package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    @Test
    void theCheckValueOfCastagnoliIsMet() {
        byte[] bytes = "xx123456789x".getBytes(StandardCharsets.US_ASCII);
        assertEquals(0xE3069283, Crc32c.of(bytes, 2, 9));
        ByteBuffer buffer = ByteBuffer.allocateDirect(12).put(bytes).position(2).limit(11);
        assertEquals(0xE3069283, Crc32c.of(buffer));
        assertEquals(11, buffer.position());
        assertEquals(0, Crc32c.of(bytes, 0, 0));
    }
}
