package dev.cairndb.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.FileStorage;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs classes of tests that leave something behind, and one that does not. */
class LeakCheckTest {
    private static final List<Closeable> LEFT = new ArrayList<>();

    @AfterEach
    void cleanUp() throws IOException {
        for (Closeable each : LEFT) {
            each.close();
        }
        LEFT.clear();
    }

    private static List<String> failuresOf(Class<?> tests) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(tests))
                .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true")
                .configurationParameter(LeakCheck.PATIENCE_PARAMETER, "500")
                .build();
        LauncherFactory.create().execute(request, listener);
        assertEquals(1, listener.getSummary().getTestsStartedCount());
        return listener.getSummary().getFailures().stream()
                .map(TestExecutionSummary.Failure::getException)
                .map(Throwable::getMessage)
                .toList();
    }

    static class LeavesThread {
        @Test
        void begins() {
            CountDownLatch end = new CountDownLatch(1);
            Thread thread = new Thread(
                    () -> {
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "cairn-left");
            thread.setDaemon(true);
            thread.start();
            LEFT.add(end::countDown);
        }
    }

    static class LeavesFile {
        @Test
        void opens() throws IOException {
            Path file = Files.createTempFile("left", ".bin");
            LEFT.add(new RandomAccessFile(file.toFile(), "rw"));
            Files.delete(file);
        }
    }

    static class LeavesMapping {
        @Test
        void maps(@TempDir Path folder) throws IOException {
            Path file = Files.write(folder.resolve("mapped.bin"), new byte[4096]);
            LEFT.add(FileStorage.instance().map(file));
        }
    }

    static class SharesUntilItsEnd {
        private static RandomAccessFile shared;

        @Test
        void opens() throws IOException {
            Path file = Files.createTempFile("shared", ".bin");
            shared = new RandomAccessFile(file.toFile(), "rw");
            Files.delete(file);
        }

        @AfterAll
        static void close() throws IOException {
            shared.close();
        }
    }

    @Test
    void whatIsLeftFailsTheTest() {
        boolean listed = Files.isDirectory(Path.of("/proc/self/fd"));
        if (!listed) {
            System.out.println("LeakCheckTest: no /proc/self here, skipped 2");
        }
        assertLeft("threads are left after the test: [cairn-left", failuresOf(LeavesThread.class));
        if (listed) {
            assertLeft("open files are left after the test: [", failuresOf(LeavesFile.class));
            assertLeft("mapped files are left after the test: [", failuresOf(LeavesMapping.class));
        }
    }

    private static void assertLeft(String expected, List<String> failures) {
        assertEquals(1, failures.size(), failures.toString());
        assertTrue(failures.get(0).startsWith(expected), failures.toString());
    }

    @Test
    void whatTheTestsOfAClassShareIsLookedAtWhenItEnds() {
        assertEquals(List.of(), failuresOf(SharesUntilItsEnd.class));
    }
}
