package dev.cairndb.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks of JMH, each iteration a value. */
final class JmhFigures {
    private static final String PACKAGE = "dev.cairndb.";
    /** The parameter whose value is whose figure it is. */
    private static final String SUBJECT_PARAMETER = "codec";

    private static final String CPU_COUNTER = "cpuNanosPerSample";

    private static final int FORKS = 2;
    /** Enough for the compiler also where it gets little of the processor. */
    private static final TimeValue WARMUP = TimeValue.seconds(3);

    private static final TimeValue ITERATION = TimeValue.milliseconds(300);

    private JmhFigures() {}

    /** All benchmarks once, in this process, for a millisecond: only whether they work. */
    static List<Figure> smoke() throws RunnerException {
        return run(new OptionsBuilder()
                .include(everything())
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .verbosity(VerboseMode.SILENT));
    }

    /** @param include a regular expression that benchmarks' names must contain */
    static List<Figure> measure(String include) throws RunnerException {
        return run(new OptionsBuilder()
                .include(include)
                .forks(FORKS)
                .warmupIterations(1)
                .warmupTime(WARMUP)
                .measurementIterations(3)
                .measurementTime(ITERATION));
    }

    /** Codecs of others may bring benchmarks of their own. */
    static String everything() {
        return "^" + PACKAGE.replace(".", "\\.");
    }

    private static List<Figure> run(ChainedOptionsBuilder options) throws RunnerException {
        List<Figure> figures = new ArrayList<>();
        for (RunResult result : new Runner(options.shouldFailOnError(true).build()).run()) {
            add(result, figures);
        }
        return figures;
    }

    private static void add(RunResult run, List<Figure> figures) {
        BenchmarkParams params = run.getParams();
        String benchmark = params.getBenchmark();
        String group = benchmark.substring(PACKAGE.length(), benchmark.lastIndexOf('.'));
        String subject = "CairnDB";
        StringBuilder name = new StringBuilder(benchmark.substring(benchmark.lastIndexOf('.') + 1));
        for (String parameter : params.getParamsKeys()) {
            if (parameter.equals(SUBJECT_PARAMETER)) {
                subject = params.getParam(parameter);
            } else {
                name.append(' ').append(params.getParam(parameter));
            }
        }
        List<Double> times = new ArrayList<>();
        Map<String, List<Double>> counters = new TreeMap<>();
        for (BenchmarkResult fork : run.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                times.add(iteration.getPrimaryResult().getScore());
                for (Map.Entry<String, Result> counter :
                        iteration.getSecondaryResults().entrySet()) {
                    // others are of the profiler, if one was asked for
                    if (!counter.getKey().startsWith("·")) {
                        counters.computeIfAbsent(counter.getKey(), k -> new ArrayList<>())
                                .add(counter.getValue().getScore());
                    }
                }
            }
        }
        // Where a benchmark tells the CPU time, that of the clock says less.
        List<Double> cpu = counters.remove(CPU_COUNTER);
        String unit = cpu == null ? run.getPrimaryResult().getScoreUnit() : "ns of CPU";
        figures.add(new Figure(group, name.toString(), subject, unit, false, cpu == null ? times : cpu));
        for (Map.Entry<String, List<Double>> counter : counters.entrySet()) {
            figures.add(new Figure(group, name + ": " + counter.getKey(), subject, "bytes", false, counter.getValue()));
        }
    }
}
