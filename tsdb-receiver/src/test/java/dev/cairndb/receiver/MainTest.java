package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void anUnknownCommandIsNamedAndFails() {
        assertEquals(2, run("recieve"));
        assertTrue(err.toString(StandardCharsets.UTF_8).startsWith("unknown command: recieve"));
    }

    @Test
    void noCommandFails() {
        assertEquals(2, run());
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        assertEquals(0, run("help"));
        assertEquals(0, run("--version"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains("usage: cairn COMMAND"));
        assertEquals(0, err.size());
    }

    private int run(String... arguments) {
        return Main.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }
}
