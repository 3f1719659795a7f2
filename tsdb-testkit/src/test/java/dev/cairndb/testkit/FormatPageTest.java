package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FormatPageTest {
    private final FormatPage page = FormatPage.read("tombstones.md");

    @Test
    void aHexBlockIsReadWithoutBlanksAndComments() {
        String hex = page.hex("empty");
        assertTrue(hex.matches("([0-9a-f]{2})+"), hex);
        assertTrue(hex.startsWith("0130ba30"), hex);
        assertArrayEquals(new byte[] {0x01, 0x30, (byte) 0xBA, 0x30}, java.util.Arrays.copyOf(page.bytes("empty"), 4));
    }

    @Test
    void aJsonBlockIsReadAsItStands() {
        String json = FormatPage.read("meta.json.md").json("example");
        assertTrue(json.startsWith("{\n") && json.endsWith("}"), json);
    }

    @Test
    void wordsAndPatternsAreFound() {
        assertTrue(page.contains("# "));
        assertFalse(page.contains("no such words"));
        assertEquals("0130ba30", page.find("\\| `([0-9a-f]{8})` \\| \\d").get(0).group(1));
    }

    @Test
    void aBlockOrPageThatIsNotThereIsAnError() {
        assertThrows(AssertionError.class, () -> page.hex("no such block"));
        assertThrows(AssertionError.class, () -> page.json("empty"));
        assertThrows(AssertionError.class, () -> FormatPage.read("none.md"));
    }
}
