package dev.cairndb.receiver.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
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
    void whatIsNotKnownIsNotShown() {
        ProgressLine series = new ProgressLine("reading", "series", () -> nanos);
        ProgressLine blocks = new ProgressLine("listing", "block", () -> nanos);
        assertEquals("reading", series.show(0, 0, 0, 0));
        assertEquals("reading [------------------------------] 0 of 30 series", series.show(0, 30, 0, 0));
        nanos += TimeUnit.SECONDS.toNanos(2);
        assertEquals("reading [####################----------] 20 of 30 series, 1 s left", series.show(20, 30, 0, 0));
        assertEquals("reading [##############################] 12 B of 8 B, 6 B/s, 0 s left", series.show(0, 0, 12, 8));
        assertEquals("listing 1 block", blocks.show(1, 0, 0, 0));
        assertEquals("listing 2 blocks, 2.0 KiB, 1.0 KiB/s", blocks.show(2, 0, 2048, 0));
    }

    @Test
    void whatPrintsOnTheTerminalShowsNoProgressBesides() {
        PrintStream none = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        assertTrue(new Console(none, none, true, false).whilePrinting().isTerminal());
        assertFalse(new Console(none, none, true, true).whilePrinting().isTerminal());
        assertFalse(new Console(none, none, false, false).whilePrinting().isTerminal());
    }

    @Test
    void whatWentWrongIsNotPrintedBehindTheLine() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        new Console(stream, stream, true, true).tell("one");
        new Console(stream, stream, false, false).tell("two");
        assertEquals("\r\033[Kone\ntwo\n", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void nothingIsWrittenWhereNobodyLooks() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        try (Progress progress = new Console(out, stream, false, false).progress("copying", "block", 1, 10)) {
            progress.addBytes(10);
            progress.itemDone();
        }
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        try (Progress progress = new Console(out, stream, true, true).progress("copying", "block", 1, 10)) {
            progress.addBytes(10);
        }
        String shown = err.toString(StandardCharsets.UTF_8);
        assertTrue(shown.endsWith("\r\033[K"), () -> "shown after a moment, taken away at the end: " + shown);
    }

    @Test
    void workThatTellsNothingIsShownAllTheSame() throws InterruptedException {
        CountDownLatch drawn = new CountDownLatch(2);
        PrintStream none = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) {
            @Override
            public void print(String text) {
                if (text.contains("copying [")) {
                    drawn.countDown();
                }
            }
        };
        try (Progress progress = new Console(none, err, true, true).progress("copying", "block", 1, 10)) {
            assertTrue(drawn.await(30, TimeUnit.SECONDS), () -> "nothing of " + progress);
        }
    }

    @Test
    void anItemThatIsDoneIsDoneWithAllItsBytes() {
        PrintStream none = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        try (Progress progress = new Console(none, none, false, false).progress("copying", "block", 3, 300)) {
            progress.beginItem(100);
            progress.addBytes(70);
            progress.addBytes(50);
            assertTrue(progress.text().contains("0 of 3 blocks, 100 B of 300 B"), progress::text);
            progress.addBytes(-100);
            assertTrue(progress.text().contains("0 of 3 blocks, 0 B of 300 B"), progress::text);
            progress.itemDone();
            assertTrue(progress.text().contains("1 of 3 blocks, 100 B of 300 B"), progress::text);
            progress.beginItem(50);
            progress.itemDone();
            assertTrue(progress.text().contains("2 of 3 blocks, 150 B of 300 B"), progress::text);
            progress.beginItem(150);
            LongConsumer samples = progress.steps(3, 150);
            samples.accept(1);
            assertTrue(progress.text().contains("2 of 3 blocks, 200 B of 300 B"), progress::text);
            samples.accept(3);
            progress.itemDone();
            assertTrue(progress.text().contains("3 of 3 blocks, 300 B of 300 B"), progress::text);
        }
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
