package dev.cairndb.objstore;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** See {@link ObjectStores#retrying}. */
final class RetryingObjectStore implements ObjectStore {
    private final ObjectStore store;
    private final int attemptsMax;
    private final long pauseLeastNanos;
    private final long pauseMaxNanos;
    private final Waiting waiting;

    RetryingObjectStore(ObjectStore store, int attemptsMax, Duration pauseLeast, Duration pauseMax, Waiting waiting) {
        if (attemptsMax < 1 || pauseLeast.isNegative() || pauseMax.compareTo(pauseLeast) < 0) {
            throw new IllegalArgumentException("expected=at least one attempt and 0 <= pauseLeast <= pauseMax, found="
                    + attemptsMax + ", " + pauseLeast + ", " + pauseMax);
        }
        this.store = store;
        this.attemptsMax = attemptsMax;
        this.waiting = waiting;
        pauseLeastNanos = pauseLeast.toNanos();
        pauseMaxNanos = pauseMax.toNanos();
    }

    private interface Call<T> {
        T make() throws ObjectStoreException;
    }

    private <T> T repeat(Call<T> call) throws ObjectStoreException {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.make();
            } catch (ObjectStoreException e) {
                if (!e.retryable() || attempt >= attemptsMax || !pause(attempt)) {
                    throw e;
                }
            }
        }
    }

    /** False if the thread is interrupted. */
    private boolean pause(int attempt) {
        double most = Math.min(Math.scalb((double) pauseLeastNanos, attempt - 1), (double) pauseMaxNanos);
        if (Thread.currentThread().isInterrupted()) {
            return false;
        }
        try {
            waiting.sleep((long) (most * ThreadLocalRandom.current().nextDouble()));
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void put(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        boolean unused = repeat(() -> {
            store.put(key, body);
            return true;
        });
    }

    @Override
    public boolean putIfAbsent(ObjectKey key, ObjectBody body) throws ObjectStoreException {
        return store.putIfAbsent(key, body);
    }

    @Override
    public long size(ObjectKey key) throws ObjectStoreException {
        return repeat(() -> store.size(key));
    }

    @Override
    public int read(ObjectKey key, long offset, ByteBuffer target) throws ObjectStoreException {
        int position = target.position();
        int limit = target.limit();
        return repeat(() -> {
            target.limit(limit).position(position);
            return store.read(key, offset, target);
        });
    }

    @Override
    public void list(String prefix, boolean recursive, Consumer<ObjectEntry> sink) throws ObjectStoreException {
        Unseen unseen = new Unseen(sink);
        boolean unused = repeat(() -> {
            store.list(prefix, recursive, unseen);
            return true;
        });
    }

    @Override
    public void delete(ObjectKey key) throws ObjectStoreException {
        boolean unused = repeat(() -> {
            store.delete(key);
            return true;
        });
    }

    @Override
    public void close() {
        store.close();
    }

    /** Passes on what lies behind the last entry that was passed on. */
    private static final class Unseen implements Consumer<ObjectEntry> {
        private final Consumer<ObjectEntry> sink;
        private String last = "";

        Unseen(Consumer<ObjectEntry> sink) {
            this.sink = sink;
        }

        @Override
        public void accept(ObjectEntry entry) {
            if (Utf8Order.compare(entry.name(), last) > 0) {
                last = entry.name();
                sink.accept(entry);
            }
        }
    }
}
