package dev.cairndb.interop;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting with an end. */
final class Waiting {
    private Waiting() {}

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether the condition came true in time. */
    static boolean until(Duration timeMax, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + timeMax.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadlineNanos) {
                return false;
            }
            sleep(100);
        }
        return true;
    }
}
