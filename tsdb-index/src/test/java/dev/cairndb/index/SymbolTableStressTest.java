package dev.cairndb.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/** Readers beside a writer that adds, releases, reclaims and compacts all the time. */
class SymbolTableStressTest {
    private static final int READERS = 3;

    private record Known(int id, byte[] bytes) {}

    private final SymbolTable table = new SymbolTable();
    private final AtomicReferenceArray<Known> known = new AtomicReferenceArray<>(3000);
    private final Epochs epochs = new Epochs(READERS);
    private final StressThreads threads = new StressThreads();

    @Test
    void readersSeeTheirSymbolsWhilePagesAreCompacted() throws Exception {
        long reads = threads.run(this::write, READERS, this::readOnce);
        System.out.println("SymbolTableStressTest: " + reads + " rounds of reading, " + table.sizeBytes() + " bytes");
        assertTrue(reads > READERS);
        assertTrue(table.sizeBytes() < 2_000_000, () -> table.sizeBytes() + " bytes");
    }

    private void write() {
        Random random = new Random(3);
        long number = 0;
        long end = System.nanoTime() + 2_500_000_000L;
        while (System.nanoTime() < end && !threads.isStopped()) {
            for (int i = 0; i < 4000; i++) {
                // Low places change often, high ones seldom: so pages have few symbols that stay, and are compacted.
                int place = (int) (known.length() * random.nextDouble() * random.nextDouble() * random.nextDouble());
                Known old = known.get(place);
                byte[] bytes = word(number++, random.nextInt(40));
                Known fresh = new Known(table.intern(bytes, 0, bytes.length), bytes);
                known.set(place, fresh);
                if (old != null) {
                    table.release(old.id);
                }
            }
            int[] released = table.takeReleased();
            epochs.awaitReaders();
            table.reclaim(released);
            while (table.compactStep()) {}
        }
    }

    private static byte[] word(long number, int padding) {
        return ("symbol-" + "x".repeat(padding) + number).getBytes(StandardCharsets.UTF_8);
    }

    private void readOnce(int reader) {
        epochs.enter(reader);
        try {
            List<Known> held = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Known one = known.get(ThreadLocalRandom.current().nextInt(known.length()));
                if (one != null) {
                    held.add(one);
                }
            }
            for (int round = 0; round < 3; round++) {
                held.forEach(this::check);
            }
        } finally {
            epochs.leave(reader);
        }
    }

    private void check(Known one) {
        assertTrue(table.equals(one.id, one.bytes, 0, one.bytes.length));
        assertArrayEquals(one.bytes, table.copyOf(one.id));
        assertEquals(0, table.compare(one.id, one.bytes, 0, one.bytes.length));
        int found = table.find(one.bytes, 0, one.bytes.length);
        assertTrue(found == one.id || found == SymbolTable.NONE, "found " + found + ", expected " + one.id);
    }
}
