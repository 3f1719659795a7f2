package dev.cairndb.receiver;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.tsdb.BlockInfo;
import dev.cairndb.tsdb.Tsdb;
import dev.cairndb.tsdb.TsdbListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A tenant and its store: being opened, open, or not to be opened. Writes what the store tells into the log.
 * Thread-safe.
 */
final class Tenant implements TsdbListener {
    private final String name;
    private final Path directory;
    private final AtomicLong openFailures = new AtomicLong();
    private volatile CompletableFuture<Tsdb> store = new CompletableFuture<>();
    private volatile long failedAtNanos;
    private volatile @Nullable String storeFailure;
    private volatile boolean writesRefused;

    Tenant(String name, Path directory) {
        this.name = name;
        this.directory = directory;
    }

    String name() {
        return name;
    }

    Path directory() {
        return directory;
    }

    /** Completes when the store is open, or exceptionally with the reason why it is not. */
    CompletableFuture<Tsdb> store() {
        return store;
    }

    /** The store if it is open now. */
    @Nullable
    Tsdb openStore() {
        CompletableFuture<Tsdb> present = store;
        return present.isDone() && !present.isCompletedExceptionally() ? present.join() : null;
    }

    boolean openFailed() {
        return store.isCompletedExceptionally();
    }

    long openFailures() {
        return openFailures.get();
    }

    void opened(Tsdb db) {
        Map<String, Long> skipped = db.stats().walRecordsUnknown();
        if (!skipped.isEmpty()) {
            Log.warn("tenant " + name + ": the log has records of kinds that this version does not read: "
                    + new TreeMap<>(skipped)
                    + "; what they hold is gone once blocks of their time are cut, so keep a copy");
        }
        store.complete(db);
    }

    void notOpened(Throwable failure) {
        openFailures.incrementAndGet();
        failedAtNanos = System.nanoTime();
        Log.error("tenant " + name + ": cannot open " + directory + ": " + Log.describe(failure));
        store.completeExceptionally(failure);
    }

    /** Returns whether the caller is to open the store again: at most one is, some time after the last failure. */
    synchronized boolean retries(long pauseNanos) {
        if (!openFailed() || System.nanoTime() - failedAtNanos < pauseNanos) {
            return false;
        }
        store = new CompletableFuture<>();
        return true;
    }

    /** Why the store takes no writes until it is opened again, or null. */
    @Nullable
    String storeFailure() {
        return storeFailure;
    }

    /** Whether the store takes no writes now, be it until there is room on the disk or until it is opened again. */
    boolean refusesWrites() {
        return writesRefused;
    }

    void storeFailed(StoreFailedException failure) {
        if (storeFailure == null) {
            storeFailure = Log.describe(failure);
        }
    }

    @Override
    public void backgroundFailure(String what, Exception failure) {
        if (failure instanceof IOException) {
            Log.error("tenant " + name + ": " + what + ": " + Log.describe(failure));
        } else {
            Log.error("tenant " + name + ": " + what, failure);
        }
    }

    @Override
    public void damageFound(Path file, IOException damage) {
        Log.warn("tenant " + name + ": damage in " + file + ": " + Log.describe(damage));
    }

    @Override
    public void writesRefused(IOException why) {
        if (why instanceof StoreFailedException failure) {
            storeFailed(failure);
        }
        writesRefused = true;
        Log.error("tenant " + name + ": writes are refused: " + Log.describe(why));
    }

    @Override
    public void writesAccepted() {
        writesRefused = false;
        Log.info("tenant " + name + ": writes are accepted again");
    }

    @Override
    public void blockCut(BlockInfo block) {
        Log.info("tenant " + name + ": cut " + text(block));
    }

    @Override
    public void blockShipped(BlockInfo block) {
        Log.info("tenant " + name + ": shipped " + text(block));
    }

    @Override
    public void blockDeleted(BlockInfo block) {
        Log.info("tenant " + name + ": deleted " + text(block));
    }

    private static String text(BlockInfo block) {
        return (block.late() ? "block of late samples " : "block ") + block.ulid() + ", " + block.seriesCount()
                + " series, " + block.sampleCount() + " samples, " + block.sizeBytes() + " bytes";
    }
}
