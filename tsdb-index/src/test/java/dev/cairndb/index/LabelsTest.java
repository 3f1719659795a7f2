package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LabelsTest {
    /** As promtool prints them. */
    @Test
    void theTextEscapesWhatGoEscapes() {
        assertEquals(
                "{\"a.b\"=\"\\u00a0\", q=\"\\\" \\\\ \\n \\t \\a \\x01\", z=\"Z\u00fcrich \uD83D\uDE42 \\u200b\"}",
                Labels.of("a.b", "\u00a0", "q", "\" \\ \n \t \u0007 \u0001", "z", "Z\u00fcrich \uD83D\uDE42 \u200b")
                        .toString());
    }

    @Test
    void sortsNamesByBytesAndDropsEmptyValues() {
        Labels labels = Labels.of("job", "api", "__name__", "up", "Zone", "1", "gone", "");

        assertEquals(List.of("Zone", "__name__", "job"), labels.names());
        assertEquals("{Zone=\"1\", __name__=\"up\", job=\"api\"}", labels.toString());
        assertEquals("api", labels.get("job"));
        assertEquals("", labels.get("gone"));
        assertEquals(3, labels.size());
        assertEquals(Labels.of(Map.of("Zone", "1", "__name__", "up", "job", "api")), labels);
        assertEquals(Labels.empty(), Labels.of("a", ""));
    }

    @Test
    void utf16OrderDoesNotLeakIn() {
        Labels emoji = Labels.of("a", "\uD83D\uDE00");
        Labels halfwidth = Labels.of("a", "\uFFEE");

        assertTrue("\uD83D\uDE00".compareTo("\uFFEE") < 0);
        assertTrue(emoji.compareTo(halfwidth) > 0);
    }

    @Test
    void aProperPrefixIsSmaller() {
        assertTrue(Labels.of("a", "1").compareTo(Labels.of("a", "1", "b", "1")) < 0);
        assertTrue(Labels.of("a", "12").compareTo(Labels.of("a", "1", "b", "1")) > 0);
        assertTrue(Labels.of("ab", "1").compareTo(Labels.of("a", "z")) > 0);
        assertTrue(Labels.empty().compareTo(Labels.of("a", "1")) < 0);
    }

    @Test
    void refusesWhatIsNoLabelSet() {
        assertThrows(IllegalArgumentException.class, () -> Labels.of("a"));
        assertThrows(IllegalArgumentException.class, () -> Labels.of("a", "1", "a", "2"));
        assertThrows(IllegalArgumentException.class, () -> Labels.of("a", "", "a", "2"));
        assertThrows(IllegalArgumentException.class, () -> Labels.of("", "1"));
        assertThrows(IllegalArgumentException.class, () -> Labels.of("a", "\uD800"));
        for (byte[] packed : new byte[][] {
            {1, 'b', 1, '1', 1, 'a', 1, '1'},
            {1, 'a', 1, '1', 1, 'a', 1, '1'},
            {0, 1, '1'},
            {1, 'a', 2, '1'},
            {1, 'a'},
            {(byte) 0x80}
        }) {
            assertThrows(IllegalArgumentException.class, () -> Labels.ofPacked(packed, 0, packed.length));
        }
    }

    @Test
    void anEmptyValueInPackedBytesIsDropped() {
        byte[] packed = {1, 'a', 0, 1, 'b', 1, '2'};
        assertEquals(Labels.of("b", "2"), Labels.ofPacked(packed, 0, packed.length));
        assertEquals(Labels.empty(), Labels.ofPacked(packed, 0, 3));
    }

    @Test
    void aBuilderChangesACopy() {
        Labels labels = Labels.of("a", "1", "b", "2");
        Labels changed = labels.toBuilder().set("a", "").set("c", "3").build();

        assertEquals(Labels.of("b", "2", "c", "3"), changed);
        assertNotEquals(labels, changed);
        assertEquals("1", labels.get("a"));
    }

    @Test
    void textIsQuotedWhereNeeded() {
        assertEquals(
                "{a=\"\\\"\\\\\\n\", \"with space\"=\"x\"}",
                Labels.of("a", "\"\\\n", "with space", "x").toString());
    }

    @Test
    void packedFormRoundTripsWithLongValues() {
        for (int length : new int[] {1, 127, 128, 254, 255, 256, 16383, 16384, 70000}) {
            Labels labels = Labels.of("a", "v".repeat(length), "b", "x");
            assertEquals(labels, Labels.ofPacked(labels.packed(), 0, labels.packed().length));
            assertEquals(length, labels.get("a").length());
            assertEquals("x", labels.get("b"));
        }
    }
}
