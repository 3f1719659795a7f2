package dev.cairndb.tsdb;

import java.io.IOException;
import java.util.List;

/**
 * Steps that are all done, whatever becomes of those before: what one of them throws must not keep the rest from
 * ending.
 */
final class Steps {
    private Steps() {}

    interface Step {
        void run() throws IOException;
    }

    /** Throws what the first that failed threw, of whatever kind; the rest is suppressed in it. */
    static void runAll(List<Step> steps) throws IOException {
        Throwable failure = null;
        for (Step step : steps) {
            try {
                step.run();
            } catch (IOException | RuntimeException | Error e) {
                if (failure == null) {
                    failure = e;
                } else if (failure != e) {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }
}
