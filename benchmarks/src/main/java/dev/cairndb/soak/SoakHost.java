package dev.cairndb.soak;

import dev.cairndb.index.Labels;
import dev.cairndb.objstore.FileObjectStore;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbListener;
import dev.cairndb.tsdb.TsdbOptions;
import dev.cairndb.tsdb.TsdbRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The process that {@link Soak} watches and kills: stores with writers and readers, and visitors, which are tenants
 * that come, write a little and go. Says on its standard output what was answered and how it is; ends when its input
 * ends.
 */
final class SoakHost {
    private static final int TENANTS = 4;
    private static final int VISIT_ROUNDS = 20;
    private static final long RETENTION_HOURS = 12;
    /** Blocks may be gone that ended before. */
    private static final long CHECKED_ROUNDS = Duration.ofHours(5).toMillis() / SoakWriter.STEP_MILLIS;
    /** Rounds that are read while others are written. */
    private static final long QUERIED_ROUNDS = 200;

    /** A second writer of each tenant is so far behind that its samples are late. */
    private static final long LATE_MILLIS = Duration.ofHours(5).toMillis();

    private static final long PAUSE_MILLIS = 20;
    private static final long[] JUMPS_MILLIS = {0, 240_000, 0, -300_000, 0, -3_600_000};

    private final Path directory;
    private final FastClock clock;
    private final long startMillis;
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final TsdbRuntime runtime = TsdbRuntime.create();
    private final Map<String, Long> answered = new ConcurrentHashMap<>();
    private final AtomicLong samplesRead = new AtomicLong();
    private final AtomicLong visits = new AtomicLong();
    private volatile boolean stopped;

    private SoakHost(Path directory, long startMillis, long nowMillis) {
        this.directory = directory;
        this.startMillis = startMillis;
        clock = new FastClock(nowMillis);
    }

    /**
     * {@code DIRECTORY START NOW [WRITER=ROUND...]}: times in milliseconds, and what was answered to earlier processes.
     */
    public static void main(String[] arguments) throws Exception {
        SoakHost host = new SoakHost(Path.of(arguments[0]), Long.parseLong(arguments[1]), Long.parseLong(arguments[2]));
        for (int i = 3; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            host.answered.put(arguments[i].substring(0, equals), Long.parseLong(arguments[i].substring(equals + 1)));
        }
        host.run();
    }

    private void run() throws Exception {
        List<Tsdb> stores = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            Tsdb db = open("tenant-" + tenant);
            stores.add(db);
            List<SoakWriter> writers = List.of(
                    new SoakWriter("live-" + tenant, startMillis, 0),
                    new SoakWriter("late-" + tenant, startMillis, LATE_MILLIS));
            for (SoakWriter writer : writers) {
                checkAnswered(writer, db);
                threads.add(thread("write " + writer.name(), () -> write(writer, db)));
                threads.add(thread("read " + writer.name(), () -> read(writer, db)));
            }
        }
        threads.add(thread("visitor", this::visit));
        threads.add(thread("clock", this::jump));
        threads.add(thread("figures", this::report));
        threads.forEach(Thread::start);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            // Until the end: nothing is said on it.
        }
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        for (Tsdb db : stores) {
            db.close();
        }
        runtime.close();
        out.println("CLOSED");
    }

    private void checkAnswered(SoakWriter writer, Tsdb db) throws IOException {
        Long last = answered.get(writer.name());
        if (last != null) {
            out.println("CHECKED " + writer.check(db, Math.max(0, last - CHECKED_ROUNDS), last));
        }
    }

    private Tsdb open(String tenant) throws IOException {
        Path bucket = directory.resolve("bucket-" + tenant);
        Files.createDirectories(bucket);
        return Tsdb.builder(directory.resolve(tenant))
                .runtime(runtime)
                .clock(clock)
                .objectStore(new FileObjectStore(bucket))
                .externalLabels(Labels.of("replica", "soak"))
                .options(TsdbOptions.defaults().withRetention(Duration.ofHours(RETENTION_HOURS)))
                .listener(new TsdbListener() {
                    @Override
                    public void backgroundFailure(String what, Exception failure) {
                        out.println("FAILED " + tenant + ": " + what + ": " + failure);
                    }
                })
                .open();
    }

    private interface Task {
        void run() throws Exception;
    }

    private Thread thread(String name, Task task) {
        return new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (Exception e) {
                        out.println("FAILED " + name + ": " + e);
                        e.printStackTrace();
                    }
                },
                name);
    }

    private void write(SoakWriter writer, Tsdb db) throws Exception {
        long round = answered.getOrDefault(writer.name(), -1L) + 1;
        while (!stopped) {
            if (round <= writer.roundAt(clock.steadyMillis()) && writer.write(db, round)) {
                answered.put(writer.name(), round);
                out.println("ANSWERED " + writer.name() + " " + round);
                round++;
            } else {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private void read(SoakWriter writer, Tsdb db) throws Exception {
        Random random = new Random(writer.name().hashCode());
        while (!stopped) {
            long last = answered.getOrDefault(writer.name(), -1L);
            long to = last - (long) (random.nextDouble() * Math.min(last, CHECKED_ROUNDS - QUERIED_ROUNDS));
            if (last >= 0) {
                samplesRead.addAndGet(writer.check(db, Math.max(0, to - QUERIED_ROUNDS), to));
            }
            Thread.sleep(10 * PAUSE_MILLIS);
        }
    }

    private void visit() throws Exception {
        for (long visit = 0; !stopped; visit++) {
            // Some come again, others are new.
            SoakWriter visitor = new SoakWriter("visitor-" + visit % 50, startMillis, 0);
            long from = visitor.roundAt(clock.steadyMillis()) - VISIT_ROUNDS;
            try (Tsdb db = open(visitor.name())) {
                for (int i = 0; i < VISIT_ROUNDS && !stopped; i++) {
                    boolean unused = visitor.write(db, from + i);
                }
            }
            visits.incrementAndGet();
            Thread.sleep(10 * PAUSE_MILLIS);
        }
    }

    private void jump() throws Exception {
        for (int i = 0; !stopped; i++) {
            clock.jump(JUMPS_MILLIS[i % JUMPS_MILLIS.length]);
            for (int waited = 0; waited < 3_000 && !stopped; waited += (int) PAUSE_MILLIS) {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private void report() throws Exception {
        while (!stopped) {
            out.println("NOW " + clock.steadyMillis());
            out.println(Figures.ofThisProcess().line() + " visits=" + visits + " samplesRead=" + samplesRead);
            Thread.sleep(5_000);
        }
    }
}
