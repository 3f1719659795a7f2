package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Lives of a store, a seed each: see {@link StoreSimulation}. {@code -Dcairn.simulation.seeds=FROM-TO} runs others than
 * the normal build, one if both are the same. A life that ends badly is printed.
 */
class StoreSimulationTest {
    private static final int LINES_MAX = 400;

    @Test
    void aStoreKeepsWhatItPromisedHoweverItIsTreated() throws Exception {
        run(false, 1, 300);
    }

    @Test
    void aStoreOfManyThreadsKeepsWhatItPromisedHoweverItIsTreated() throws Exception {
        run(true, 1, 20);
    }

    static void run(boolean threads, long defaultFrom, long defaultTo) throws Exception {
        String given = System.getProperty("cairn.simulation.seeds");
        long from = given == null ? defaultFrom : Long.parseLong(given.substring(0, given.indexOf('-')));
        long to = given == null ? defaultTo : Long.parseLong(given.substring(given.indexOf('-') + 1));
        long acknowledged = 0;
        for (long seed = from; seed <= to; seed++) {
            acknowledged += run(SimulationPlan.of(seed, threads));
        }
        assertTrue(acknowledged > 0, "nothing was acknowledged");
        System.out.println("StoreSimulationTest: " + (to - from + 1) + " lives " + (threads ? "with" : "without")
                + " threads, " + acknowledged + " samples acknowledged and kept as promised");
    }

    private static long run(SimulationPlan plan) throws Exception {
        SimulationLog log = new SimulationLog();
        try (StoreSimulation life = new StoreSimulation(plan, log)) {
            life.run();
            return life.ledger().acknowledgedCount();
        } catch (Exception | AssertionError e) {
            List<String> lines = log.lines();
            String story = String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_MAX), lines.size()));
            throw new AssertionError(
                    "-Dcairn.simulation.seeds=" + plan.seed() + "-" + plan.seed() + ": " + e + "\n" + story, e);
        }
    }
}
