package dev.cairndb.chunks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The codec of somebody else that benchmarks/README.md shows is compiled, found by its name and measured. */
class CodecOfReadmeTest {
    private static final Pattern EXAMPLE =
            Pattern.compile("```java\\R(public final class (\\w+) implements .*?)```", Pattern.DOTALL);

    @Test
    void itIsMeasuredByItsName(@TempDir Path directory) throws Exception {
        Matcher example = EXAMPLE.matcher(Files.readString(Path.of("README.md")));
        assertTrue(example.find(), "no example in README.md");
        Path source = Files.writeString(directory.resolve(example.group(2) + ".java"), example.group(1));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertEquals(
                0,
                compiler.run(null, null, null, "-cp", "target/classes", "-d", directory.toString(), source.toString()));

        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            assertEquals(8, run(example.group(2)).size(), "four benchmarks with two kinds of data");
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    private static Collection<RunResult> run(String codec) throws Exception {
        return new Runner(new OptionsBuilder()
                        .include("FloatCodecBenchmark")
                        .param("codec", codec)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build())
                .run();
    }
}
