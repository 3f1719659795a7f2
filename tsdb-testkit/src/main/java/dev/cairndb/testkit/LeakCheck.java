package dev.cairndb.testkit;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a JUnit test after which threads of CairnDB still run, or files in the folder for temporary files are still
 * open or mapped. A class with an {@code @AfterAll} method may share a store among its tests and is looked at when it
 * ends. Register it with {@code @ExtendWith}, or for all tests by
 * {@code junit.jupiter.extensions.autodetection.enabled}.
 *
 * <p>Files are looked for where {@code /proc/self} lists them. Tests must run one after the other.
 */
public final class LeakCheck implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LeakCheck.class);
    private static final List<String> THREAD_NAMES = List.of("cairn-", "receiver-");
    /** A thread whose last task has ended needs a moment, on a busy machine a long one. */
    private static final long PATIENCE_MILLIS = TimeUnit.MINUTES.toMillis(1);

    /** A test of this class is not as patient. */
    static final String PATIENCE_PARAMETER = "dev.cairndb.testkit.leakCheckPatienceMillis";

    private static final long PAUSE_MILLIS = 5;
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path MAPPINGS = Path.of("/proc/self/maps");

    private final String temporaryFolder;

    public LeakCheck() throws IOException {
        temporaryFolder =
                Path.of(System.getProperty("java.io.tmpdir")).toRealPath().toString();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        keep(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        keep(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!sharesAmongTests(context.getRequiredTestClass())) {
            compare(context);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (sharesAmongTests(context.getRequiredTestClass())) {
            compare(context);
        }
    }

    private static boolean sharesAmongTests(Class<?> tests) {
        for (Class<?> each = tests; each != null; each = each.getEnclosingClass()) {
            for (Method method : each.getDeclaredMethods()) {
                if (method.isAnnotationPresent(AfterAll.class)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void keep(ExtensionContext context) {
        context.getStore(NAMESPACE).put(context.getUniqueId(), new Holdings(threads(), openFiles(), mappedFiles()));
    }

    private void compare(ExtensionContext context) {
        Holdings before = context.getStore(NAMESPACE).get(context.getUniqueId(), Holdings.class);
        if (before == null) {
            return;
        }
        long patienceMillis = context.getConfigurationParameter(PATIENCE_PARAMETER, Long::valueOf)
                .orElse(PATIENCE_MILLIS);
        requireNone("threads", threadsLeft(before.threads, patienceMillis));
        requireNone("open files", moreThan(before.openFiles, openFiles()));
        requireNone("mapped files", moreThan(before.mappedFiles, mappedFiles()));
    }

    /** What there is, by name with a count. */
    private record Holdings(
            Map<String, Integer> threads, Map<String, Integer> openFiles, Map<String, Integer> mappedFiles) {}

    private static void requireNone(String what, List<String> left) {
        if (!left.isEmpty()) {
            throw new AssertionError(what + " are left after the test: " + left);
        }
    }

    private static List<String> threadsLeft(Map<String, Integer> before, long patienceMillis) {
        long begin = System.nanoTime();
        List<String> left = moreThan(before, threads());
        while (!left.isEmpty() && System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(patienceMillis)) {
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
            left = moreThan(before, threads());
        }
        return left;
    }

    private static List<String> moreThan(Map<String, Integer> before, Map<String, Integer> now) {
        List<String> more = new ArrayList<>();
        now.forEach((name, count) -> {
            if (count > before.getOrDefault(name, 0)) {
                more.add(name);
            }
        });
        return more;
    }

    private static Map<String, Integer> threads() {
        Map<String, Integer> found = new TreeMap<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (THREAD_NAMES.stream().anyMatch(thread.getName()::startsWith)) {
                found.merge(thread.getName() + " (" + thread.getId() + ")", 1, Integer::sum);
            }
        }
        return found;
    }

    private Map<String, Integer> openFiles() {
        Map<String, Integer> found = new TreeMap<>();
        if (!Files.isDirectory(DESCRIPTORS)) {
            return found;
        }
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : descriptors) {
                add(found, targetOf(descriptor));
            }
        } catch (IOException e) {
            throw new AssertionError("cannot list open files", e);
        }
        return found;
    }

    private static String targetOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // Closed meanwhile, as that of the listing itself is.
            return "";
        }
    }

    private Map<String, Integer> mappedFiles() {
        Map<String, Integer> found = new TreeMap<>();
        if (!Files.isReadable(MAPPINGS)) {
            return found;
        }
        try {
            for (String line : Files.readAllLines(MAPPINGS)) {
                int path = line.indexOf('/');
                if (path >= 0) {
                    add(found, line.substring(path));
                }
            }
        } catch (IOException e) {
            throw new AssertionError("cannot list mapped files", e);
        }
        return found;
    }

    private void add(Map<String, Integer> found, String file) {
        // Libraries that unpack native code do it once; the file may be deleted while it is mapped.
        boolean isNativeCode = file.endsWith(".so") || file.endsWith(".so (deleted)");
        if (file.startsWith(temporaryFolder + "/") && !isNativeCode) {
            found.merge(file, 1, Integer::sum);
        }
    }
}
