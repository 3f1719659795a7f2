package dev.cairndb.index;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Set operations on posting lists of a head with a million series. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PostingsBenchmark {
    private static final int SERIES = 1_000_000;
    private static final int INSTANCES = 1_000;

    /** {@code job="api"}: a long run of neighbours. */
    private PostingList job;
    /** A metric name: one in every thousand. */
    private PostingList metric;
    /** A status label: a scattered third of all. */
    private PostingList status;
    /** The values that {@code instance=~"..."} matched. */
    private PostingList[] instances;

    private final PostingCursor cursor = new PostingCursor();

    @Setup
    public void makeLists() {
        Random random = new Random(1);
        job = range(200_000, 300_000, 1);
        metric = range(7, SERIES, 1_000);
        int[] scattered = new int[SERIES];
        int count = 0;
        for (int id = 0; id < SERIES; id++) {
            if (random.nextInt(3) == 0) {
                scattered[count++] = id;
            }
        }
        status = PostingList.ofSorted(scattered, count);
        instances = new PostingList[INSTANCES];
        for (int i = 0; i < INSTANCES; i++) {
            instances[i] = range(i * (SERIES / INSTANCES), i * (SERIES / INSTANCES) + 200, 1);
        }
    }

    private static PostingList range(int from, int to, int step) {
        int[] ids = new int[(to - from + step - 1) / step];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = from + i * step;
        }
        return PostingList.ofSorted(ids);
    }

    @Benchmark
    public PostingList intersectFewWithMany() {
        return PostingList.intersect(metric, job);
    }

    @Benchmark
    public PostingList intersectManyWithMany() {
        return PostingList.intersect(job, status);
    }

    @Benchmark
    public PostingList intersectThree() {
        return PostingList.intersect(status, metric, job);
    }

    @Benchmark
    public PostingList uniteAThousand() {
        return PostingList.union(instances);
    }

    @Benchmark
    public PostingList takeAway() {
        return job.minus(status);
    }

    /** Reading the ids of a selection of 100,000. */
    @Benchmark
    public long walk() {
        cursor.reset(job);
        long sum = 0;
        while (cursor.next()) {
            sum += cursor.id();
        }
        return sum;
    }
}
