package dev.cairndb.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileHeaderTest {
    private static final FileHeader HEADER = FileHeader.of(0x85BD40DD, 1, 2, 8);

    @Test
    void magicVersionAndPaddingAreWritten() throws IOException {
        byte[] bytes = {9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
        assertEquals(9, HEADER.put(bytes, 1, 1));
        assertArrayEquals(HexFormat.of().parseHex("0985bd40dd0100000009"), bytes);
        ByteWriter out = new ByteWriter(0);
        out.putByte(7);
        HEADER.put(out, 2);
        assertArrayEquals(HexFormat.of().parseHex("0785bd40dd02000000"), out.toByteArray());
        assertEquals(2, HEADER.check("f", out.array(), 1, out.size() - 1));
        FileHeader unpadded = FileHeader.of(0x0130BA30, 1, 1, 5);
        ByteWriter smallest = new ByteWriter(0);
        unpadded.put(smallest, 1);
        assertArrayEquals(HexFormat.of().parseHex("0130ba3001"), smallest.toByteArray());
    }

    @Test
    void everyTruncationIsCorrupt() {
        byte[] bytes = header(1);
        for (int length = 0; length < bytes.length; length++) {
            int cut = length;
            CorruptionException refused =
                    assertThrows(CorruptionException.class, () -> HEADER.check("f", bytes, 0, cut));
            assertEquals("f", refused.file());
            assertEquals(cut, refused.offset());
        }
    }

    @Test
    void everyFlippedBitOfMagicAndVersionIsNoticed() throws IOException {
        for (int bit = 0; bit < 8 * 8; bit++) {
            byte[] bytes = header(1);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            if (bit / 8 < 4) {
                assertThrows(CorruptionException.class, () -> HEADER.check("f", bytes, 0, 8));
            } else if (bit / 8 == 4) {
                FormatVersionException refused =
                        assertThrows(FormatVersionException.class, () -> HEADER.check("f", bytes, 0, 8));
                assertEquals(bytes[4] & 0xFF, refused.found());
                assertEquals(1, refused.min());
                assertEquals(2, refused.max());
            } else {
                assertEquals(1, HEADER.check("f", bytes, 0, 8));
            }
        }
    }

    @Test
    void mappedFilesAreCheckedTheSameWay(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("f");
        Files.write(file, header(2));
        try (MappedFile mapped = FileStorage.instance().map(file)) {
            assertEquals(2, HEADER.check("f", mapped));
            assertThrows(
                    CorruptionException.class,
                    () -> FileHeader.of(0x85BD40DD, 1, 2, 9).check("f", mapped));
            assertThrows(
                    CorruptionException.class,
                    () -> FileHeader.of(0x85BD40DE, 1, 2, 8).check("f", mapped));
            assertThrows(
                    FormatVersionException.class,
                    () -> FileHeader.of(0x85BD40DD, 1, 1, 8).check("f", mapped));
        }
    }

    @Test
    void impossibleHeadersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> FileHeader.of(1, 1, 1, 4));
        assertThrows(IllegalArgumentException.class, () -> FileHeader.of(1, 2, 1, 8));
        assertThrows(IllegalArgumentException.class, () -> FileHeader.of(1, 1, 256, 8));
        assertThrows(IllegalArgumentException.class, () -> HEADER.put(new byte[8], 0, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> HEADER.put(new byte[8], 1, 1));
    }

    private static byte[] header(int version) {
        byte[] bytes = new byte[8];
        HEADER.put(bytes, 0, version);
        return bytes;
    }
}
