package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cairndb.tsdb.TsdbStats;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ShippingBarTest {
    private TsdbStats.Shipping now = TsdbStats.Shipping.NONE;
    private long nanos = 5;
    private final ShippingBar bar = new ShippingBar(() -> now, () -> nanos);

    private void waiting(int blocks, long bytes) {
        now = new TsdbStats.Shipping(1, 0, 0, blocks, bytes, 0);
    }

    @Test
    void theLineGrowsWithTheBytesAndGoesAwayAtTheEnd() {
        assertNull(bar.line());
        waiting(3, 3 << 20);
        assertEquals("shipping [------------------------------] 0 of 3 blocks, 0 B of 3.0 MiB", bar.line());
        nanos += TimeUnit.SECONDS.toNanos(2);
        waiting(2, 2 << 20);
        assertEquals(
                "shipping [##########--------------------] 1 of 3 blocks, 1.0 MiB of 3.0 MiB, 512 KiB/s, 4 s left",
                bar.line());
        waiting(1, 0);
        nanos += TimeUnit.SECONDS.toNanos(4);
        assertEquals(
                "shipping [##############################] 2 of 3 blocks, 3.0 MiB of 3.0 MiB, 512 KiB/s, 0 s left",
                bar.line());
        waiting(0, 0);
        assertNull(bar.line());
        waiting(1, 20);
        assertEquals("shipping [------------------------------] 0 of 1 block, 0 B of 20 B", bar.line());
    }

    @Test
    void aLogLineTakesThePlaceOfTheStatusWhichGoesBelow() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Log.configure("info", new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            Log.info("first");
            Log.status("50 %");
            Log.status("50 %");
            Log.info("second");
            Log.status("60 %");
            Log.status(null);
            Log.info("third");
        } finally {
            Log.configure("error", new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        }
        String shown = bytes.toString(StandardCharsets.UTF_8)
                .replaceAll("[-0-9T:.]+Z INFO {2}", "")
                .replace(System.lineSeparator(), "/")
                .replace("\r\033[K", "|");
        assertEquals("first/|50 %|second/50 %|60 %|third/", shown);
    }
}
