package dev.cairndb.tsdb.internal.wal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Those who asked to be told when a log is durable up to their ticket. Guarded by the log's lock; what was taken out is
 * answered without it.
 */
final class DurabilityWaiters {
    private final PriorityQueue<Waiter> waiters = new PriorityQueue<>((a, b) -> Long.compare(a.ticket, b.ticket));

    private record Waiter(long ticket, CompletableFuture<@Nullable Void> future) {}

    /** Waiters with one answer for all: the reason why what they wait for did not happen, or null if it did. */
    static final class Answer {
        private final List<Waiter> waiters = new ArrayList<>();
        private final @Nullable Throwable refusal;

        private Answer(@Nullable Throwable refusal) {
            this.refusal = refusal;
        }

        /** As one task for all of them. */
        void give(LogTasks tasks) {
            if (!waiters.isEmpty()) {
                tasks.answer(() -> waiters.forEach(this::complete));
            }
        }

        private void complete(Waiter waiter) {
            if (refusal == null) {
                waiter.future.complete(null);
            } else {
                waiter.future.completeExceptionally(refusal);
            }
        }
    }

    CompletionStage<@Nullable Void> add(long ticket) {
        Waiter waiter = new Waiter(ticket, new CompletableFuture<>());
        waiters.add(waiter);
        return waiter.future;
    }

    /** Takes out those whose ticket is reached. */
    Answer takeUpTo(long ticket) {
        Answer answer = new Answer(null);
        while (!waiters.isEmpty() && waiters.element().ticket <= ticket) {
            answer.waiters.add(waiters.remove());
        }
        return answer;
    }

    /** Takes out all there are. */
    Answer refuseAll(@Nullable IOException refusal) {
        Answer answer =
                new Answer(refusal != null ? refusal : new IllegalStateException("BUG: refused without a reason"));
        while (!waiters.isEmpty()) {
            answer.waiters.add(waiters.remove());
        }
        return answer;
    }
}
