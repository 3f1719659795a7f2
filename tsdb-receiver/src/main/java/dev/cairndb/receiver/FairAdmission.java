package dev.cairndb.receiver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a bounded number of works be done at a time. Otherwise they wait, and the tenants that wait share the turns by
 * what their works cost: a tenant that sends more than is taken waits behind itself, whether it sends many small
 * requests or a few large ones, and one that sends little waits for little, whatever the others send.
 *
 * <p>The order is that of self-clocked fair queueing (Golestani, "A self-clocked fair queueing scheme for broadband
 * applications", 1994): the first work of each tenant has a tag, its cost behind the tag of the work that was taken
 * last, and the lowest tag is next. Of two tenants that wait all the time none gets more than the other but for one
 * work of each.
 *
 * <p>When too many wait, the youngest work of the tenant that has the most of them is refused. One that has waited so
 * long that its sender may have given up is refused without work, or an overload would be spent on answers nobody
 * reads. Thread-safe.
 */
final class FairAdmission {
    /** Works a thread does before it lets the tasks of its pool have their turn. */
    private static final int WORKS_IN_A_ROW_MAX = 32;

    private static final Comparator<Line> TURN =
            Comparator.<Line>comparingLong(line -> line.tag).thenComparingLong(line -> line.sequence);

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Line> lines = new HashMap<>();
    /** Those with works that wait. */
    private final TreeSet<Line> turns = new TreeSet<>(TURN);

    private final Executor executor;
    private final Bounds bounds;
    private final LongSupplier nanoTime;
    private int concurrencyMax;
    private int running;
    private int waiting;
    /** The tag of the work that was taken last. */
    private long virtualTime;

    private long sequence;
    private volatile boolean closed;

    /** Stands for all tenants where what they run is not counted. */
    private final Line uncounted = new Line("");

    /**
     * How much is let in.
     *
     * @param concurrencyMax works that are done at a time, at first
     * @param waitingMax works that wait, of all tenants
     * @param waitMillisMax how long they do
     * @param shareOfFreeMax of several works of one tenant, a further one is begun only while they are at most so many
     *     times the places that are free then, so that a newcomer finds one however long works take (dynamic
     *     thresholds, as in {@link ByteBudget}); 0: a tenant may have all places
     */
    record Bounds(int concurrencyMax, int waitingMax, long waitMillisMax, int shareOfFreeMax) {}

    /** What is to be done with a request. */
    interface Work {
        void run();

        /** Instead of {@link #run}. */
        void refuse(Refusal why);
    }

    enum Refusal {
        /** Too many wait, and most of them are of this tenant. */
        TOO_MANY_WAITING,
        WAITED_TOO_LONG,
        STOPPING
    }

    /** The works of a tenant; there is none without any. */
    private static final class Line {
        final String tenant;
        final ArrayDeque<Waiting> works = new ArrayDeque<>();
        int running;
        long tag;
        long sequence;

        Line(String tenant) {
            this.tenant = tenant;
        }
    }

    private record Waiting(Line line, Work work, long cost, long sinceNanos) {}

    /**
     * @param executor runs works that had to wait
     * @param nanoTime a monotonic clock
     */
    FairAdmission(Executor executor, Bounds bounds, LongSupplier nanoTime) {
        this.executor = executor;
        this.bounds = bounds;
        this.nanoTime = nanoTime;
        concurrencyMax = bounds.concurrencyMax;
    }

    void concurrencyMax(int max) {
        lock.lock();
        try {
            concurrencyMax = max;
        } finally {
            lock.unlock();
        }
        startAll();
    }

    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    int running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a work of the tenant would be refused now since too many wait. */
    boolean isFullFor(String tenant) {
        lock.lock();
        try {
            Line line = lines.get(tenant);
            return waiting >= bounds.waitingMax && longestButFor(line == null ? 0 : line.works.size()) == null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs the work in this thread if there is room, else later, or refuses it.
     *
     * @param cost what it takes beside others, at least 1
     */
    void admit(String tenant, long cost, Work work) {
        Line line;
        lock.lock();
        try {
            line = closed || waiting > 0 ? null : placeFor(tenant);
        } finally {
            lock.unlock();
        }
        if (line == null) {
            submit(tenant, cost, work);
            return;
        }
        try {
            work.run();
        } finally {
            release(line);
            // In another thread: this one has a connection to go on with.
            startAll();
        }
    }

    /** Runs the work in a thread of the executor, now or later, or refuses it. */
    void submit(String tenant, long cost, Work work) {
        Waiting refused = null;
        boolean stopping;
        lock.lock();
        try {
            stopping = closed;
            if (!stopping) {
                Line line = lines.computeIfAbsent(tenant, Line::new);
                refused = enqueue(new Waiting(line, work, cost, nanoTime.getAsLong()));
            }
        } finally {
            lock.unlock();
        }
        if (stopping) {
            work.refuse(Refusal.STOPPING);
            return;
        }
        if (refused != null) {
            refused.work.refuse(Refusal.TOO_MANY_WAITING);
        }
        startAll();
    }

    /** Refuses those that have waited too long; others would find out only when their turn comes. */
    void refuseLate() {
        List<Waiting> late = new ArrayList<>();
        lock.lock();
        try {
            for (Line line : new ArrayList<>(turns)) {
                while (!line.works.isEmpty() && isLate(line.works.peek())) {
                    late.add(removeFirst(line));
                }
            }
        } finally {
            lock.unlock();
        }
        late.forEach(each -> each.work.refuse(Refusal.WAITED_TOO_LONG));
    }

    /** Refuses all that wait, and all to come; those that run go on. */
    void close() {
        List<Waiting> left = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            for (Line line : new ArrayList<>(turns)) {
                while (!line.works.isEmpty()) {
                    left.add(removeFirst(line));
                }
            }
        } finally {
            lock.unlock();
        }
        left.forEach(each -> each.work.refuse(Refusal.STOPPING));
    }

    /** Takes a place for a work that need not wait, or returns null. Under the lock. */
    private @Nullable Line placeFor(String tenant) {
        if (running >= concurrencyMax) {
            return null;
        }
        Line line = bounds.shareOfFreeMax == 0 ? uncounted : lines.computeIfAbsent(tenant, Line::new);
        if (!mayRun(line)) {
            return null;
        }
        line.running++;
        running++;
        return line;
    }

    private boolean mayRun(Line line) {
        int freeThen = concurrencyMax - running - 1;
        return bounds.shareOfFreeMax == 0
                || line.running == 0
                || line.running + 1 <= (long) bounds.shareOfFreeMax * freeThen;
    }

    /** Returns who has to go for it, which may be the newcomer itself. Under the lock. */
    private @Nullable Waiting enqueue(Waiting newcomer) {
        Line line = newcomer.line;
        Waiting youngest = null;
        if (waiting >= bounds.waitingMax) {
            Line longest = longestButFor(line.works.size());
            if (longest == null) {
                forgetIfEmpty(line);
                return newcomer;
            }
            // It has another before this one.
            youngest = longest.works.removeLast();
            waiting--;
        }
        line.works.add(newcomer);
        waiting++;
        if (line.works.size() == 1) {
            comesNext(line);
        }
        return youngest;
    }

    /** The tenant that has the most waiting, or null if that is the one that has so many now. */
    private @Nullable Line longestButFor(int own) {
        Line longest = null;
        for (Line each : turns) {
            if (longest == null || each.works.size() > longest.works.size()) {
                longest = each;
            }
        }
        return longest == null || longest.works.size() <= own + 1 ? null : longest;
    }

    /** Gives the line the tag of its first work. */
    private void comesNext(Line line) {
        line.tag = virtualTime + line.works.element().cost;
        line.sequence = sequence++;
        turns.add(line);
    }

    /** Takes the first work out of its line; not as its turn. */
    private Waiting removeFirst(Line line) {
        turns.remove(line);
        Waiting first = line.works.remove();
        waiting--;
        if (line.works.isEmpty()) {
            forgetIfEmpty(line);
        } else {
            line.tag += line.works.element().cost - first.cost;
            turns.add(line);
        }
        return first;
    }

    private void forgetIfEmpty(Line line) {
        if (line.running == 0 && line.works.isEmpty()) {
            boolean unused = lines.remove(line.tenant, line);
        }
    }

    private void release(Line line) {
        lock.lock();
        try {
            running--;
            line.running--;
            forgetIfEmpty(line);
        } finally {
            lock.unlock();
        }
    }

    /** Starts as many works as there is room for. */
    private void startAll() {
        for (Waiting next = takeNext(); next != null; next = takeNext()) {
            start(next);
        }
    }

    private void start(Waiting next) {
        try {
            executor.execute(() -> runInARow(next));
        } catch (RejectedExecutionException e) {
            release(next.line);
            next.work.refuse(Refusal.STOPPING);
        }
    }

    private void runInARow(Waiting first) {
        Waiting next = first;
        for (int i = 0; next != null; i++) {
            if (i == WORKS_IN_A_ROW_MAX) {
                start(next);
                return;
            }
            boolean done = false;
            try {
                runInTime(next);
                done = true;
            } finally {
                release(next.line);
                if (!done) {
                    startAll();
                }
            }
            next = takeNext();
            if (bounds.shareOfFreeMax > 0) {
                // A place that is free again raises the shares of several.
                startAll();
            }
        }
    }

    private void runInTime(Waiting next) {
        if (closed) {
            next.work.refuse(Refusal.STOPPING);
        } else if (isLate(next)) {
            next.work.refuse(Refusal.WAITED_TOO_LONG);
        } else {
            next.work.run();
        }
    }

    private boolean isLate(Waiting work) {
        return nanoTime.getAsLong() - work.sinceNanos > TimeUnit.MILLISECONDS.toNanos(bounds.waitMillisMax);
    }

    /** Takes the work whose turn it is, and its place among the running ones. */
    private @Nullable Waiting takeNext() {
        lock.lock();
        try {
            Line line = running < concurrencyMax ? nextLine() : null;
            if (line == null) {
                return null;
            }
            turns.remove(line);
            // A tenant that was passed over since it has too many running gets nothing for it afterwards.
            virtualTime = Math.max(virtualTime, line.tag);
            Waiting next = line.works.remove();
            waiting--;
            running++;
            line.running++;
            if (!line.works.isEmpty()) {
                comesNext(line);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Line nextLine() {
        for (Line line : turns) {
            if (mayRun(line)) {
                return line;
            }
        }
        return null;
    }
}
