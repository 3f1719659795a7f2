package dev.cairndb.tsdb.internal.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cairndb.io.StoreFailedException;
import dev.cairndb.io.StoreUnavailableException;
import dev.cairndb.tsdb.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LogQueueTest {
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final LogTasks tasks = new LogTasks(Runnable::run, Runnable::run, scheduler);
    private final List<String> events = new ArrayList<>();
    private final LogListener listener = new LogListener() {
        @Override
        public void logUnavailable(IOException cause) {
            events.add("unavailable");
        }

        @Override
        public void logHealed() {
            events.add("healed");
        }

        @Override
        public void logFailed(Throwable cause) {
            events.add("failed " + cause.getMessage());
        }
    };

    @AfterEach
    void stopThreads() {
        scheduler.shutdownNow();
    }

    @Test
    void ticketsAreGivenInOrderAndReachedTogether() throws IOException {
        LogQueue queue = queue(Durability.SYNC);
        for (int i = 1; i <= 3; i++) {
            assertEquals(i, add(queue));
        }
        CompletionStage<?> second = queue.whenDurable(2);
        CompletionStage<?> third = queue.whenDurable(3);
        assertThrows(IllegalArgumentException.class, () -> queue.awaitDurable(4));
        assertThrows(IllegalArgumentException.class, () -> queue.whenDurable(4));
        tell(advance(queue, 2, LogState.HEALTHY, null));
        assertEquals(2, queue.durableTicket());
        queue.awaitDurable(2);
        assertTrue(second.toCompletableFuture().isDone());
        assertFalse(third.toCompletableFuture().isDone());
        assertEquals(List.of(3L), begin(queue, Long.MAX_VALUE));
        assertEquals(List.of(), events);
    }

    @Test
    void aRoundEndsWithTheBatchThatFillsIt() {
        LogQueue queue = queue(Durability.SYNC);
        for (int i = 0; i < 4; i++) {
            add(queue);
        }
        assertEquals(List.of(1L), begin(queue, 1));
        long size = batch().sizeBytes();
        assertEquals(List.of(1L, 2L), begin(queue, size + 1));
        assertEquals(List.of(1L, 2L, 3L), begin(queue, Long.MAX_VALUE, 3));
        assertEquals(List.of(1L, 2L, 3L, 4L), begin(queue, Long.MAX_VALUE));
    }

    @Test
    void whatWasNotWrittenIsKeptForTheNextAttempt() throws IOException {
        LogQueue queue = queue(Durability.SYNC);
        add(queue);
        add(queue);
        CompletionStage<?> first = queue.whenDurable(1);
        begin(queue, Long.MAX_VALUE);
        tell(advance(queue, 1, LogState.UNAVAILABLE, new IOException("no space")));
        // Written, but not synced.
        NumberedLogs.assertRefused(first, StoreUnavailableException.class);
        assertEquals(0, queue.durableTicket());
        assertThrows(StoreUnavailableException.class, () -> queue.checkWritable(0));
        assertThrows(StoreUnavailableException.class, () -> queue.awaitDurable(1));
        assertEquals(3, add(queue));
        assertEquals(List.of(2L, 3L), begin(queue, Long.MAX_VALUE));
        tell(advance(queue, 3, LogState.HEALTHY, null));
        queue.checkWritable(0);
        queue.awaitDurable(3);
        assertEquals(List.of("unavailable", "healed"), events);
    }

    @Test
    void whoeverPromisesNoSyncAnswersWhatWasWrittenBeforeTheFailure() throws IOException {
        for (Durability durability : List.of(Durability.OS, Durability.INTERVAL)) {
            LogQueue queue = queue(durability);
            add(queue);
            add(queue);
            tell(advance(queue, 1, LogState.UNAVAILABLE, new IOException("no space")));
            queue.awaitDurable(1);
            assertThrows(StoreUnavailableException.class, () -> queue.awaitDurable(2));
        }
    }

    @Test
    void aFailedSyncIsNeverTakenBack() {
        LogQueue queue = queue(Durability.INTERVAL);
        add(queue);
        begin(queue, Long.MAX_VALUE);
        tell(locked(queue, () -> queue.fail(new IOException("lost"))));
        tell(advance(queue, 1, LogState.HEALTHY, null));
        tell(locked(queue, () -> queue.fail(new IOException("lost again"))));
        assertEquals(LogState.FAILED, queue.state());
        assertEquals(0, queue.durableTicket());
        StoreFailedException refused = assertThrows(StoreFailedException.class, () -> queue.awaitDurable(1));
        assertEquals("lost", refused.getCause().getMessage());
        assertEquals(2, add(queue));
        assertEquals(List.of(), begin(queue, Long.MAX_VALUE), "a failed log keeps no batches");
        assertEquals(List.of("failed lost"), events);
    }

    @Test
    void closingAnswersAllWhoStillWaitWithItsReason() {
        LogQueue queue = queue(Durability.SYNC);
        add(queue);
        CompletionStage<?> waiting = queue.whenDurable(1);
        assertTrue(locked(queue, queue::beginClosing));
        assertFalse(locked(queue, queue::beginClosing));
        assertThrows(IllegalStateException.class, () -> add(queue));
        assertThrows(IllegalStateException.class, () -> queue.checkWritable(0));
        IOException reason = new IOException("the disk is gone");
        LogQueue.News news = locked(queue, () -> queue.close(reason));
        tell(news);
        assertSame(reason, news.failure());
        NumberedLogs.assertRefused(waiting, IOException.class);
        assertThrows(StoreUnavailableException.class, () -> queue.awaitDurable(1));
        assertEquals(List.of(), events);
    }

    private static LogQueue queue(Durability durability) {
        return new LogQueue(LogFixture.settings(durability), new LogPool(1, 1));
    }

    private static LogBatch batch() {
        LogBatch batch = new LogBatch();
        batch.addSample(1, 2, 3);
        return batch;
    }

    private static long add(LogQueue queue) {
        return locked(queue, () -> queue.add(batch()));
    }

    private static List<Long> begin(LogQueue queue, long sizeBytesMin) {
        return begin(queue, sizeBytesMin, Long.MAX_VALUE);
    }

    private static List<Long> begin(LogQueue queue, long sizeBytesMin, long upToTicket) {
        List<LogBatch> batches = new ArrayList<>();
        locked(queue, () -> {
            queue.begin(batches, sizeBytesMin, upToTicket);
            return true;
        });
        return batches.stream().map(batch -> batch.ticket).toList();
    }

    private static LogQueue.News advance(
            LogQueue queue, long writtenTicket, LogState now, @Nullable IOException failure) {
        return locked(queue, () -> queue.advance(writtenTicket, now, failure));
    }

    private void tell(LogQueue.News news) {
        news.tell(tasks, listener);
    }

    private static <T> T locked(LogQueue queue, Supplier<T> action) {
        queue.lock.lock();
        try {
            return action.get();
        } finally {
            queue.lock.unlock();
        }
    }
}
