package dev.cairndb.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FairAdmissionTest {
    private static final long WAIT_MILLIS_MAX = 10_000;

    /** Tasks run when the test says so. */
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    private final AtomicLong nanos = new AtomicLong();
    private final List<String> done = new ArrayList<>();

    private FairAdmission admission(int concurrencyMax, int waitingMax) {
        return admission(concurrencyMax, waitingMax, 0);
    }

    private FairAdmission admission(int concurrencyMax, int waitingMax, int shareOfFreeMax) {
        return new FairAdmission(
                tasks::add,
                new FairAdmission.Bounds(concurrencyMax, waitingMax, WAIT_MILLIS_MAX, shareOfFreeMax),
                nanos::get);
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
        admission.admit("a", 1, work("1"));
        admission.admit("b", 1, work("2"));
        assertEquals(List.of("1", "2"), done);
        assertTrue(tasks.isEmpty());
    }

    @Test
    void tenantsThatWaitTakeTurnsWhateverOneOfThemSends() {
        FairAdmission admission = admission(1, 1_000);
        admission.admit("noisy", 1, work("first", () -> {
            for (int i = 0; i < 500; i++) {
                admission.admit("noisy", 1, work("n" + i));
            }
            admission.admit("quiet", 1, work("q0"));
            admission.admit("other", 1, work("o0"));
            admission.admit("quiet", 1, work("q1"));
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
        admission.admit("noisy", 1, work("first", () -> {
            for (int i = 0; i < 5; i++) {
                admission.admit("noisy", 1, work("n" + i));
            }
            assertEquals(List.of("first", "n4:TOO_MANY_WAITING"), done);
            admission.admit("quiet", 1, work("q0"));
            admission.admit("quiet", 1, work("q1"));
            assertEquals(List.of("n3:TOO_MANY_WAITING", "n2:TOO_MANY_WAITING"), done.subList(2, 4));
            admission.admit("quiet", 1, work("q2"));
            admission.admit("other", 1, work("o0"));
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
        admission.admit("a", 1, work("1", () -> {
            admission.admit("a", 1, work("2"));
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS_MAX));
            admission.admit("a", 1, work("3"));
            nanos.addAndGet(1);
        }));
        runTasks();
        assertEquals(List.of("1", "2:WAITED_TOO_LONG", "3"), done);
    }

    @Test
    void theConcurrencyCanBeChangedAndAWorkThatThrowsGivesItsPlaceBack() {
        FairAdmission admission = admission(1, 10);
        admission.admit("a", 1, work("1", () -> {
            admission.admit("a", 1, work("2", () -> {
                throw new IllegalStateException("for the test");
            }));
            admission.admit("a", 1, work("3"));
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
        admission.admit("a", 1, work("4"));
        assertEquals(List.of("1", "2", "3", "4"), done);
    }

    @Test
    void aTenantWithLargeWorksGetsNoMoreThanOneWithSmallOnes() {
        FairAdmission admission = admission(1, 1_000);
        admission.admit("large", 1, work("first", () -> {
            for (int i = 0; i < 10; i++) {
                admission.admit("large", 100, work("l" + i));
            }
            for (int i = 0; i < 100; i++) {
                admission.admit("small", 10, work("s" + i));
            }
        }));
        runTasks();
        assertEquals(111, done.size());
        for (int i = 0; i < 10; i++) {
            int small = i;
            long before = done.subList(0, done.indexOf("l" + small)).stream()
                    .filter(name -> name.startsWith("s"))
                    .count();
            assertTrue(before >= 10L * i && before <= 10L * (i + 1), before + " small ones before large one " + i);
        }
    }

    @Test
    void aTenantLeavesPlacesForOthersHoweverLongItsWorksTake() {
        FairAdmission admission = admission(16, 100, 2);
        for (int i = 0; i < 30; i++) {
            admission.submit("a", 1, work("a"));
        }
        // A task is a place that was given.
        assertEquals(10, tasks.size());
        assertEquals(20, admission.waiting());
        for (int i = 0; i < 30; i++) {
            admission.submit("b", 1, work("b"));
        }
        assertEquals(14, tasks.size());
        for (String newcomer : List.of("c", "d", "e")) {
            admission.submit(newcomer, 1, work(newcomer));
        }
        assertEquals(16, tasks.size());
        assertEquals(16, admission.running());
        runTasks();
        assertEquals(63, done.size());
        assertEquals(0, admission.running());
        admission.admit("a", 1, work("again"));
        assertEquals("again", done.get(63));
    }

    @Test
    void thoseThatWaitTooLongHearSoBeforeTheirTurnComes() {
        FairAdmission admission = admission(1, 10);
        admission.admit("a", 1, work("1", () -> {
            admission.admit("a", 5, work("2"));
            nanos.addAndGet(1);
            admission.admit("b", 3, work("3"));
            admission.admit("a", 1, work("4"));
            nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(WAIT_MILLIS_MAX));
            admission.refuseLate();
            assertEquals(List.of("1", "2:WAITED_TOO_LONG"), done);
        }));
        assertEquals(1, tasks.size());
        runTasks();
        assertEquals(List.of("1", "2:WAITED_TOO_LONG", "4", "3"), done, "4 is as cheap as if it had come first");
    }

    @Test
    void afterItIsClosedThoseThatWaitAndThoseToComeAreRefused() {
        FairAdmission admission = admission(2, 10);
        admission.submit("a", 1, work("1"));
        admission.admit("a", 1, work("2", () -> {
            admission.admit("a", 1, work("3"));
            admission.admit("b", 1, work("4"));
            admission.close();
        }));
        admission.admit("c", 1, work("5"));
        runTasks();
        assertEquals(List.of("2", "3:STOPPING", "4:STOPPING", "5:STOPPING", "1:STOPPING"), done);
        assertEquals(0, admission.running());
    }

    @Test
    void whoeverWouldBeRefusedCanKnowBefore() {
        FairAdmission admission = admission(1, 3);
        admission.admit("noisy", 1, work("first", () -> {
            for (int i = 0; i < 2; i++) {
                admission.admit("noisy", 1, work("n" + i));
                assertFalse(admission.isFullFor("noisy"));
            }
            admission.admit("noisy", 1, work("n2"));
            assertTrue(admission.isFullFor("noisy"));
            assertFalse(admission.isFullFor("quiet"));
            assertEquals(List.of("first"), done);
        }));
    }

    /** What waits, of each tenant, and what each got while it waited. */
    private static final class Backlog {
        final ArrayDeque<Integer> costs = new ArrayDeque<>();
        long got;
        long costMax;
    }

    @Property(tries = 300)
    void noTenantThatWaitsGetsMoreThanAnotherButForOneWorkOfEach(@ForAll Random random) {
        FairAdmission admission = admission(1, 100_000);
        Map<String, Backlog> backlogs = new TreeMap<>();
        // By pair of tenants: the least and the most that one was ahead, since both have been waiting.
        Map<String, long[]> leads = new TreeMap<>();
        int[] left = {200};
        admission.admit("blocker", 1, work("blocker", () -> submitSome(admission, backlogs, leads, left, random)));
        runTasks();
        assertEquals(0, admission.waiting());
        backlogs.forEach((tenant, backlog) -> assertEquals(0, backlog.costs.size(), tenant));
    }

    private void submitSome(
            FairAdmission admission,
            Map<String, Backlog> backlogs,
            Map<String, long[]> leads,
            int[] left,
            Random random) {
        for (int count = random.nextInt(left[0] == 200 ? 20 : 3); count > 0 && left[0] > 0; count--) {
            left[0]--;
            int number = random.nextInt(5);
            String tenant = "t" + number;
            // Some tenants send large ones, others small ones.
            int cost = 1 + random.nextInt(1 << 2 * number);
            Backlog backlog = backlogs.computeIfAbsent(tenant, name -> new Backlog());
            backlog.costs.add(cost);
            backlog.costMax = Math.max(backlog.costMax, cost);
            admission.admit(tenant, cost, work(tenant, () -> {
                int taken = backlog.costs.remove();
                assertEquals(cost, taken, "in the order in which they came");
                backlog.got += taken;
                checkLeads(backlogs, leads);
                submitSome(admission, backlogs, leads, left, random);
            }));
        }
    }

    private static void checkLeads(Map<String, Backlog> backlogs, Map<String, long[]> leads) {
        backlogs.forEach((one, a) -> backlogs.forEach((other, b) -> {
            String pair = one + one.compareTo(other) + other;
            if (a.costs.isEmpty() || b.costs.isEmpty()) {
                leads.remove(pair);
                return;
            }
            long lead = a.got - b.got;
            long[] range = leads.computeIfAbsent(pair, name -> new long[] {lead, lead});
            range[0] = Math.min(range[0], lead);
            range[1] = Math.max(range[1], lead);
            assertTrue(range[1] - range[0] <= a.costMax + b.costMax, () -> pair + ": " + Arrays.toString(range));
        }));
    }

    @Test
    void withManyThreadsNoMoreThanAllowedRunAtATimeAndNoneIsLost() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            FairAdmission admission =
                    new FairAdmission(threads, new FairAdmission.Bounds(3, 100_000, 600_000, 0), System::nanoTime);
            AtomicInteger running = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Integer> ran = Collections.synchronizedList(new ArrayList<>());
            int count = 20_000;
            CountDownLatch all = new CountDownLatch(count);
            for (int i = 0; i < count; i++) {
                int number = i;
                threads.execute(() -> admission.admit("tenant-" + number % 7, 1, new FairAdmission.Work() {
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
            assertTrue(all.await(Patience.SECONDS, TimeUnit.SECONDS), () -> all.getCount() + " were lost");
            assertTrue(most.get() <= 3, most + " at a time");
            assertEquals(count, ran.stream().distinct().count());
        } finally {
            threads.shutdownNow();
        }
    }
}
