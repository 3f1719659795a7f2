package dev.cairndb.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which calls of a {@link CrashingStorage} fail. Calls are counted per rule from 1 at the time the rule is added.
 * Thread-safe.
 */
public final class StorageFaults {
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Rule> rules = new ArrayList<>();
    private final Map<StorageOperation, Long> calls = new EnumMap<>(StorageOperation.class);
    private long injected;

    StorageFaults() {}

    /** The {@code nth} of the calls that match fails, once. */
    public void failOnce(StorageFault fault, Set<StorageOperation> operations, Predicate<Path> paths, long nth) {
        add(new Rule(fault, EnumSet.copyOf(operations), paths, nth, nth));
    }

    /** The {@code nth} of the calls that match fails, and all that follow until {@link #clear}. */
    public void failFrom(StorageFault fault, Set<StorageOperation> operations, Predicate<Path> paths, long nth) {
        add(new Rule(fault, EnumSet.copyOf(operations), paths, nth, Long.MAX_VALUE));
    }

    /** Forgets all rules. */
    public void clear() {
        lock.lock();
        try {
            rules.clear();
        } finally {
            lock.unlock();
        }
    }

    /** How many calls were made to fail so far: a test that wants to fail each call stops when this stays the same. */
    public long injected() {
        lock.lock();
        try {
            return injected;
        } finally {
            lock.unlock();
        }
    }

    /** How many calls there were so far, failed ones included. */
    public long calls(StorageOperation operation) {
        lock.lock();
        try {
            return calls.getOrDefault(operation, 0L);
        } finally {
            lock.unlock();
        }
    }

    /** Counts a call; returns what is to happen to it. */
    @Nullable
    StorageFault next(StorageOperation operation, Path path) {
        lock.lock();
        try {
            calls.merge(operation, 1L, Long::sum);
            StorageFault fault = null;
            for (Rule rule : rules) {
                if (rule.hits(operation, path) && fault == null) {
                    fault = rule.fault;
                    injected++;
                }
            }
            return fault;
        } finally {
            lock.unlock();
        }
    }

    private void add(Rule rule) {
        if (rule.first < 1) {
            throw new IllegalArgumentException("cannot fail a call: found=" + rule.first + ", expected=at least 1");
        }
        lock.lock();
        try {
            rules.add(rule);
        } finally {
            lock.unlock();
        }
    }

    private static final class Rule {
        final StorageFault fault;
        final Set<StorageOperation> operations;
        final Predicate<Path> paths;
        final long first;
        final long last;
        long seen;

        Rule(StorageFault fault, Set<StorageOperation> operations, Predicate<Path> paths, long first, long last) {
            this.fault = fault;
            this.operations = operations;
            this.paths = paths;
            this.first = first;
            this.last = last;
        }

        boolean hits(StorageOperation operation, Path path) {
            if (!operations.contains(operation) || !paths.test(path)) {
                return false;
            }
            seen++;
            return seen >= first && seen <= last;
        }
    }
}
