package dev.cairndb.receiver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The limits that hold now. If they come from a file, it is looked at now and then, and what has changed holds from
 * then on; one that cannot be understood changes nothing, is told in the log once, and shows in {@link #isGood}.
 * Thread-safe.
 */
final class LimitsSource implements AutoCloseable {
    /** A file of limits for a hundred thousand tenants is smaller. */
    private static final long FILE_BYTES_MAX = 64 << 20;

    private final @Nullable Path file;
    private final List<Consumer<LimitsConfig>> listeners = new ArrayList<>();
    private final AtomicLong reloads = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile LimitsConfig current;
    private volatile boolean good = true;
    private @Nullable Stamp stamp;
    private @Nullable Stamp settling;
    private @Nullable ScheduledExecutorService thread;

    /** What tells that a file may have changed. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {}

    /**
     * @param file looked at for changes; null if there will be none
     * @param current what it says now
     */
    LimitsSource(@Nullable Path file, LimitsConfig current) {
        this.file = file;
        this.current = current;
    }

    /** Reads a file once. */
    static LimitsConfig read(Path file) throws UsageException {
        try {
            return parse(bytesOf(file));
        } catch (IOException e) {
            throw new UsageException("cannot read the limits configuration " + file + ": " + Log.describe(e));
        }
    }

    LimitsConfig current() {
        return current;
    }

    /** Tells the limits of now, and then those of each change. Before {@link #start}. */
    void listen(Consumer<LimitsConfig> listener) {
        listeners.add(listener);
        listener.accept(current);
    }

    /** Looks at the file at this interval from now on. */
    void start(long intervalMillis) {
        current.warnings().forEach(warning -> Log.warn("limits: " + warning));
        if (file == null) {
            return;
        }
        ScheduledExecutorService made = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread daemon = new Thread(task, "receiver-limits");
            daemon.setDaemon(true);
            return daemon;
        });
        thread = made;
        var unused =
                made.scheduleWithFixedDelay(this::lookLogged, intervalMillis, intervalMillis, TimeUnit.MILLISECONDS);
    }

    private void lookLogged() {
        try {
            look();
        } catch (RuntimeException e) {
            Log.error("cannot look at the limits configuration", e);
        }
    }

    /** Reads the file if it has changed. */
    synchronized void look() {
        Path changing = file;
        if (changing == null) {
            return;
        }
        try {
            Stamp seen = stampOf(changing);
            if (seen.equals(stamp)) {
                return;
            }
            if (!seen.equals(settling)) {
                // Perhaps it is being written: not before it has stayed as it is for a while.
                settling = seen;
                return;
            }
            reload(bytesOf(changing));
            // Last: what could not be read is tried again.
            stamp = seen;
        } catch (IOException e) {
            failed("cannot be read: " + Log.describe(e));
        }
    }

    private void reload(byte[] read) {
        if (read.length == 0) {
            // What a writer leaves that has not come far; whoever wants no limits writes that.
            failed("is empty; no limits are \"write: {}\"");
            return;
        }
        try {
            LimitsConfig config = parse(read);
            if (good && config.equals(current)) {
                return;
            }
            current = config;
            reloads.incrementAndGet();
            good = true;
            Log.info("limits: reloaded " + file);
            config.warnings().forEach(warning -> Log.warn("limits: " + warning));
            listeners.forEach(listener -> listener.accept(config));
        } catch (UsageException e) {
            failed(Log.describe(e));
        }
    }

    private void failed(String why) {
        if (good) {
            Log.error("limits: the last good ones hold on, since " + file + " " + why);
        }
        good = false;
        failures.incrementAndGet();
    }

    private static Stamp stampOf(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }

    private static LimitsConfig parse(byte[] yaml) throws UsageException {
        return LimitsConfig.parse(new String(yaml, StandardCharsets.UTF_8));
    }

    private static byte[] bytesOf(Path file) throws IOException {
        if (Files.size(file) > FILE_BYTES_MAX) {
            throw new IOException("more than " + FILE_BYTES_MAX + " bytes");
        }
        return Files.readAllBytes(file);
    }

    /** Whether the file was understood when it was last looked at. */
    boolean isGood() {
        return good;
    }

    long reloads() {
        return reloads.get();
    }

    long failures() {
        return failures.get();
    }

    @Override
    public void close() {
        ScheduledExecutorService running = thread;
        if (running != null) {
            running.shutdownNow();
        }
    }
}
