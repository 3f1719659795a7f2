package dev.cairndb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark runs; what it measures this way means nothing. */
class BenchmarksRunTest {
    @Test
    void everyBenchmarkRunsForOneTinyIteration() throws Exception {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build())
                .run();

        Set<String> ran = results.stream()
                .map(result -> result.getParams().getBenchmark())
                .collect(Collectors.toCollection(TreeSet::new));
        assertFalse(ran.isEmpty());
        assertEquals(generated(), ran);
    }

    /** The benchmarks that the generator saw when this module was compiled. */
    private static Set<String> generated() throws Exception {
        try (InputStream list = BenchmarksRunTest.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(BenchmarksRunTest::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** A line is a list of texts, each with its kind and length in front: class, generated class, method. */
    private static String name(String line) {
        String[] words = line.split(" +");
        return words[3] + "." + words[9];
    }
}
