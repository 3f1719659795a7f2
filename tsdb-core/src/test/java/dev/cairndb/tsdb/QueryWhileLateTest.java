package dev.cairndb.tsdb;

import static dev.cairndb.tsdb.TestStores.HOUR;
import static dev.cairndb.tsdb.TestStores.MINUTE;
import static dev.cairndb.tsdb.TestStores.START;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two backlogs, one in order and one backwards, beside a live sender of the same series: queries see all that was
 * acknowledged while late chunks are moved to files, cut into blocks and dropped.
 */
class QueryWhileLateTest {
    private static final int ROUNDS = 480;
    private static final int QUERIES_MIN = 20;

    @TempDir
    Path directory;

    private final Ledger ledger = new Ledger();
    private final AtomicInteger writing = new AtomicInteger(3);
    private final Threads threads = new Threads();
    private final AtomicInteger queries = new AtomicInteger();

    @Test
    void whatWasAcknowledgedIsThereAllTheTime() throws Exception {
        List<Labels> series = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            series.add(Labels.of("__name__", "m", "i", String.valueOf(i)));
        }
        try (Tsdb db = open()) {
            AppendResult first = ledger.append(db, series, START + 12 * HOUR);
            assertEquals(series.size(), first.samplesAppended());
            threads.start(() -> write(db, series, START + 12 * HOUR + MINUTE, MINUTE, false));
            threads.start(() -> write(db, series, START + 7, MINUTE, true));
            threads.start(() -> write(db, series, START + 8 * HOUR + 13, -MINUTE, true));
            threads.start(() -> maintain(db));
            threads.start(() -> query(db));
            threads.start(() -> query(db));
            threads.join();
            assertTrue(db.stats().blocksCut() > 3, "blocks cut: " + db.stats().blocksCut());
            assertEquals(2L * ROUNDS * series.size(), db.stats().samplesLate());
            ledger.check(db, "at the end");
        }
        try (Tsdb db = open()) {
            ledger.checkWhileWriting(db, "opened again");
        }
    }

    private Tsdb open() throws IOException {
        return Tsdb.builder(directory)
                .clock(new ManualClock(START + 100 * HOUR))
                .options(TestStores.OPTIONS.withDurability(Durability.OS))
                .open();
    }

    private void write(Tsdb db, List<Labels> series, long from, long step, boolean late) throws IOException {
        try {
            for (int round = 0; round < ROUNDS && !threads.failed(); round++) {
                AppendResult result = ledger.append(db, series, from + round * step);
                assertEquals(series.size(), result.samplesAppended(), result::toString);
                assertEquals(late ? series.size() : 0, result.samplesLate(), result::toString);
            }
        } finally {
            writing.decrementAndGet();
        }
    }

    private boolean isOver() {
        return threads.failed() || writing.get() == 0 && queries.get() >= QUERIES_MIN;
    }

    private void maintain(Tsdb db) throws IOException {
        for (int round = 0; !isOver(); round++) {
            db.admin().runMaintenance();
            if (round % 3 == 0) {
                db.admin().cutBlocks();
            }
        }
    }

    private void query(Tsdb db) throws IOException {
        while (!isOver()) {
            ledger.checkWhileWriting(db, "query " + queries.incrementAndGet());
        }
    }
}
