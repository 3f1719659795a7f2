package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlowestTest {
    @Test
    void slowRequestsThatFollowUponEachOtherAreOnePauseAndTheWorstAreKeptInOrder() {
        Slowest slowest = new Slowest(60);
        long begin = System.nanoTime();
        add(slowest, begin, 1_050, 40);
        add(slowest, begin, 1_150, 90);
        add(slowest, begin, 1_450, 5);
        add(slowest, begin, 2_050, 30);
        add(slowest, begin, 3_050, 70);

        List<Slowest.Pause> pauses = slowest.pauses(20, 2);

        assertEquals(2, pauses.size());
        assertEquals(90, pauses.get(0).worstMillis(), 1e-6);
        assertEquals(0.2, pauses.get(0).toSeconds() - pauses.get(0).fromSeconds(), 1e-6);
        assertEquals(70, pauses.get(1).worstMillis(), 1e-6);
        assertTrue(slowest.pauses(100, 9).isEmpty());
    }

    private static void add(Slowest slowest, long begin, int answeredMillis, int tookMillis) {
        long answered = begin + TimeUnit.MILLISECONDS.toNanos(answeredMillis);
        slowest.add(answered - TimeUnit.MILLISECONDS.toNanos(tookMillis), answered);
    }
}
