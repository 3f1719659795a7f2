package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;

/** Waits for what comes sooner or later: so long that a slow machine with other work on it is no failure. */
public final class Patience {
    static final int SECONDS = 180;

    private static final long PAUSE_MILLIS = 20;

    private Patience() {}

    public interface Condition {
        boolean holds() throws Exception;
    }

    public static void await(String what, Condition condition) throws Exception {
        await(() -> what, condition);
    }

    /** @param what was waited for in vain */
    public static void await(Supplier<String> what, Condition condition) throws Exception {
        long begin = System.nanoTime();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() - begin < SECONDS * 1_000_000_000L, what);
            Thread.sleep(PAUSE_MILLIS);
        }
    }
}
