package dev.cairndb.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An application in a container is stopped and its classes are thrown away while the process goes on. */
class ThrownAwayClassLoaderTest {
    /** The application: uses every part of a store that has threads, maps files or loads native code. */
    public static final class Application implements Callable<Long> {
        private final Path directory;

        public Application(Path directory) {
            this.directory = directory;
        }

        @Override
        public Long call() throws Exception {
            return UsedStore.use(directory);
        }
    }

    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    void nothingOfAStoreIsLeftWhenItIsClosed() throws Exception {
        WeakReference<ClassLoader> loader = runApplication("first");
        // The JDK itself keeps the component type of the record whose equals was linked last: now it is another one.
        runApplication("second");
        for (int i = 0; loader.get() != null && i < 200; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertNull(loader.get(), "the class loader is still reachable");
    }

    private WeakReference<ClassLoader> runApplication(String name) throws Exception {
        URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
        Class<?> application = loader.loadClass(Application.class.getName());
        assertNotSame(Application.class, application);
        Callable<?> instance =
                (Callable<?>) application.getConstructor(Path.class).newInstance(directory.resolve(name));
        assertEquals(UsedStore.SAMPLES, instance.call());
        loader.close();
        return new WeakReference<>(loader);
    }

    private static URL[] classPath() {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(classPath.split(File.pathSeparator))
                .map(ThrownAwayClassLoaderTest::url)
                .toArray(URL[]::new);
    }

    private static URL url(String element) {
        try {
            return Path.of(element).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(element, e);
        }
    }
}
