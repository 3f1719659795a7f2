package dev.cairndb.receiver;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/** The slowest request of each tenth of a second, by when it was answered. Thread-safe. */
final class Slowest {
    private static final long SLOT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long beginNanos = System.nanoTime();
    private final AtomicLongArray worstNanos;

    Slowest(int seconds) {
        worstNanos = new AtomicLongArray((int) (TimeUnit.SECONDS.toNanos(seconds) / SLOT_NANOS) + 1);
    }

    /** A pause: requests that followed upon each other and took longer than a bound. */
    record Pause(double fromSeconds, double toSeconds, double worstMillis) {}

    void add(long sentNanos, long answeredNanos) {
        int slot = (int) Math.min(worstNanos.length() - 1, (answeredNanos - beginNanos) / SLOT_NANOS);
        long unused = worstNanos.accumulateAndGet(slot, answeredNanos - sentNanos, Math::max);
    }

    /** Those with the slowest requests, in the order of time. */
    List<Pause> pauses(double boundMillis, int countMax) {
        List<Pause> pauses = new ArrayList<>();
        for (int slot = 0; slot < worstNanos.length(); slot++) {
            int from = slot;
            double worst = 0;
            for (; slot < worstNanos.length() && worstNanos.get(slot) / 1e6 > boundMillis; slot++) {
                worst = Math.max(worst, worstNanos.get(slot) / 1e6);
            }
            if (slot > from) {
                pauses.add(new Pause(from * (SLOT_NANOS / 1e9), slot * (SLOT_NANOS / 1e9), worst));
            }
        }
        pauses.sort(Comparator.comparingDouble(Pause::worstMillis).reversed());
        List<Pause> worst = new ArrayList<>(pauses.subList(0, Math.min(countMax, pauses.size())));
        worst.sort(Comparator.comparingDouble(Pause::fromSeconds));
        return worst;
    }
}
