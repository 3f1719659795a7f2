package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cairndb.index.Labels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What was sent to a store and what it must have: the acknowledged samples, and those it had when it was opened, since
 * what was read from the log is durable from then on. Thread-safe.
 */
final class SimulationLedger {
    /** A sample and what was heard of it. */
    static final class Entry {
        private final Set<String> texts = new HashSet<>();
        private boolean acknowledged;
        /** Whether no crash of any kind may take it away. */
        private boolean durable;

        /** Whether it was deleted, or may have been: it need not be there, unless it was sent again after that. */
        private boolean doomed;
        /** Whether it must not be there. */
        private boolean deleted;
        /** Whether it was to be deleted at any time, whatever came then. */
        private boolean everDoomed;

        private boolean late;
        private long acknowledgedNanos;

        long acknowledgedNanos() {
            return acknowledgedNanos;
        }
    }

    private final Map<Labels, TreeMap<Long, Entry>> entries = new TreeMap<>();
    private long acknowledgedCount;

    synchronized void sent(SimulatedWrite write) {
        for (SimulatedWrite.Sample sample : write.samples) {
            Entry entry = entries.computeIfAbsent(sample.labels(), key -> new TreeMap<>())
                    .computeIfAbsent(sample.timestampMillis(), key -> new Entry());
            entry.texts.add(sample.text());
            entry.doomed &= !entry.deleted;
            entry.deleted = false;
            entry.late |= sample.late();
        }
    }

    /** All of it, as new or as there already. */
    synchronized void acknowledged(SimulatedWrite write, long nanos) {
        for (SimulatedWrite.Sample sample : write.samples) {
            Entry entry = entries.get(sample.labels()).get(sample.timestampMillis());
            if (!entry.acknowledged && !entry.doomed) {
                entry.acknowledged = true;
                entry.acknowledgedNanos = nanos;
                acknowledgedCount++;
            }
        }
    }

    /** Acknowledgements so far; one for each time a sample was acknowledged that had to be there no more. */
    synchronized long acknowledgedCount() {
        return acknowledgedCount;
    }

    /** Whether nothing of it was sent before. */
    synchronized boolean isNew(SimulatedWrite write) {
        return write.samples.stream()
                .noneMatch(sample ->
                        entries.getOrDefault(sample.labels(), new TreeMap<>()).containsKey(sample.timestampMillis()));
    }

    /** Whether such a sample was ever to be deleted. */
    synchronized boolean wasDoomed(Labels labels, long timestampMillis) {
        Entry entry = entries.getOrDefault(labels, new TreeMap<>()).get(timestampMillis);
        return entry != null && entry.everDoomed;
    }

    /** All that anything was sent for. */
    synchronized List<Labels> series() {
        return List.copyOf(entries.keySet());
    }

    /** From now on these samples may be gone. */
    synchronized void doom(TimeRange range, Predicate<Labels> which) {
        forEachIn(range, which, entry -> {
            entry.doomed = true;
            entry.everDoomed = true;
            entry.acknowledged = false;
            entry.durable = false;
        });
    }

    /** From now on these samples must not be there, unless they are sent again. */
    synchronized void deleted(TimeRange range, Predicate<Labels> which) {
        forEachIn(range, which, entry -> entry.deleted = true);
    }

    private void forEachIn(TimeRange range, Predicate<Labels> which, Consumer<Entry> action) {
        entries.forEach((labels, samples) -> {
            if (which.test(labels)) {
                samples.subMap(range.minTimestampMillis(), true, range.maxTimestampMillis(), true)
                        .values()
                        .forEach(action);
            }
        });
    }

    /** What was acknowledged and fulfils the condition is safe from now on. */
    synchronized void makeDurable(java.util.function.BiPredicate<Long, Entry> which) {
        entries.values()
                .forEach(samples -> samples.forEach((t, entry) -> {
                    if (entry.acknowledged && which.test(t, entry)) {
                        entry.durable = true;
                    }
                }));
    }

    /** After a crash: only what is durable, or fulfils the condition, must still be there. */
    synchronized void excuse(Predicate<Entry> promised) {
        entries.values()
                .forEach(samples -> samples.values().forEach(entry -> {
                    entry.acknowledged &= entry.durable || promised.test(entry);
                    // So may a deletion have been lost.
                    entry.deleted = false;
                }));
    }

    /** What must be there at this moment. */
    synchronized Map<Labels, TreeMap<Long, Entry>> due() {
        Map<Labels, TreeMap<Long, Entry>> due = new TreeMap<>();
        entries.forEach((labels, samples) -> {
            TreeMap<Long, Entry> some = new TreeMap<>();
            samples.forEach((t, entry) -> {
                if (entry.acknowledged) {
                    some.put(t, entry);
                }
            });
            if (!some.isEmpty()) {
                due.put(labels, some);
            }
        });
        return due;
    }

    /** Where samples may be that the store has deleted. */
    interface Elsewhere {
        Map<Labels, TreeMap<Long, String>> read() throws IOException;
    }

    /** Fails if something that is due is neither found nor elsewhere, or something is found that nobody sent. */
    synchronized void check(
            Map<Labels, TreeMap<Long, Entry>> due, Map<Labels, TreeMap<Long, String>> found, Elsewhere elsewhere)
            throws IOException {
        List<String> faults = new ArrayList<>();
        Map<Labels, TreeMap<Long, Entry>> missing = missing(due, found);
        if (!missing.isEmpty()) {
            Map<Labels, TreeMap<Long, String>> there = elsewhere.read();
            missing(missing, there).forEach((labels, samples) -> {
                TreeMap<Long, String> series = found.getOrDefault(labels, new TreeMap<>());
                faults.add(labels + " lost " + samples.size() + " samples of " + samples.firstKey() + ".."
                        + samples.lastKey() + (samples.firstEntry().getValue().late ? " (late)" : "") + ", has "
                        + (series.isEmpty()
                                ? "none"
                                : series.size() + " of " + series.firstKey() + ".." + series.lastKey()));
            });
            checkSent(there, faults);
        }
        checkSent(found, faults);
        checkDeleted(found, faults);
        assertEquals(List.of(), faults);
    }

    private void checkDeleted(Map<Labels, TreeMap<Long, String>> found, List<String> faults) {
        found.forEach((labels, samples) -> samples.keySet().forEach(t -> {
            Entry entry = entries.getOrDefault(labels, new TreeMap<>()).get(t);
            if (entry != null && entry.deleted) {
                faults.add(labels + " has at " + t + " what was deleted");
            }
        }));
    }

    private static Map<Labels, TreeMap<Long, Entry>> missing(
            Map<Labels, TreeMap<Long, Entry>> due, Map<Labels, TreeMap<Long, String>> found) {
        Map<Labels, TreeMap<Long, Entry>> missing = new TreeMap<>();
        due.forEach((labels, samples) -> {
            TreeMap<Long, String> series = found.getOrDefault(labels, new TreeMap<>());
            samples.forEach((t, entry) -> {
                if (!series.containsKey(t)) {
                    missing.computeIfAbsent(labels, key -> new TreeMap<>()).put(t, entry);
                }
            });
        });
        return missing;
    }

    private void checkSent(Map<Labels, TreeMap<Long, String>> found, List<String> faults) {
        found.forEach((labels, samples) -> samples.forEach((t, text) -> {
            Entry entry = entries.getOrDefault(labels, new TreeMap<>()).get(t);
            if (entry == null || !entry.texts.contains(text)) {
                faults.add(labels + " has at " + t + " what nobody sent: " + text + ", sent "
                        + (entry == null ? "nothing" : entry.texts));
            }
        }));
    }

    /** What a store has when it was just opened stays. */
    synchronized void keep(Map<Labels, TreeMap<Long, String>> found) {
        found.forEach((labels, samples) -> samples.keySet().forEach(t -> {
            Entry entry = entries.get(labels).get(t);
            entry.acknowledged = true;
            entry.durable = true;
            entry.doomed = false;
        }));
    }
}
