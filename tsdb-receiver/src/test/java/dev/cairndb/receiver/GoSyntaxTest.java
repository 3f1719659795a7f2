package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoSyntaxTest {
    @Test
    void durationsAreReadAsPrometheusWritesThem() {
        assertEquals(Duration.ofDays(15), GoSyntax.duration("15d"));
        assertEquals(Duration.ofMinutes(150), GoSyntax.duration("2h30m"));
        assertEquals(Duration.ofDays(8), GoSyntax.duration("1w1d"));
        assertEquals(Duration.ofDays(365), GoSyntax.duration("1y"));
        assertEquals(Duration.ofMillis(1500), GoSyntax.duration("1s500ms"));
        assertEquals(Duration.ZERO, GoSyntax.duration("0d"));
        assertEquals(Duration.ZERO, GoSyntax.duration("0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "15", "d", "1.5h", "-1h", "30m2h", "9999999999999999999d", "999999999999y", "1 h"})
    void whatIsNoDurationIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> GoSyntax.duration(text));
    }

    @Test
    void sizesArePowersOf1024() {
        assertEquals(512L << 20, GoSyntax.sizeBytes("512MB"));
        assertEquals(1L << 30, GoSyntax.sizeBytes("1GiB"));
        assertEquals(0, GoSyntax.sizeBytes("0"));
        assertEquals(7, GoSyntax.sizeBytes("7B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MB", "1XB", "-1", "1.5GB", "16EB", "99999999999999999999"})
    void whatIsNoSizeIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> GoSyntax.sizeBytes(text));
    }

    @Test
    void stringsAreUnquotedAsInGo() {
        assertEquals("a", GoSyntax.unquote("\"a\""));
        assertEquals("", GoSyntax.unquote("\"\""));
        assertEquals("a\"b\\c\nd\té", GoSyntax.unquote("\"a\\\"b\\\\c\\nd\\té\""));
        assertEquals("日", GoSyntax.unquote("\"\\u65e5\""));
        assertEquals("a\\n\"", GoSyntax.unquote("`a\\n\"`"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a", "\"", "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"\\q\"", "\"\\u12\"", "\"\\u12x4\"", "`"})
    void whatIsNoStringIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> GoSyntax.unquote(text));
    }
}
