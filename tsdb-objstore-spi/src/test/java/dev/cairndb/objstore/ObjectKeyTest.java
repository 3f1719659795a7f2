package dev.cairndb.objstore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class ObjectKeyTest {
    @Test
    void takesSafeRelativePaths() {
        for (String key : List.of("a", "a/b", "..a", "a..", ".hidden", "a b/\u00e9/\ud83d\ude00", "x".repeat(255))) {
            assertEquals(key, ObjectKey.of(key).toString());
        }
        assertEquals(ObjectKey.of("a/b/c"), ObjectKey.of("a").child("b/c"));
    }

    @Test
    void refusesWhatIsNoSafePath() {
        String long1025 = ("x".repeat(204) + "/").repeat(5) + "x";
        for (String key : List.of(
                "",
                "/",
                "/a",
                "a/",
                "a//b",
                ".",
                "..",
                "a/..",
                "../a",
                "a/./b",
                "a\\b",
                "a\0",
                "a\nb",
                "a\u007fb",
                "a\u0085b",
                "a\ud83d",
                "\ude00a",
                "x".repeat(256),
                "\u00e9".repeat(128),
                long1025)) {
            assertThrows(IllegalArgumentException.class, () -> ObjectKey.of(key), key);
        }
    }

    @Property
    void keysAreOrderedByTheirUtf8Bytes(
            @ForAll @StringLength(max = 9) @CharRange(from = 'a', to = 'c') String common,
            @ForAll int leftCodePoint,
            @ForAll int rightCodePoint) {
        ObjectKey left = ObjectKey.of(common + "x" + validCodePoint(leftCodePoint));
        ObjectKey right = ObjectKey.of(common + "x" + validCodePoint(rightCodePoint));
        assertEquals(
                Integer.signum(Arrays.compareUnsigned(utf8(left), utf8(right))), Integer.signum(left.compareTo(right)));
    }

    private static String validCodePoint(int seed) {
        int codePoint = 0x100 + Integer.remainderUnsigned(seed, 0x10FFFF - 0x100 - 0x800);
        return Character.toString(codePoint < 0xD800 ? codePoint : codePoint + 0x800);
    }

    private static byte[] utf8(ObjectKey key) {
        return key.value().getBytes(StandardCharsets.UTF_8);
    }
}
