package dev.cairndb.tsdb;

import dev.cairndb.index.Labels;
import dev.cairndb.testkit.ManualClock;
import dev.cairndb.tsdb.SimulatedWrite.Kind;
import dev.cairndb.tsdb.SimulatedWrite.Sample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends samples of its own series: at the present time, of the past if the store takes late ones, the same again,
 * others at the same time, and what was refused once more. Thread-safe.
 */
final class SimulatedSender {
    private static final Kind[] KINDS = {Kind.FLOAT, Kind.FLOAT, Kind.HISTOGRAM, Kind.FLOAT_HISTOGRAM};
    private static final int SERIES_MAX = 5;
    private static final int REMEMBERED_MAX = 20;

    private final int number;
    private final Random random;
    private final ManualClock clock;
    private final long windowMillis;
    private final List<Labels> series = new ArrayList<>();
    private final Map<Labels, Long> newest = new TreeMap<>();
    private final Deque<SimulatedWrite> refused = new ArrayDeque<>();
    private final List<SimulatedWrite> taken = new ArrayList<>();
    private int seriesMade;
    private long backlogMillis = Long.MAX_VALUE;

    /** @param windowMillis how far behind late samples may be; 0 for none */
    SimulatedSender(int number, long seed, ManualClock clock, long windowMillis) {
        this.number = number;
        this.clock = clock;
        this.windowMillis = windowMillis;
        random = new Random(seed * 31 + number);
        while (series.size() < 3) {
            addSeries();
        }
    }

    private void addSeries() {
        Labels labels = Labels.of("__name__", "m" + seriesMade % 7, "nr", "" + seriesMade, "sender", "s" + number);
        seriesMade++;
        if (series.size() < SERIES_MAX) {
            series.add(labels);
        } else {
            series.set(random.nextInt(SERIES_MAX), labels);
        }
    }

    /** What to send now; null if there is nothing new. */
    @Nullable
    synchronized SimulatedWrite next() {
        SimulatedWrite again = refused.poll();
        if (again != null && random.nextInt(4) > 0) {
            return again;
        }
        int what = random.nextInt(100);
        if (what < 5 && !taken.isEmpty()) {
            return taken.get(random.nextInt(taken.size()));
        }
        if (what < 8 && !taken.isEmpty()) {
            return taken.get(random.nextInt(taken.size())).contradiction();
        }
        if (what < 35 && windowMillis > 0) {
            return late();
        }
        if (random.nextInt(12) == 0) {
            addSeries();
        }
        return present();
    }

    /** Samples of now; null if there are some already. */
    @Nullable
    synchronized SimulatedWrite present() {
        long now = clock.wallMillis();
        List<Sample> samples = new ArrayList<>();
        for (Labels labels : series) {
            if (random.nextInt(8) == 0) {
                continue;
            }
            long last = newest.getOrDefault(labels, Long.MIN_VALUE);
            for (int left = random.nextInt(6) == 0 ? 1 + random.nextInt(30) : 0; left >= 0; left--) {
                long t = now - left;
                if (t > last) {
                    samples.add(sample(labels, t, false));
                }
            }
            newest.put(labels, Math.max(last, now));
        }
        return samples.isEmpty() ? null : new SimulatedWrite(number, samples);
    }

    /** A piece of a backlog that goes on, or single samples from anywhere in the window. */
    private @Nullable SimulatedWrite late() {
        long now = clock.wallMillis();
        boolean backlog = random.nextInt(3) > 0;
        if (backlog && (backlogMillis > now - 60_000 || backlogMillis < now - windowMillis * 9 / 10)) {
            backlogMillis = now - (long) (random.nextDouble() * windowMillis * 9 / 10);
        }
        List<Sample> samples = new ArrayList<>();
        for (Labels labels : series) {
            long last = newest.getOrDefault(labels, Long.MIN_VALUE);
            for (int i = 0; i < 4; i++) {
                long t = backlog
                        ? backlogMillis + i * 15_000L
                        : now - 1 - (long) (random.nextDouble() * windowMillis * 9 / 10);
                if (t < last) {
                    samples.add(sample(labels, t, true));
                }
            }
        }
        if (backlog) {
            backlogMillis += 60_000;
        }
        return samples.isEmpty() ? null : new SimulatedWrite(number, samples);
    }

    private Sample sample(Labels labels, long timestampMillis, boolean late) {
        int choice = Math.floorMod(labels.hashCode(), 6);
        Kind kind = choice < KINDS.length ? KINDS[choice] : KINDS[random.nextInt(KINDS.length)];
        if (random.nextInt(30) == 0) {
            kind = Kind.STALE;
        }
        return new Sample(labels, timestampMillis, kind, 0, late);
    }

    /** All of it is stored. */
    synchronized void taken(SimulatedWrite write) {
        if (taken.size() == REMEMBERED_MAX) {
            taken.remove(0);
        }
        taken.add(write);
    }

    /** It may be stored or not. */
    synchronized void refused(SimulatedWrite write) {
        refused.add(write);
    }
}
