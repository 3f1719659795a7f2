package dev.cairndb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.remote.RemoteWriteEncoder;
import dev.cairndb.testkit.Repository;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows works as it stands there. */
class ReadmeTest {
    private static final Path ROOT = Repository.root();
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");

    @TempDir
    Path directory;

    @Test
    void theTenLinesCompileAndFindWhatTheyWrote() throws Exception {
        Matcher block = JAVA.matcher(readme());
        assertTrue(block.find());
        String body = block.group(1);
        assertTrue(body.contains("Path.of(\"data\")"), body);
        compile("""
                import dev.cairndb.chunks.*;
                import dev.cairndb.index.*;
                import dev.cairndb.remote.*;
                import dev.cairndb.tsdb.*;
                import java.nio.file.Path;
                public class Shown {
                    public static void show(Path directory, byte[] body) throws Exception {
                """ + body.replace("Path.of(\"data\")", "directory") + "}}");

        assertEquals(List.of(2L, 1L), List.of(linesShown("api"), linesShown("no such job")));
    }

    @Test
    void theCommandsAreThere() throws IOException {
        assertTrue(readme().contains("\n./run\n"));
        assertTrue(readme().contains("\n./mvnw verify\n"));
        assertTrue(Files.isExecutable(ROOT.resolve("run")));
        assertTrue(Files.isExecutable(ROOT.resolve("mvnw")));
    }

    @Test
    void theVersionIsThatOfTheBuild() throws IOException {
        Matcher shown = VERSION.matcher(readme());
        Matcher built = VERSION.matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertTrue(shown.find());
        assertTrue(built.find());
        assertEquals(built.group(1), shown.group(1));
    }

    /** Runs what was compiled on a new store, after a sender's sample of this job, and counts the samples it prints. */
    private long linesShown(String job) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader shown =
                new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            shown.loadClass("Shown")
                    .getMethod("show", Path.class, byte[].class)
                    .invoke(null, directory.resolve(job), sentBody(job));
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().count();
    }

    private static byte[] sentBody(String job) {
        RemoteWriteEncoder encoder = new RemoteWriteEncoder();
        encoder.startSeries()
                .label("__name__", "http_requests_total")
                .label("job", job)
                .sample(System.currentTimeMillis(), Double.doubleToRawLongBits(7))
                .endSeries();
        encoder.finish();
        return Arrays.copyOf(encoder.body(), encoder.bodySize());
    }

    private void compile(String source) throws IOException {
        Path file = directory.resolve("Shown.java");
        Files.writeString(file, source);
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-proc:none", "-classpath", classPath, "-d", directory.toString());
            boolean compiled = compiler.getTask(
                            messages, files, null, options, null, files.getJavaFileObjects(file.toFile()))
                    .call();
            assertTrue(compiled, messages.toString());
        }
    }

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }
}
