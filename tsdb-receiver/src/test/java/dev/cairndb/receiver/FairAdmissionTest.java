package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FairAdmissionTest {
    /** Tasks run when the test says so. */
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    private final AtomicLong nanos = new AtomicLong();
    private final List<String> done = new ArrayList<>();

    private FairAdmission admission(int concurrencyMax, int waitingMax) {
        return new FairAdmission(tasks::add, concurrencyMax, waitingMax, nanos::get);
    }

    private FairAdmission.Work work(String name, Runnable during) {
        return new FairAdmission.Work() {
            @Override
            public void run() {
                done.add(name);
                during.run();
            }

            @Override
            public void refuse(FairAdmission.Refusal why) {
                done.add(name + ":" + why);
            }
        };
    }

    private FairAdmission.Work work(String name) {
        return work(name, () -> {});
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void withRoomAWorkRunsAtOnceInItsOwnThread() {
        FairAdmission admission = admission(1, 10);
        admission.admit("a", work("1"));
        admission.admit("b", work("2"));
        assertEquals(List.of("1", "2"), done);
        assertTrue(tasks.isEmpty());
    }

    @Test
    void tenantsThatWaitTakeTurnsWhateverOneOfThemSends() {
        FairAdmission admission = admission(1, 1_000);
        admission.admit("noisy", work("first", () -> {
            for (int i = 0; i < 500; i++) {
                admission.admit("noisy", work("n" + i));
            }
            admission.admit("quiet", work("q0"));
            admission.admit("other", work("o0"));
            admission.admit("quiet", work("q1"));
            assertEquals(503, admission.waiting());
        }));
        runTasks();
        assertEquals(List.of("first", "n0", "q0", "o0", "n1", "q1", "n2", "n3"), done.subList(0, 8));
        assertEquals(504, done.size());
        assertEquals("n499", done.get(503), "in the order in which they came");
        assertEquals(0, admission.waiting());
    }

    @Test
    void whenTooManyWaitTheTenantWithTheMostLosesItsYoungest() {
        FairAdmission admission = admission(1, 4);
        admission.admit("noisy", work("first", () -> {
            for (int i = 0; i < 5; i++) {
                admission.admit("noisy", work("n" + i));
            }
            assertEquals(List.of("first", "n4:TOO_MANY_WAITING"), done);
            admission.admit("quiet", work("q0"));
            admission.admit("quiet", work("q1"));
            assertEquals(List.of("n3:TOO_MANY_WAITING", "n2:TOO_MANY_WAITING"), done.subList(2, 4));
            admission.admit("quiet", work("q2"));
            admission.admit("other", work("o0"));
            assertEquals(4, admission.waiting());
        }));
        runTasks();
        assertEquals(List.of("q2:TOO_MANY_WAITING"), done.subList(4, 5));
        assertEquals(4, done.stream().filter(name -> !name.contains(":")).count() - 1);
        assertTrue(done.contains("o0"), done::toString);
    }

    @Test
    void oneThatWaitedTooLongIsRefusedWithoutWork() {
        FairAdmission admission = admission(1, 10);
        admission.admit("a", work("1", () -> {
            admission.admit("a", work("2"));
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(FairAdmission.WAIT_MILLIS_MAX));
            admission.admit("a", work("3"));
            nanos.addAndGet(1);
        }));
        runTasks();
        assertEquals(List.of("1", "2:WAITED_TOO_LONG", "3"), done);
    }

    @Test
    void theConcurrencyCanBeChangedAndAWorkThatThrowsGivesItsPlaceBack() {
        FairAdmission admission = admission(1, 10);
        admission.admit("a", work("1", () -> {
            admission.admit("a", work("2", () -> {
                throw new IllegalStateException("for the test");
            }));
            admission.admit("a", work("3"));
            admission.concurrencyMax(3);
            assertEquals(2, tasks.size(), "both have their place now");
        }));
        try {
            runTasks();
        } catch (IllegalStateException e) {
            runTasks();
        }
        assertEquals(List.of("1", "2", "3"), done);
        admission.concurrencyMax(1);
        admission.admit("a", work("4"));
        assertEquals(List.of("1", "2", "3", "4"), done);
    }

    @Test
    void withManyThreadsNoMoreThanAllowedRunAtATimeAndNoneIsLost() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            FairAdmission admission = new FairAdmission(threads, 3, 100_000, System::nanoTime);
            AtomicInteger running = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
            int count = 20_000;
            CountDownLatch all = new CountDownLatch(count);
            for (int i = 0; i < count; i++) {
                int number = i;
                threads.execute(() -> admission.admit("tenant-" + number % 7, new FairAdmission.Work() {
                    @Override
                    public void run() {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        ran.add(number);
                        running.decrementAndGet();
                        all.countDown();
                    }

                    @Override
                    public void refuse(FairAdmission.Refusal why) {
                        throw new AssertionError(why);
                    }
                }));
            }
            assertTrue(all.await(60, TimeUnit.SECONDS), () -> all.getCount() + " were lost");
            assertTrue(most.get() <= 3, most + " at a time");
            assertEquals(count, ran.stream().distinct().count());
        } finally {
            threads.shutdownNow();
        }
    }
}
