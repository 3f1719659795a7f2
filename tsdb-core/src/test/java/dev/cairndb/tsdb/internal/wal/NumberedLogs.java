package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.testkit.CrashingStorage;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

/** Logs on a storage that can fail, and batches with numbers that tell which of them can be read back. */
final class NumberedLogs implements AutoCloseable {
    final LogFixture fixture = new LogFixture();
    CrashingStorage storage;

    /** How many batches were submitted; the number of the next. */
    int numbers;

    NumberedLogs() {
        try {
            restart(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins anew, with nothing there. */
    void restart(long seed) throws IOException {
        storage = new CrashingStorage(seed);
        storage.createDurableDirectories(LogFixture.DIRECTORY.getParent());
        numbers = 0;
        fixture.events.clear();
    }

    WriteAheadLog open(LogSettings settings) throws IOException {
        return fixture.open(storage, settings);
    }

    WriteAheadLog open(Durability durability) throws IOException {
        return open(LogFixture.settings(durability));
    }

    /** Submits a batch with the next number and that many samples; not compressible. */
    long submit(WriteAheadLog log, int samples) {
        return log.submit(nextBatch(log, samples));
    }

    /** As an append does: who adds it may write it. */
    long add(WriteAheadLog log, int samples) {
        long ticket = log.add(nextBatch(log, samples));
        log.writeAdded();
        return ticket;
    }

    /** In one of the two ways, in turns. */
    long handIn(WriteAheadLog log, int samples) {
        return numbers % 2 == 0 ? submit(log, samples) : add(log, samples);
    }

    /** The batch that {@link #submit} submits. */
    LogBatch nextBatch(WriteAheadLog log, int samples) {
        LogBatch batch = log.newBatch();
        int number = numbers++;
        Random random = new Random(number);
        for (int i = 0; i < samples; i++) {
            batch.addSample(number, i, random.nextLong());
        }
        return batch;
    }

    /** Whoever waits is answered before the listener is told. */
    void awaitEvents(String... expected) throws InterruptedException {
        for (int i = 0; i < 5_000 && fixture.events.size() < expected.length; i++) {
            Thread.sleep(1);
        }
        assertEquals(List.of(expected), fixture.events);
    }

    static void awaitWritable(WriteAheadLog log) throws InterruptedException {
        while (true) {
            try {
                log.checkWritable();
                return;
            } catch (IOException e) {
                assertInstanceOf(StoreUnavailableException.class, e);
                Thread.sleep(1);
            }
        }
    }

    /** Numbers of the batches, each once; fails if a batch is not whole or comes twice. */
    static List<Integer> numbersIn(RecordedLog read) {
        List<Integer> found = new ArrayList<>();
        int next = 0;
        for (String entry : read.entries) {
            String[] fields = entry.split("[ :]");
            int number = Integer.parseInt(fields[1]);
            int i = Integer.parseInt(fields[2]);
            if (i == 0) {
                found.add(number);
                next = 0;
            }
            assertEquals(next++, i, entry);
            assertEquals(number, found.get(found.size() - 1), entry);
        }
        return found;
    }

    RecordedLog assertReadsBack(int count) throws IOException {
        RecordedLog read = LogFixture.read(storage);
        List<Integer> found = numbersIn(read);
        assertEquals(count, found.size());
        for (int i = 0; i < count; i++) {
            assertEquals(i, found.get(i));
        }
        return read;
    }

    static void assertRefused(CompletionStage<?> stage, Class<? extends Throwable> type) {
        CompletionException refused = assertThrows(
                CompletionException.class, () -> stage.toCompletableFuture().join());
        assertInstanceOf(type, refused.getCause());
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void await(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        fixture.close();
    }
}
