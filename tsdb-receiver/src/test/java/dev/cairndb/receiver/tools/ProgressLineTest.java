package dev.cairndb.receiver.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private long nanos = 7;

    @Test
    void theLineTellsRateAndTimeLeftOnceASecondIsOver() {
        ProgressLine line = new ProgressLine("copying", "block", () -> nanos);
        assertEquals(
                "copying [------------------------------] 0 of 4 blocks, 0 B of 4.0 KiB", line.show(0, 4, 0, 4096));
        nanos += TimeUnit.SECONDS.toNanos(2);
        assertEquals(
                "copying [###############---------------] 2 of 4 blocks, 2.0 KiB of 4.0 KiB, 1.0 KiB/s, 2 s left",
                line.show(2, 4, 2048, 4096));
        line.begin();
        assertEquals("copying [##############################] 1 of 1 block, 9 B of 9 B", line.show(1, 1, 9, 9));
    }

    @Test
    void workWithoutBytesHasALineToo() {
        ProgressLine line = new ProgressLine("reading", "block", () -> nanos);
        assertEquals("reading [------------------------------] 0 of 0 blocks, 0 B of 0 B", line.show(0, 0, 0, 0));
    }

    @Test
    void nothingIsWrittenWhereNobodyLooks() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        try (Progress progress = new Console(out, stream, false).progress("copying", "block", 1, 10)) {
            progress.addBytes(10);
            progress.itemDone();
        }
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        try (Progress progress = new Console(out, stream, true).progress("copying", "block", 1, 10)) {
            progress.addBytes(10);
        }
        assertEquals("\r\033[K", err.toString(StandardCharsets.UTF_8), "shown after a moment, taken away at the end");
    }

    @Test
    void durationsAreWrittenAsInGo() {
        assertEquals("0s", NumberText.duration(0));
        assertEquals("2h0m0s", NumberText.duration(7_200_000));
        assertEquals("5m0s", NumberText.duration(300_000));
        assertEquals("1.5s", NumberText.duration(1_500));
        assertEquals("20ms", NumberText.duration(20));
        assertEquals("336h0m0.001s", NumberText.duration(1_209_600_001));
        assertEquals("-1m0s", NumberText.duration(-60_000));
    }
}
