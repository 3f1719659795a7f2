package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MediaTypeTest {
    @Test
    void typeAndParametersAreReadWithBlanksCaseAndQuotes() {
        check("application/x-protobuf", Map.of());
        check(" Application/X-Protobuf ; Proto=a.B ", Map.of("proto", "a.B"));
        check("application/x-protobuf;proto=\"a;\\\"b\"; charset=utf-8", Map.of("proto", "a;\"b", "charset", "utf-8"));
        check("application/x-protobuf;", Map.of());
        check("application/x-protobuf;;proto=x", Map.of("proto", "x"));
        check("application/x-protobuf;proto=", Map.of("proto", ""));
    }

    private static void check(String text, Map<String, String> parameters) {
        MediaType found = MediaType.parse(text);
        assertNotNull(found, text);
        assertEquals("application/x-protobuf", found.type());
        assertEquals(parameters, found.parameters());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "/",
                "a/",
                "/b",
                "a b/c",
                "a/b;proto",
                "a/b;=x",
                "a/b;p=\"x",
                "a/b;p=x;p=y",
                "a/b;p=x y",
                "a/b/c"
            })
    void whatIsNoMediaTypeIsNull(String text) {
        assertNull(MediaType.parse(text));
    }
}
