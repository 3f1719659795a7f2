package dev.cairndb.tsdb.internal.bucket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SideBySideTest {
    private final ExecutorService threads = Executors.newFixedThreadPool(8);

    @AfterEach
    void close() {
        threads.shutdown();
    }

    private static List<SideBySide.Step> counting(AtomicInteger done, int count) {
        List<SideBySide.Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            steps.add(done::incrementAndGet);
        }
        return steps;
    }

    @Test
    void everyStepIsDoneOnce() throws IOException {
        for (SideBySide sideBySide : List.of(new SideBySide(null, 3), new SideBySide(threads, 3))) {
            for (int count : new int[] {0, 1, 2, 3, 100}) {
                AtomicInteger done = new AtomicInteger();
                sideBySide.run(counting(done, count));
                assertEquals(count, done.get());
            }
        }
        assertFalse(new SideBySide(null, 3).hasHelpers());
        assertFalse(new SideBySide(threads, 0).hasHelpers());
        assertTrue(new SideBySide(threads, 1).hasHelpers());
    }

    @Test
    void stepsMayHaveStepsOfTheirOwn() throws IOException {
        SideBySide sideBySide = new SideBySide(threads, 2);
        AtomicInteger done = new AtomicInteger();
        List<SideBySide.Step> outer = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            outer.add(() -> sideBySide.run(counting(done, 20)));
        }
        sideBySide.run(outer);
        assertEquals(1000, done.get());
    }

    @Test
    void noMoreThreadsHelpThanMay() throws IOException {
        SideBySide sideBySide = new SideBySide(threads, 2);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<SideBySide.Step> steps = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            steps.add(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                Thread.yield();
                running.decrementAndGet();
            });
        }
        sideBySide.run(steps);
        assertTrue(most.get() <= 3, "at a time: " + most);
    }

    @Test
    void whatAStepThrowsIsThrownWhenNoneRunsAnyMore() {
        IOException failure = new IOException("made to fail");
        for (SideBySide sideBySide : List.of(new SideBySide(null, 3), new SideBySide(threads, 3))) {
            AtomicInteger running = new AtomicInteger();
            AtomicInteger begun = new AtomicInteger();
            List<SideBySide.Step> steps = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                steps.add(() -> {
                    running.incrementAndGet();
                    try {
                        if (begun.incrementAndGet() == 5) {
                            throw failure;
                        }
                    } finally {
                        running.decrementAndGet();
                    }
                });
            }
            assertSame(failure, assertThrows(IOException.class, () -> sideBySide.run(steps)));
            assertEquals(0, running.get());
        }
        IllegalStateException wrong = new IllegalStateException("made to fail");
        List<SideBySide.Step> one = List.of(() -> {
            throw wrong;
        });
        assertSame(wrong, assertThrows(IllegalStateException.class, () -> new SideBySide(threads, 3).run(one)));
    }
}
