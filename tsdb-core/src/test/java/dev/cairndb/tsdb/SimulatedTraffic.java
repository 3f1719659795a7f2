package dev.cairndb.tsdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.testkit.ManualClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The writes of all senders and what becomes of them, one by one or by a thread for each sender. What was acknowledged
 * is told to the ledger, what was refused is sent again.
 */
final class SimulatedTraffic {
    private static final long ANSWER_SECONDS_MAX = 30;
    private static final long PAUSE_NANOS = 50_000;

    private final SimulationPlan plan;
    private final ManualClock clock;
    private final SimulationLedger ledger;
    private final SimulationLog log;
    private final List<SimulatedSender> senders = new ArrayList<>();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicLong answers = new AtomicLong();
    private volatile @Nullable Throwable thrown;

    // While threads send.
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;

    SimulatedTraffic(SimulationPlan plan, ManualClock clock, SimulationLedger ledger, SimulationLog log) {
        this.plan = plan;
        this.clock = clock;
        this.ledger = ledger;
        this.log = log;
        for (int i = 0; i < plan.senders(); i++) {
            senders.add(new SimulatedSender(i, plan.seed(), clock, plan.window().toMillis()));
        }
    }

    /** Lets one of the senders send something. */
    void send(Tsdb db, Random random, boolean mayWait) {
        SimulatedSender sender = senders.get(random.nextInt(senders.size()));
        send(db, sender, sender.next(), mayWait && random.nextBoolean());
    }

    /** Samples of the present time. */
    void sendPresent(Tsdb db, int sender) {
        SimulatedSender chosen = senders.get(sender % senders.size());
        send(db, chosen, chosen.present(), true);
    }

    private void send(Tsdb db, SimulatedSender sender, @Nullable SimulatedWrite write, boolean wait) {
        if (write == null) {
            return;
        }
        boolean isNew = ledger.isNew(write);
        long sentMillis = clock.wallMillis();
        ledger.sent(write);
        log.say(() -> "send " + write + (isNew ? "" : " again") + (wait ? "" : ", not waiting"));
        unanswered.incrementAndGet();
        if (wait) {
            try {
                answered(sender, write, isNew, sentMillis, write.batch(db).commit(), null);
            } catch (IOException | IllegalStateException e) {
                answered(sender, write, isNew, sentMillis, null, e);
            }
        } else {
            var unused = write.batch(db).commitAsync().whenComplete((result, e) -> {
                try {
                    Throwable failure = e instanceof CompletionException ? e.getCause() : e;
                    answered(sender, write, isNew, sentMillis, result, failure);
                } catch (Throwable failure) {
                    thrown = failure;
                }
            });
        }
    }

    private void answered(
            SimulatedSender sender,
            SimulatedWrite write,
            boolean isNew,
            long sentMillis,
            @Nullable AppendResult result,
            @Nullable Throwable failure) {
        try {
            heard(sender, write, isNew, sentMillis, result, failure);
        } finally {
            // Last: who waits for this takes it that the ledger knows the answer.
            answers.incrementAndGet();
            unanswered.decrementAndGet();
        }
    }

    private void heard(
            SimulatedSender sender,
            SimulatedWrite write,
            boolean isNew,
            long sentMillis,
            @Nullable AppendResult result,
            @Nullable Throwable failure) {
        if (result == null) {
            boolean closed = failure instanceof IllegalStateException && stopping;
            assertTrue(failure instanceof IOException || closed, () -> "not an answer: " + failure);
            log.say(() -> "refused: " + failure);
            sender.refused(write);
        } else if (result.rejectedTotal() == 0) {
            ledger.acknowledged(write, clock.monotonicNanos());
            sender.taken(write);
        } else {
            log.say(() -> "rejected: " + result);
            boolean inTime = clock.wallMillis() - sentMillis < plan.window().toMillis() / 20;
            boolean refused = result.rejected(Rejection.DELETED) > 0;
            assertTrue(
                    plan.threads() || !isNew || !inTime || refused,
                    () -> "rejected though new: " + write + ", " + result);
        }
    }

    // ---- threads ----

    /** Begins a thread for each sender. */
    void start(Tsdb db) {
        stopping = false;
        for (SimulatedSender sender : senders) {
            Thread thread = new Thread(() -> sendAll(db, sender), "sender");
            thread.start();
            threads.add(thread);
        }
    }

    private void sendAll(Tsdb db, SimulatedSender sender) {
        try {
            for (int i = 0; !stopping; i++) {
                SimulatedWrite write = sender.next();
                send(db, sender, write, i % 3 > 0);
                if (write == null || unanswered.get() > 4 * senders.size()) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        } catch (Throwable e) {
            thrown = e;
        }
    }

    /** Waits a moment until there were some more answers. */
    void awaitAnswers(int count) {
        long enough = answers.get() + count;
        for (int i = 0; i < 100 && answers.get() < enough && thrown == null; i++) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** From now on the store may be closed. */
    void beginStop() {
        stopping = true;
    }

    /** After the store was closed: every write has its answer, whatever it is. */
    void finishStop() {
        try {
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS_MAX));
                assertTrue(!thread.isAlive(), "a write never returns");
            }
            threads.clear();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS_MAX);
            while (unanswered.get() > 0 && System.nanoTime() < deadline) {
                Thread.sleep(1);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        rethrow();
        assertEquals(0, unanswered.get(), "writes without an answer");
    }

    void rethrow() {
        Throwable failure = thrown;
        if (failure != null) {
            throw new AssertionError(failure);
        }
    }
}
