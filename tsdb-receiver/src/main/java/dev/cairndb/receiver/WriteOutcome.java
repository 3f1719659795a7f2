package dev.cairndb.receiver;

import dev.cairndb.tsdb.AppendResult;
import org.jspecify.annotations.Nullable;

/**
 * How a write ended.
 *
 * @param answer by HTTP
 * @param trouble whose it was that not all was stored
 * @param result what the store made of it; null if it did not come so far
 */
record WriteOutcome(
        Answer answer, Trouble trouble, @Nullable AppendResult result) {
    /** Who has to change for the same write to be stored. */
    enum Trouble {
        NONE,
        /** The sender: some of it can never be stored. */
        MESSAGE,
        /** The tenant, who has too much of something; others do not notice. */
        TENANT,
        /** The tenant's store or its folder; others do not notice. */
        STORE,
        /** The receiver: nobody's writes are taken now. */
        RECEIVER
    }

    static WriteOutcome of(Trouble trouble, Answer answer) {
        return new WriteOutcome(answer, trouble, null);
    }
}
